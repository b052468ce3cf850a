/** Builds whose phases pack otherwise: truncated documents, sequences of S + 1, buckets; the ledger says what became of all. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { build, loadRecipe, plan, verify } from '../../lib/index.ts'
import { readLedger } from '../../lib/provenance/read-ledger.ts'
import { readShards } from '../build-reader.ts'
import { prose } from './corpus.ts'
import { temporaryFolder, writeRecipe } from './support.ts'

let root: string
beforeAll(async () => {
  root = await temporaryFolder()
  const lines = Array.from({ length: 80 }, (_, at) => {
    const text = prose(`packing-${at}`, at % 10 === 0 ? 60 : 3 + (at % 5))
    return `${JSON.stringify({ text })}\n`
  })
  await writeFile(path.join(root, 'notes.jsonl'), lines.join(''))
})
afterAll(() => rm(root, { recursive: true, force: true }))

/** A folder of a build of one stage in these phases. */
async function make(name: string, phases: readonly object[], rest: object = {}): Promise<string> {
  const notes = { files: ['../notes.jsonl'], license: 'CC0-1.0', acquisition: 'synthetic', maxEpochs: 8 }
  await mkdir(path.join(root, name), { recursive: true })
  const recipe = await writeRecipe(path.join(root, name), {
    name,
    sources: { notes },
    stages: [{ name: 'base', tokens: 4000, mix: { notes: 1 } }],
    phases,
    output: { formats: ['packed', 'megatron', 'mds'] },
    ...rest,
  })
  const out = path.join(root, name, 'out')
  await build(await loadRecipe(recipe), { out, workers: 0 })
  return out
}

describe('documents that are truncated', () => {
  test('are a term of the ledger, by segment, and whole in document formats', async () => {
    const out = await make('truncate', [
      { sequenceLength: 64, packing: { 'best-fit': { long: 'truncate' } } },
    ])
    expect((await verify(out)).findings).toEqual([])
    const [segment] = (await readLedger(out)).segments
    const { packed, megatron } = segment?.formats ?? {}
    const emitted = segment?.pools['notes']?.emitted ?? 0
    expect(packed?.truncated).toBeGreaterThan(100)
    expect((packed?.tokens ?? 0) + (packed?.truncated ?? 0)).toBe(emitted)
    expect(megatron).toMatchObject({ tokens: emitted, truncated: 0 })
    const [shard] = await readShards(out)
    const long = shard?.documents.filter(({ tokens }) => tokens.length > 64) ?? []
    const lost = long.reduce((sum, { tokens }) => sum + tokens.length - 64, 0)
    expect(segment?.packing).toMatchObject({ truncated: long.length, truncatedTokens: lost, cutNeedless: 0 })
  })

  test('that the files have more or fewer of than the ledger says are found', async () => {
    const out = await make('forged', [{ sequenceLength: 64, packing: { 'best-fit': { long: 'truncate' } } }])
    const ledger = path.join(out, 'ledger.json')
    const text = await readFile(ledger, 'utf8')
    await writeFile(
      ledger,
      text.replace(/"truncated":([1-9]\d+),"truncatedLearned"/, '"truncated":1,"truncatedLearned"'),
    )
    const { findings } = await verify(out)
    expect(findings.map(({ place }) => place)).toContain('ledger.json: segments[0].formats.mds.truncated')
  })
})

test('sequences of S + 1: stored one longer, steps and batches by S', async () => {
  const out = await make('shifted', [{ sequenceLength: 64, unit: 'S+1', packing: 'concat' }], {
    batchTokens: 256,
  })
  expect((await verify(out)).findings).toEqual([])
  const schedule = JSON.parse(await readFile(path.join(out, 'schedule.json'), 'utf8'))
  expect(schedule.segments[0]).toMatchObject({ sequenceLength: 64, storedLength: 65 })
  const { packed } = schedule.segments[0].formats
  const sequences = packed.items.reduce((sum: number, items: number) => sum + items, 0)
  expect(packed.steps).toMatchObject({ batchSequences: 4, count: Math.floor(sequences / 4) })
  for (const shard of await readShards(out))
    for (const { tokens } of shard.sequences) expect(tokens).toHaveLength(65)
  const planned = await plan(await loadRecipe(path.join(root, 'shifted', 'recipe.yaml')))
  expect(planned.segments[0]).toMatchObject({ storedLength: 65, sequences: Math.ceil(4000 / 65) })
})

describe('buckets of powers of two', () => {
  const packing = { 'one-document': { buckets: 'power-of-two', smallest: 8 } }

  test('fill rows with pieces of one length', async () => {
    const out = await make('buckets', [{ sequenceLength: 64, packing }])
    expect((await verify(out)).findings).toEqual([])
    const sizes = new Set<number>()
    for (const { sequences } of await readShards(out)) {
      for (const { pieceLengths } of sequences) {
        const [size = 0] = pieceLengths
        sizes.add(size < 8 ? 0 : size)
        const lengths = new Set(pieceLengths.map((length) => (length < 8 ? 0 : length)))
        expect(lengths.size).toBe(1)
      }
    }
    expect([...sizes].toSorted((a, b) => a - b)).toEqual([0, 8, 16, 32, 64])
  })

  test('are refused before any work where sequences are no power of two', async () => {
    await expect(make('refused', [{ sequenceLength: 96, packing }])).rejects.toMatchObject({
      code: 'RECIPE_INVALID',
      facts: { key: 'sequenceLength', got: 96 },
    })
    await expect(make('odd', [{ sequenceLength: 64, packing, unit: 'S+1' }])).rejects.toThrow(/65/)
    const large = { 'one-document': { buckets: 'power-of-two', smallest: 128 } } as const
    await expect(make('large', [{ sequenceLength: 64, packing: large }])).rejects.toMatchObject({
      facts: { key: 'packing.one-document.smallest', got: 128, limit: 64 },
    })
  })
})

test('settings that a packing does not have are told at their place', async () => {
  const phases = [
    { sequenceLength: 64, packing: { 'best-fit': { long: 'drop' } } },
    { sequenceLength: 64, packing: 'bfd' },
  ]
  await expect(make('wrong', phases)).rejects.toMatchObject({
    issues: expect.arrayContaining([
      expect.objectContaining({ key: 'phases[0].packing.best-fit.long' }),
      expect.objectContaining({ key: 'phases[1].packing', message: expect.stringContaining('bfd') }),
    ]),
  })
})
