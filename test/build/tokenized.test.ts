import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { build } from '../../lib/build/build.ts'
import { ingest } from '../../lib/build/ingest.ts'
import { estimatePools } from '../../lib/build/plan.ts'
import { survey } from '../../lib/build/survey.ts'
import { loadTables } from '../../lib/build/tables.ts'
import { datatrove } from '../../lib/formats/datatrove.ts'
import { megatron } from '../../lib/formats/megatron.ts'
import { inspect } from '../../lib/inspect.ts'
import { fresh } from '../../lib/kernels/scratch.ts'
import { openBuild } from '../../lib/provenance/open.ts'
import { readLedger } from '../../lib/provenance/read-ledger.ts'
import { traceToken } from '../../lib/provenance/trace.ts'
import { verify } from '../../lib/provenance/verify.ts'
import { resolveRecipe } from '../../lib/recipe/load.ts'
import type { RecipeInput } from '../../lib/recipe/schema.ts'
import { tokenizeFiles } from '../../lib/tokenize.ts'
import { createTokenizer, loadTokenizer } from '../../tokenizers/index.ts'
import { prose } from './corpus.ts'
import { outputHashes, temporaryFolder } from './support.ts'

/*
 * Token files of an earlier run as a source: the same documents as Megatron's, OLMo's and datatrove's files, mixed with a
 * source of text.
 */

const endings: Record<string, string> = { megatron: '.bin', olmo: '.npy', datatrove: '.ds' }
const DOCUMENTS = 60
let folder = ''
let lines: string[] = []

beforeAll(async () => {
  folder = await temporaryFolder()
  const words = ['alpha', 'beta', 'gamma', 'delta', 'replay', 'shard', 'token', 'mix']
  const textOf = (document: number, salt: number): string =>
    Array.from({ length: 5 + (document % 40) }, (_, at) => words[(at * salt + document * document) % 8]).join(
      ' ',
    )
  lines = Array.from({ length: DOCUMENTS }, (_, at) => `${at} ${textOf(at, 3)}`)
  await writeFile(
    path.join(folder, 'old.jsonl'),
    lines.map((text) => `${JSON.stringify({ text })}\n`).join(''),
  )
  const web = Array.from(
    { length: 200 },
    (_, at) => `${JSON.stringify({ text: `${at} ${textOf(at, 5)}` })}\n`,
  )
  await writeFile(path.join(folder, 'web.jsonl'), web.join(''))
  for (const format of Object.keys(endings)) await tokenizeInto(format, format, { bos: true, eos: true })
  await tokenizeInto('bare', 'megatron', { bos: false, eos: true })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function tokenizeInto(
  name: string,
  format: string,
  specials: { bos: boolean; eos: boolean },
): Promise<void> {
  const options = { tokenizer: 'mistral-v1', format, ...specials, sequenceLength: 64 }
  await tokenizeFiles([path.join(folder, 'old.jsonl')], { ...options, out: path.join(folder, name) })
}

const terms = { license: 'CC0-1.0', acquisition: 'public' } as const

function recipe(files: string, more: object = {}, rest: Partial<RecipeInput> = {}): RecipeInput {
  return {
    name: 'replay',
    sources: {
      web: { files: ['web.jsonl'], ...terms },
      replay: { files: [files], ...terms, tokenized: {}, ...more },
    },
    dedup: ['exact'],
    holdout: { tokens: 100 },
    stages: [{ name: 'base', tokens: 3000, mix: { web: 80, replay: 20 } }],
    phases: [{ sequenceLength: 64 }],
    output: { formats: ['packed', 'megatron'], shardTokens: 1000 },
    ...rest,
  }
}

async function make(input: RecipeInput, name: string): Promise<string> {
  const out = path.join(folder, 'out', name)
  await build(await resolveRecipe(input, { directory: folder }), { out, workers: 0 })
  return out
}

async function tokensOf(out: string): Promise<number> {
  return (await readLedger(out)).pools['replay']?.tokens ?? 0
}

describe('a source of token ids', () => {
  test('gives the same build from each format, with a ledger that balances and verifies', async () => {
    const outputs = await Promise.all(
      Object.entries(endings).map(([format, ending]) => make(recipe(`${format}/*${ending}`), format)),
    )
    const hashes = await Promise.all(outputs.map(outputHashes))
    expect(Object.keys(hashes[0] ?? {}).length).toBeGreaterThan(10)
    expect(hashes[1]).toEqual(hashes[0])
    expect(hashes[2]).toEqual(hashes[0])
    const [out = ''] = outputs
    expect(await verify(out, { inputs: true })).toMatchObject({ holds: true, findings: [] })
    const { documents, holdout } = await readLedger(out)
    expect(documents['replay']?.records).toBe(DOCUMENTS)
    expect(documents['replay']?.fates['held-out']).toBeGreaterThan(0)
    expect(Object.keys(holdout)).toContain('replay')
  })

  test('stands first, beside text with copies, which go by every method', async () => {
    const text = Array.from({ length: 100 }, (_, at) => prose(String(at), 5))
    const [first = '', second = ''] = text
    const records = [...text, `  ${first}`, `${second} more`].map((one, id) => ({
      id: String(id),
      text: one,
    }))
    await writeFile(
      path.join(folder, 'copies.jsonl'),
      records.map((record) => `${JSON.stringify(record)}\n`).join(''),
    )
    const { sources, ...rest } = recipe('megatron/*')
    const { replay } = sources
    if (replay === undefined) throw new Error('the recipe has no source replay')
    const web = { files: ['copies.jsonl'], ...terms }
    const dedup = ['exact', { lines: { limit: 3 } }, 'minhash'] as const
    const out = await make({ ...rest, sources: { replay, web }, dedup: [...dedup] }, 'copies')
    expect(await verify(out)).toMatchObject({ findings: [] })
    const { documents } = await readLedger(out)
    expect(documents['web']?.fates).toMatchObject({ 'duplicate/exact': 1, 'duplicate/minhash': 1 })
    expect(documents['replay']?.records).toBe(DOCUMENTS)
  })

  test('is traced to file and document, and its ids are those that were given', async () => {
    const out = await make(recipe('megatron/*'), 'megatron')
    const opened = await openBuild(out)
    const tokenizer = createTokenizer(await loadTokenizer('mistral-v1'))
    const given = await megatron.open(path.join(folder, 'megatron/00000'))
    let traced = 0
    for (let token = 0; token < 900; token += 50) {
      const found = await traceToken(opened, 'shards/00-base-64/packed/00000.arrow', token)
      expect(found.reproduced).toBe(true)
      const [record] = found.records
      if (record?.source !== 'replay') continue
      traced++
      expect(record).toMatchObject({ tokenized: true, file: 'megatron/00000.bin' })
      const { tokens } = await given.item(record.offset)
      expect(tokens[found.document.at]).toBe(found.token.id)
      expect(tokenizer.decode(Array.from(tokens))).toContain(lines[record.offset])
    }
    await given.close()
    expect(traced).toBeGreaterThan(0)
  })

  test('is counted exactly by the plan', async () => {
    const loaded = await resolveRecipe(recipe('datatrove/*.ds'), { directory: folder })
    const [, replay] = estimatePools(loaded, await survey(loaded))
    const reader = await megatron.open(path.join(folder, 'megatron/00000'))
    await reader.close()
    expect(replay).toMatchObject({
      basis: 'token files',
      heldOut: 100,
      tokens: reader.counts.tokens - 100,
      most: reader.counts.tokens - 100,
    })
  })

  test('is read in ranges that share its documents out, empty ones too', async () => {
    const base = path.join(folder, 'ranges/00000')
    await mkdir(path.dirname(base), { recursive: true })
    const tokenizer = { name: 'mistral-v1', bos: 1, eos: 2, pad: undefined }
    const writer = await megatron.create({
      base,
      vocabularySize: 32_000,
      tokenizer,
      sequenceLength: 64,
      masked: false,
    })
    const lengths = [0, 3, 0, 0, 2, 1, 7, 0, 4, 0]
    for (const length of lengths) await writer.write(new Uint16Array(length).fill(5))
    await writer.close()
    const loaded = await resolveRecipe(recipe('ranges/*'), { directory: folder })
    const tables = await loadTables(loaded.recipe, folder)
    const context = {
      folder,
      directory: folder,
      recipe: loaded.recipe,
      tables,
      progress: () => undefined,
      scratch: fresh,
    }
    const split = (await survey(loaded)).find(({ tokenized }) => tokenized)
    const [whole] = split?.pieces ?? []
    if (split === undefined || whole === undefined) throw new RangeError('no split')
    for (let cut = 0; cut <= whole.bytes; cut += 2) {
      let records = 0
      for (const range of [
        { start: 0, end: cut },
        { start: cut, end: whole.bytes },
      ]) {
        const input = {
          split: { ...split, pieces: [{ ...whole, range }] },
          path: `work/ranges-${range.start}`,
        }
        await mkdir(path.join(folder, 'work'), { recursive: true })
        records += range.end > range.start ? (await ingest.run(input, context)).result.counts.records : 0
      }
      expect(records).toBe(lengths.length)
    }
  })

  test('has tiers by tokens', async () => {
    const tiers = { long: 'tokens >= 60' }
    const stages = [{ name: 'base', tokens: 2000, mix: { web: 80, 'replay.long': 20 } }]
    const out = await make(recipe('olmo/*', { tiers, maxEpochs: 4 }, { stages, holdout: undefined }), 'tiers')
    const { pools } = await readLedger(out)
    expect(pools['replay.long']?.documents).toBeGreaterThan(0)
    expect((pools['replay.long']?.documents ?? 0) + (pools['replay']?.documents ?? 0)).toBe(DOCUMENTS)
  })
})

/** The files of datatrove, with a mask that leaves the first half of each document out. */
async function maskFiles(): Promise<number> {
  const base = path.join(folder, 'masked/00000')
  await mkdir(path.dirname(base), { recursive: true })
  for (const ending of ['.ds', '.ds.index', '.ds.metadata'])
    await writeFile(base + ending, await readFile(path.join(folder, `datatrove/00000${ending}`)))
  const given = await datatrove.open(path.join(folder, 'datatrove/00000'))
  const masks: Uint8Array[] = []
  for (let at = 0; at < given.counts.items; at++) {
    const { length } = (await given.item(at)).tokens
    masks.push(new Uint8Array(length).fill(1, length >> 1))
  }
  await given.close()
  await writeFile(`${base}.ds.loss`, Buffer.concat(masks))
  return masks.reduce((sum, mask) => sum + mask.reduce((ones, byte) => ones + byte, 0), 0)
}

describe('a loss mask in the files', () => {
  test('goes with the tokens, through pools, packing, formats, ledger, verify and trace', async () => {
    const learned = await maskFiles()
    const stages = [{ name: 'base', tokens: 2000, mix: { replay: 100 } }]
    const more = { loss: 'answers', maxEpochs: 8 }
    const rest = { stages, holdout: undefined, output: { formats: ['packed', 'datatrove'] } }
    const out = await make(recipe('masked/*.ds', more, rest), 'masked')
    expect(await verify(out)).toMatchObject({ holds: true, findings: [] })
    const { pools, segments } = await readLedger(out)
    const { emitted = 0, learned: counted = 0 } = segments[0]?.pools['replay'] ?? {}
    const share = learned / (pools['replay']?.tokens ?? 0)
    expect(counted / emitted).toBeCloseTo(share, 1)
    const opened = await openBuild(out)
    const seen = new Set<boolean>()
    for (let token = 0; token < 900; token += 7) {
      const found = await traceToken(opened, 'shards/00-base-64/datatrove/00000.ds', token)
      expect(found.reproduced).toBe(true)
      expect(found.token.learned).toBe(found.document.at >= found.document.tokens >> 1)
      seen.add(found.token.learned)
    }
    expect(seen.size).toBe(2)
  })

  test('is refused where the source does not say what becomes of it, and where a format cannot hold it', async () => {
    await maskFiles()
    await expect(make(recipe('masked/*.ds'), 'undecided')).rejects.toMatchObject({
      code: 'RECIPE_INVALID',
      facts: expect.objectContaining({ key: 'sources.replay.loss' }),
    })
    const all = await make(recipe('masked/*.ds', { loss: 'all' }), 'learned')
    const { segments } = await readLedger(all)
    expect(segments[0]?.pools['replay']?.learned).toBe(segments[0]?.pools['replay']?.emitted)
    const narrow = recipe('masked/*.ds', { loss: 'answers' }, { output: { formats: ['nanogpt'] } })
    await expect(resolveRecipe(narrow, { directory: folder })).rejects.toMatchObject({
      issues: [expect.objectContaining({ key: 'sources.replay.loss' })],
    })
  })
})

describe('what contradicts the recipe is refused', () => {
  test('documents without the BOS that others have; `add` puts it, `keep` takes them', async () => {
    await expect(make(recipe('bare/*'), 'bare')).rejects.toMatchObject({
      code: 'RECIPE_INVALID',
      message: `source replay: 0 of ${DOCUMENTS} tokenized documents begin with BOS, and output.documents.bos is true`,
    })
    const added = await make(recipe('bare/*', { tokenized: { specials: 'add' } }), 'added')
    const kept = await make(recipe('bare/*', { tokenized: { specials: 'keep' } }), 'kept')
    expect((await tokensOf(added)) - (await tokensOf(kept))).toBe(DOCUMENTS)
    expect(await tokensOf(added)).toBe(await tokensOf(path.join(folder, 'out/megatron')))
    expect(await verify(kept)).toMatchObject({ holds: true })
    const [segment] = (await readLedger(kept)).segments
    expect(segment?.specials).toBe(2 * (segment?.pools['web']?.documents ?? 0))
  })

  test('ids that the tokenizer does not have', async () => {
    const base = path.join(folder, 'foreign/00000')
    await mkdir(path.dirname(base), { recursive: true })
    const tokenizer = { name: 'other', bos: 1, eos: 2, pad: undefined }
    const writer = await megatron.create({
      base,
      vocabularySize: 65_000,
      tokenizer,
      sequenceLength: 64,
      masked: false,
    })
    for (let at = 0; at < 1000; at++) await writer.write(Uint16Array.of(1, 40_000, 2))
    await writer.close()
    await expect(make(recipe('foreign/*'), 'foreign')).rejects.toMatchObject({
      code: 'INPUT_DAMAGED',
      facts: expect.objectContaining({ got: 40_000, limit: 31_999 }),
    })
  })

  test('files of another tokenizer’s name, unless the recipe says it is the same', async () => {
    const base = path.join(folder, 'named/00000')
    await mkdir(path.dirname(base), { recursive: true })
    for (const ending of ['.ds', '.ds.index']) {
      await writeFile(base + ending, await readFile(path.join(folder, `datatrove/00000${ending}`)))
    }
    const metadata = await readFile(path.join(folder, 'datatrove/00000.ds.metadata'), 'utf8')
    await writeFile(`${base}.ds.metadata`, metadata.replace('mistral-v1', 'mistralai/Mistral-7B-v0.1'))
    // The loss mask, which datatrove writes on request, is missing here.
    const seen = await inspect(`${base}.ds`)
    expect(seen).toMatchObject({
      counts: { items: DOCUMENTS },
      header: { tokenizer: 'mistralai/Mistral-7B-v0.1' },
    })
    await expect(make(recipe('named/*.ds'), 'named')).rejects.toMatchObject({ code: 'INPUT_DAMAGED' })
    const tokenized = { tokenizer: 'mistralai/Mistral-7B-v0.1' }
    const out = await make(recipe('named/*.ds', { tokenized }), 'named')
    expect(await outputHashes(out)).toEqual(await outputHashes(path.join(folder, 'out/datatrove')))
  })

  test('settings of text, each at its place', async () => {
    const input = recipe('megatron/*', { filters: ['language'], fields: { text: 'x' } })
    await expect(resolveRecipe(input, { directory: folder })).rejects.toMatchObject({
      issues: [
        expect.objectContaining({ key: 'sources.replay.fields' }),
        expect.objectContaining({ key: 'sources.replay.filters' }),
      ],
    })
  })

  test('a file that contradicts its index is one entry of the quarantine', async () => {
    await tokenizeInto('torn', 'megatron', { bos: true, eos: true })
    await tokenizeInto('torn/whole', 'megatron', { bos: true, eos: true })
    await appendFile(path.join(folder, 'torn/00000.bin'), 'xx')
    const out = await make(recipe('torn/**/*.bin'), 'torn')
    const quarantine = (await readFile(path.join(out, 'quarantine.jsonl'), 'utf8')).trim().split('\n')
    expect(quarantine).toHaveLength(1)
    expect(quarantine[0]).toContain('"file":"torn/00000.bin","offset":0')
    expect((await readLedger(out)).documents['replay']?.fates['unreadable/corrupt']).toBe(1)
  })
})

test('documents of a benchmark are left out, by what their ids say', async () => {
  // The words go round in one circle: an item of many has every 14 in a row that a document can have.
  const question = lines.find((text) => text.split(' ').length > 30)
  await writeFile(path.join(folder, 'bench.jsonl'), JSON.stringify({ question }))
  const benchmarks = [{ file: 'bench.jsonl', as: 'bench' }]
  const decontaminate = { benchmarks, similarity: null, ngram: 14, action: 'cut' as const }
  const stages = [{ name: 'base', tokens: 1000, mix: { web: 95, replay: 5 } }]
  const out = await make(recipe('megatron/*.bin', {}, { decontaminate, stages }), 'decontaminated')
  const { documents } = await readLedger(out)
  const expected = lines.filter((text) => text.split(' ').length > 14).length
  expect(documents['replay']?.fates['contaminated/bench']).toBe(expected)
  const use = { file: path.join(folder, 'bench.jsonl'), as: 'bench' }
  expect((await verify(out, { benchmarks: [use] })).findings).toEqual([])
})
