import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { datatrove, metricTokens } from '../../../lib/formats/datatrove.ts'
import { testFormat, writeShard } from '../../conformance/format.ts'
import { readDatatrove } from './token-readers.ts'

testFormat(datatrove, (base) => readDatatrove(base), { unchecked: ['.ds.index'] })

describe('datatrove', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'millrace-datatrove-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  test.each([
    [65_536, '0100f40102000900', '2'],
    [65_537, '01000000f40100000200000009000000', '4'],
  ])('two documents of a vocabulary of %i, byte for byte', async (vocabularySize, tokens, size) => {
    const base = path.join(folder, String(vocabularySize))
    const items = [[1, 500, 2], [9]].map((ids) => ({
      tokens: Uint32Array.from(ids),
      pieceLengths: [ids.length],
    }))
    await writeShard(datatrove, { vocabularySize, sequenceLength: 8, items }, base)
    expect((await readFile(`${base}.ds`)).toString('hex')).toBe(tokens)
    expect((await readFile(`${base}.ds.index`)).toString('hex')).toBe('03000000000000000400000000000000')
    expect(await readFile(`${base}.ds.metadata`, 'utf8')).toBe(`toy|${size}\n4\n4.00 T`)
    expect((await readFile(`${base}.ds.loss`)).toString('hex')).toBe('01010101')
  })

  test('a loss mask longer than a write', async () => {
    const base = path.join(folder, 'long')
    const items = [{ tokens: new Uint16Array(2 ** 21 + 3), pieceLengths: [] }]
    await writeShard(datatrove, { vocabularySize: 9, sequenceLength: 8, items }, base)
    const loss = await readFile(`${base}.ds.loss`)
    expect(loss.equals(Buffer.alloc(2 ** 21 + 3, 1))).toBe(true)
  })

  // As humanize.metric(tokens, unit="T") of humanize 4 gives them.
  test.each([
    [0, '0.00 T'],
    [12, '12.0 T'],
    [999, '999 T'],
    [1000, '1.00 kT'],
    [9995, '9.99 kT'], // 9.995 lies below the tie in binary
    [1125, '1.12 kT'], // ties go to even
    [1135, '1.14 kT'],
    [1375, '1.38 kT'],
    [12_250, '12.2 kT'],
    [12_750, '12.8 kT'],
    [122_500, '122 kT'],
    [123_500, '124 kT'],
    [99_949, '99.9 kT'],
    [99_960, '100 kT'],
    [999_499, '999 kT'],
    [999_500, '1.00 MT'],
    [1_999_999_999, '2.00 GT'],
    [1_000_000_000_000, '1.00 TT'],
    [2 ** 53, '9.01 PT'],
  ])('%i tokens are %s', (tokens, text) => {
    expect(metricTokens(tokens)).toBe(text)
  })
})
