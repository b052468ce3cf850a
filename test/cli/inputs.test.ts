import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { head } from '../../lib/head.ts'
import { stats } from '../../lib/stats.ts'
import { tokenizeFiles } from '../../lib/tokenize.ts'
import { jsonLines, millrace } from './run.ts'

let folder = ''
const line = (value: unknown): string => `${JSON.stringify(value)}\n`

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'millrace-inputs-'))
  await mkdir(path.join(folder, 'in'))
  await writeFile(
    path.join(folder, 'in/a.jsonl'),
    line({ text: 'one two', meta: { url: 'u' } }) + line({ text: 'three' }),
  )
  await writeFile(
    path.join(folder, 'in/b.jsonl'),
    `${line({ text: 'four\0', id: 7 })}{"text": \n${line({ id: 8 })}`,
  )
  await writeFile(path.join(folder, 'in/c.txt'), '')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('files of commands', () => {
  test('a list in any order gives the same bytes', async () => {
    const names = ['in/b.jsonl', 'in/a.jsonl', 'in/c.txt']
    const hashes = new Set<string>()
    for (const [at, order] of [names, names.toReversed(), names.toSorted()].entries()) {
      await writeFile(path.join(folder, 'list.txt'), order.join('\n'))
      const out = path.join(folder, `tokens-${at}`)
      const options = {
        tokenizer: 'mistral-v1',
        format: 'megatron',
        bos: true,
        eos: true,
        sequenceLength: 64,
        out,
      }
      const { documents } = await tokenizeFiles([`@${path.join(folder, 'list.txt')}`], options)
      expect(documents).toBe(4)
      hashes.add((await readFile(path.join(out, '00000.bin'))).toString('hex'))
    }
    expect(hashes.size).toBe(1)
  })

  test('a folder is read file by file, each by its own reader', async () => {
    const found = await head([path.join(folder, 'in')])
    expect(found.map(({ file, text }) => [path.basename(file), text])).toEqual([
      ['a.jsonl', 'one two'],
      ['a.jsonl', 'three'],
      ['b.jsonl', 'four\0'],
      ['b.jsonl', null],
      ['b.jsonl', null],
      ['c.txt', ''],
    ])
  })

  test('what is not there is named', async () => {
    await expect(head(['in/none.jsonl'])).rejects.toMatchObject({ code: 'INPUT_MISSING' })
  })

  test('dedup and stats read standard input', async () => {
    const input =
      line({ id: 'a', text: 'the same' }) +
      line({ id: 'b', text: 'the same' }) +
      line({ id: 'c', text: 'other' })
    const deduped = await millrace(
      folder,
      ['dedup', '-', '--method', 'exact', '--out', 'kept', '--json'],
      input,
    )
    expect(deduped.stderr).toBe('')
    expect(JSON.parse(deduped.stdout)).toMatchObject({ documents: 3, kept: 2, duplicates: 1 })
    expect(jsonLines(await readFile(path.join(folder, 'kept/duplicates.jsonl'), 'utf8'))).toHaveLength(1)
    const nameless = await millrace(
      folder,
      ['dedup', '-', '--method', 'exact', '--out', 'nameless'],
      `${line({ text: 'one' })}${line({ text: 'one' })}{"te`,
    )
    expect(nameless.stderr).toBe('')
    expect(await readFile(path.join(folder, 'nameless/duplicates.jsonl'), 'utf8')).toBe(
      line({ id: '-:15', duplicateOf: '-:0', similarity: 1, method: 'exact' }),
    )
    const [unread] = jsonLines(await readFile(path.join(folder, 'nameless/quarantine.jsonl'), 'utf8'))
    expect(unread).toMatchObject({ file: '-', offset: 30, reason: 'invalid-json' })
    const counted = await millrace(folder, ['stats', '-', '--json'], input)
    expect(JSON.parse(counted.stdout)).toMatchObject({
      total: { records: 3, documents: 3, bytes: input.length },
    })
  })
})

describe('stats', () => {
  test('counts records, documents, fields and what hygiene is about, by file and in total', async () => {
    const { files, total } = await stats([path.join(folder, 'in')], { tokenizer: 'mistral-v1' })
    expect(files.map(({ records, documents }) => [records, documents])).toEqual([
      [2, 2],
      [3, 1],
      [1, 1],
    ])
    expect(total).toMatchObject({
      records: 6,
      bad: { 'invalid-json': 1, 'missing-text': 1 },
      documents: 4,
      characters: 17,
      words: 4,
      hygiene: { nul: 1 },
      fields: { text: { string: 4 }, meta: { object: 1 }, 'meta.url': { string: 1 }, id: { number: 2 } },
      lengths: { min: 0 },
    })
    expect(total.tokens).toBeGreaterThan(4)
  })

  test('quantiles are within 1 %, and filters give verdicts', async () => {
    const file = path.join(folder, 'lengths.jsonl')
    const lines = Array.from({ length: 1000 }, (_, at) => line({ text: 'x'.repeat(at + 1) }))
    await writeFile(file, lines.join(''))
    const { total } = await stats([file], { filters: 'language' })
    for (const [name, value] of [
      ['p10', 100],
      ['p50', 500],
      ['p90', 900],
      ['p99', 990],
    ] as const) {
      expect(Math.abs((total.lengths?.[name] ?? 0) / value - 1)).toBeLessThan(0.011)
    }
    expect(total.lengths).toMatchObject({ min: 1, max: 1000, mean: 500.5 })
    expect(Object.values(total.verdicts).reduce((sum, count) => sum + count, 0)).toBe(1000)
  })

  test('of token ids counts documents, tokens, BOS and EOS; head decodes them', async () => {
    const out = path.join(folder, 'ids')
    const options = {
      tokenizer: 'mistral-v1',
      format: 'datatrove',
      bos: true,
      eos: false,
      sequenceLength: 64,
      out,
    }
    const { tokens } = await tokenizeFiles([path.join(folder, 'in/a.jsonl')], options)
    const { files, total } = await stats([out], { tokenizer: 'mistral-v1' })
    expect(files).toHaveLength(1)
    expect(total).toMatchObject({ documents: 2, tokens, specials: { 'begins with BOS': 2 } })
    const found = await head([path.join(out, '00000.ds')], { tokenizer: 'mistral-v1' })
    expect(found.map(({ text }) => text)).toEqual([
      expect.stringContaining('one two'),
      expect.stringContaining('three'),
    ])
  })
})
