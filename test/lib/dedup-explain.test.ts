import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { normalisedWords } from '../../filters/dedup/word-characters.ts'
import { explainDuplicates } from '../../lib/index.ts'

let folder: string
let file: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'millrace-'))
  file = path.join(folder, 'a.jsonl')
  const records = [
    { id: 'a', text: 'One two, three FOUR five six seven' },
    { id: 'b', text: 'one two three four five six SEVEN eight' },
    { id: 'c', text: 'nothing of that at all' },
    { id: 'd', text: '...' },
  ]
  await writeFile(file, records.map((record) => `${JSON.stringify(record)}\n`).join(''))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('explainDuplicates', () => {
  test('counts the n-grams that two documents share', async () => {
    const found = await explainDuplicates([file], {
      ids: ['b', 'a'],
      examples: 2,
      settings: { threshold: 0.5 },
    })
    expect(found.documents).toEqual([
      { id: 'b', words: 8, ngrams: 4 },
      { id: 'a', words: 7, ngrams: 3 },
    ])
    expect(found).toMatchObject({ shared: 3, jaccard: 0.75, bands: 37, isDuplicate: true })
    expect(Math.abs(found.agreement - 0.75)).toBeLessThan(0.2)
    expect(found.sharedBands.length).toBeGreaterThan(0)
    expect(found.examples).toEqual(['one two three four five', 'two three four five six'])
  })

  test('a pair without anything in common, and a text without a word, are none', async () => {
    const none = { shared: 0, jaccard: 0, agreement: 0, sharedBands: [], isDuplicate: false, examples: [] }
    expect(await explainDuplicates([file], { ids: ['a', 'c'] })).toMatchObject(none)
    expect(await explainDuplicates([file], { ids: ['d', 'c'] })).toMatchObject(none)
  })

  test('short texts are one n-gram: all their words', async () => {
    const short = path.join(folder, 'short.jsonl')
    await writeFile(short, '{"text": "One, two"}\n{"text": "one TWO"}\n')
    const found = await explainDuplicates([short])
    expect(found).toMatchObject({
      shared: 1,
      jaccard: 1,
      agreement: 1,
      isDuplicate: true,
      examples: ['one two'],
    })
  })

  test('what is no pair is refused', async () => {
    await expect(explainDuplicates([file])).rejects.toMatchObject({ code: 'USAGE' })
    await expect(explainDuplicates([file], { ids: ['a'] })).rejects.toMatchObject({ code: 'USAGE' })
    await expect(explainDuplicates([file], { ids: ['a', 'x'] })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(explainDuplicates([file], { ids: ['a', 'a'] })).rejects.toThrow('not one twice')
    await expect(explainDuplicates([file], { settings: { threshold: 2 } })).rejects.toMatchObject({
      code: 'USAGE',
    })
  })

  test('an id that two documents have is told with their places, by which they are named', async () => {
    const twice = path.join(folder, 'twice.jsonl')
    await writeFile(
      twice,
      '{"id": "x", "text": "One, two"}\n{"id": "x", "text": "three"}\n{"id": "y", "text": "one two"}\n',
    )
    const places = [`${twice}:0`, `${twice}:32`]
    await expect(explainDuplicates([twice], { ids: ['x', 'y'] })).rejects.toMatchObject({
      code: 'USAGE',
      message: `more than one document has the id x: ${places.join(' and ')}`,
      facts: { file: twice, record: 32 },
    })
    const found = await explainDuplicates([twice], { ids: [places[0]!, 'y'] })
    expect(found).toMatchObject({ documents: [{ id: places[0] }, { id: 'y' }], jaccard: 1 })
  })

  test('words are those of the shingles', () => {
    expect(normalisedWords('Ab_1 İx ΣΑΣ \ud800 𝐀𐐀!')).toEqual(['ab_1', 'i', 'x', 'σασ', '𝐀𐐨'])
  })
})
