import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  build,
  type DocumentTrail,
  type FinishedBuild,
  openBuild,
  resolveRecipe,
  sequencesOfStep,
  traceItem,
  traceToken,
  where,
} from '../../lib/index.ts'
import { type StepSlice, shardOfSequence } from '../../lib/provenance/trace.ts'
import { createTokenizer, loadTokenizer, type Tokenizer } from '../../tokenizers/index.ts'
import { type ListedSchedule, type ReadShard, readJson, readShards } from '../build-reader.ts'
import { type Corpus, keyedNumbers, writeCorpus } from './corpus.ts'

let corpus: Corpus
let built: FinishedBuild
let tokenizer: Tokenizer
let shards: ReadShard[]

beforeAll(async () => {
  corpus = await writeCorpus()
  const out = path.join(corpus.directory, 'out')
  await build(await resolveRecipe(corpus.recipe, { directory: corpus.directory }), { out, workers: 0 })
  built = await openBuild(out)
  tokenizer = createTokenizer(await loadTokenizer('mistral-v1'))
  shards = await readShards(out)
})
afterAll(() => corpus.remove())

/** 16 bytes of SHA-256 over what identifies a record, as the design words it. */
function uidOf(source: string, id: string, url: string | undefined, text: string): string {
  const head = JSON.stringify([source, id, url ?? null])
  return createHash('sha256').update(`${head}\0${text}`).digest('hex').slice(0, 32)
}

/** What the input file has at the place that a record names. */
function rawRecord(file: string, offset: number, bytes: number): { id: string; url?: string; text: string } {
  const content = Buffer.from(corpus.contents[path.basename(file)] ?? '')
  const raw = JSON.parse(content.subarray(offset, offset + bytes).toString())
  return { id: raw.id, url: raw.meta?.url, text: raw.content ?? raw.text }
}

function compare(one: string, other: string): number {
  return one < other ? -1 : 1
}

interface Spot {
  readonly shard: ReadShard
  readonly file: string
  readonly position: number
  /** What is stored there, by the independent reader; undefined for padding. */
  readonly document: number | undefined
  readonly at: number
}

/** Every `stride`-th position of all shards in both formats, from a keyed start. */
function* spots(stride: number): Generator<Spot> {
  const number = keyedNumbers('spots')
  for (const shard of shards) {
    let first = 0
    for (const [document, { length }] of shard.documents.entries()) {
      for (let at = 0; at < length; at++) {
        if (number() * stride < 1) {
          const file = `${shard.folder}/megatron/${shard.name}.bin`
          yield { shard, file, position: first + at, document, at }
        }
      }
      first += length
    }
    let piece = 0
    for (const [sequence, { tokens, pieceLengths }] of shard.sequences.entries()) {
      const file = `${shard.folder}/packed/${shard.name}.arrow`
      let offset = 0
      for (const length of pieceLengths) {
        const { document, start } = shard.pieces[piece++]!
        for (let i = 0; i < length; i++, offset++) {
          const position = sequence * tokens.length + offset
          if (number() * stride < 1) yield { shard, file, position, document, at: start + i }
        }
      }
      for (; offset < tokens.length; offset++) {
        const position = sequence * tokens.length + offset
        if (number() * stride < 4) yield { shard, file, position, document: undefined, at: offset }
      }
    }
  }
}

describe('traceToken', () => {
  test('any position leads to its document, its record, its raw line and back to its placement', async () => {
    let real = 0
    for (const { shard, file, position, document, at } of spots(120)) {
      if (document === undefined) continue
      real++
      const trace = await traceToken(built, file, position)
      const { uid, pool, epoch, tokens } = shard.documents[document]!
      expect(trace.token.id).toBe(tokens[at])
      expect(trace.document).toEqual({ uid, pool, epoch, tokens: tokens.length, at })
      expect(trace.reproduced).toBe(true)
      expect(trace.records.length).toBeGreaterThan(0)
      for (const record of trace.records) {
        const raw = rawRecord(record.file, record.offset, record.bytes)
        const ids = [tokenizer.bos, ...tokenizer.encode(raw.text), tokenizer.eos]
        expect(ids[at]).toBe(trace.token.id)
        expect(ids).toHaveLength(tokens.length)
        expect(uidOf(record.source, raw.id, raw.url, raw.text)).toBe(uid)
        expect([record.id, record.url]).toEqual([raw.id, raw.url ?? null])
        expect(record.source).toBe(pool.split('.')[0])
      }
      const trails = await where(built, { doc: uid })
      expect(trails[0]!.placements).toContainEqual({
        folder: shard.folder,
        shard: shard.name,
        document,
        tokens: tokens.length,
        pool,
        epoch,
        segment: shard.segment,
      })
    }
    expect(real).toBeGreaterThan(200)
  })

  test('a position of a shard names its stage and sequence; one of the holdout none', async () => {
    const { segments } = await readJson<ListedSchedule>(built.folder, 'schedule.json')
    for (const { folder, name, segment } of shards) {
      const trace = await traceToken(built, `${folder}/packed/${name}.arrow`, 0)
      expect(trace.stage).toBe(segment === null ? null : segments[segment]!.stage)
      expect(trace.sequenceLength).toBe(segment === null ? null : segments[segment]!.sequenceLength)
      expect(trace.sequence).toBe(0)
      expect((await traceToken(built, `${folder}/megatron/${name}.idx`, 0)).sequence).toBeNull()
    }
  })

  test('padding is refused, with the number of real tokens', async () => {
    let padding = 0
    for (const { shard, file, position, document } of spots(60)) {
      if (document !== undefined) continue
      padding++
      const { tokens } = shard.sequences[0]!
      const { pieceLengths } = shard.sequences[Math.floor(position / tokens.length)]!
      const real = pieceLengths.reduce((sum, length) => sum + length, 0)
      await expect(traceToken(built, file, position)).rejects.toMatchObject({
        code: 'NOT_FOUND',
        facts: { file, limit: real - 1, fix: expect.stringContaining(`${real} real tokens`) },
      })
    }
    expect(padding).toBeGreaterThan(20)
  })

  test.each([-1, 0.5, Number.NaN, 1e9])('position %d is refused', async (position) => {
    const { folder, name } = shards[0]!
    const file = `${folder}/megatron/${name}.bin`
    await expect(traceToken(built, file, position)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      facts: { file },
    })
  })

  test.each(['shards/00-base-128/megatron/00099.bin', 'ledger.json', '../web.jsonl'])(
    '%s is no shard of the build',
    async (file) => {
      await expect(traceToken(built, file, 0)).rejects.toMatchObject({
        code: 'NOT_FOUND',
        facts: { fix: expect.stringContaining('shards/00-base-128/megatron/00000') },
      })
    },
  )
})

describe('sequences and steps', () => {
  test('a sequence of a stage and phase is the one that the schedule lists', async () => {
    for (const [stage, length] of [
      ['base', 128],
      ['refine', 256],
    ] as const) {
      const own = shards.filter(({ folder }) => folder.endsWith(`${stage}-${length}`))
      let sequence = 0
      for (const shard of own) {
        for (const [at, { pieceLengths }] of shard.sequences.entries()) {
          const slice = await shardOfSequence(built, stage, length, sequence++)
          expect(slice).toEqual({
            file: `${shard.folder}/packed/${shard.name}.arrow`,
            start: at,
            end: at + 1,
          })
          if (sequence % 7 !== 0) continue
          const pieces = shard.pieces.filter((piece) => piece.sequence === at)
          expect(await traceItem(built, slice.file, at)).toEqual(
            pieces.map(({ document, start }, index) => {
              const { uid, pool, epoch } = shard.documents[document]!
              return { uid, pool, epoch, start, length: pieceLengths[index] }
            }),
          )
        }
      }
      await expect(shardOfSequence(built, stage, length, sequence)).rejects.toMatchObject({
        code: 'NOT_FOUND',
        message: `stage ${stage} at ${length} has ${sequence} sequences, and none is number ${sequence}`,
        facts: { limit: sequence - 1, fix: `Give a sequence from 0 to ${sequence - 1}.` },
      })
    }
  })

  test('an item of any format is the sequence or the document that it numbers', async () => {
    const shard = shards[1]!
    for (const at of [0, shard.documents.length - 1]) {
      const { uid, pool, epoch, tokens } = shard.documents[at]!
      const file = `${shard.folder}/megatron/${shard.name}.bin`
      expect(await traceItem(built, file, at)).toEqual([
        { uid, pool, epoch, start: 0, length: tokens.length },
      ])
    }
    for (const [ending, count] of [
      ['megatron/00000.idx', shards[0]!.documents.length],
      ['packed/00000.arrow', shards[0]!.sequences.length],
    ] as const) {
      const file = `${shards[0]!.folder}/${ending}`
      await expect(traceItem(built, file, count)).rejects.toMatchObject({ facts: { limit: count - 1 } })
    }
  })

  test('a stage without a phase goes on into its next segment', async () => {
    const first = shards.find(({ folder }) => folder.endsWith('refine-128'))!
    expect(await shardOfSequence(built, 'refine', undefined, first.sequences.length)).toEqual({
      file: 'shards/02-refine-256/packed/00000.arrow',
      start: 0,
      end: 1,
    })
    await expect(shardOfSequence(built, 'nonsense', undefined, 0)).rejects.toMatchObject({
      facts: { fix: expect.stringContaining('refine at 256') },
    })
  })

  test('the ranks of a step read its batch end to end, whatever their number', async () => {
    for (const step of [0, 7]) {
      const all = whole((await sequencesOfStep(built, step)).slices)
      for (const world of [1, 2, 3, 4, 7]) {
        const ranks = await Promise.all(
          Array.from({ length: world }, (_, rank) => sequencesOfStep(built, step, { rank, world })),
        )
        expect(ranks.flatMap(({ slices }) => whole(slices))).toEqual(all)
        const sizes = ranks.map(({ slices }) => whole(slices).length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }
    }
    await expect(sequencesOfStep(built, 0, { rank: 4, world: 4 })).rejects.toMatchObject({
      code: 'USAGE',
      facts: { fix: 'Give a rank from 0 to 3.' },
    })
  })

  test('steps read whole batches, in order, none twice, and leave less than a batch of each segment', async () => {
    const seen = new Map<string, number>()
    const { segments } = await readJson<ListedSchedule>(built.folder, 'schedule.json')
    const steps = segments.reduce((sum, { formats }) => sum + formats['packed']!.steps!.count, 0)
    expect(steps).toBeGreaterThan(10)
    await expect(sequencesOfStep(built, steps)).rejects.toMatchObject({
      facts: { fix: `Give a step from 0 to ${steps - 1}.` },
    })
    for (let step = 0; step < steps; step++) {
      const { slices, stage } = await sequencesOfStep(built, step)
      let tokens = 0
      for (const { file, start, end } of slices) {
        expect(start).toBe(seen.get(file) ?? 0)
        seen.set(file, end)
        expect(file).toContain(`-${stage}-`)
        tokens += (end - start) * Number(/-(\d+)\//.exec(file)![1])
      }
      expect(tokens).toBe(1024)
    }
    for (const folder of new Set(
      shards.filter(({ segment }) => segment !== null).map(({ folder }) => folder),
    )) {
      const own = shards.filter((shard) => shard.folder === folder)
      const sequences = own.reduce((sum, shard) => sum + shard.sequences.length, 0)
      const read = own.reduce((sum, { name }) => sum + (seen.get(`${folder}/packed/${name}.arrow`) ?? 0), 0)
      expect(sequences - read).toBeGreaterThanOrEqual(0)
      expect((sequences - read) * own[0]!.sequences[0]!.tokens.length).toBeLessThan(1024)
    }
  })
})

/** Each sequence of these by name. */
function whole(slices: readonly StepSlice[]): string[] {
  return slices.flatMap(({ file, start, end }) =>
    Array.from({ length: end - start }, (_, at) => `${file} ${start + at}`),
  )
}

async function trailsOf(query: Parameters<typeof where>[1]): Promise<DocumentTrail[]> {
  return where(built, query)
}

describe('where', () => {
  test('every record of the input has its one fate, and they sum to the ledger', async () => {
    // A duplicate is left out: it has its equal's uid, and with it its places.
    const placesOf: Record<string, string[]> = {
      emitted: ['training'],
      'held-out': ['holdout'],
    }
    const fates: Record<string, Record<string, number>> = { web: {}, articles: {}, extras: {} }
    const sources = { 'web.jsonl': 'web', 'articles.jsonl.gz': 'articles', 'extras.jsonl': 'extras' }
    for (const [file, source] of Object.entries(sources)) {
      const uids = corpus.records[file]!.map(({ id, url, text }) => uidOf(source, id, url, text))
      for (const uid of new Set(uids)) {
        for (const { fate, record, placements } of await trailsOf({ doc: uid })) {
          expect(record.uid).toBe(uid)
          fates[source]![fate] = (fates[source]![fate] ?? 0) + 1
          if (fate === 'duplicate') continue
          const places = placements.map(({ segment }) => (segment === null ? 'holdout' : 'training'))
          expect([...new Set(places)]).toEqual(placesOf[fate] ?? [])
        }
      }
    }
    const { documents } = await readJson<{ documents: Record<string, { fates: Record<string, number> }> }>(
      built.folder,
      'ledger.json',
    )
    for (const [source, counts] of Object.entries(fates)) {
      const short: Record<string, number> = {}
      for (const [fate, count] of Object.entries(documents[source]!.fates)) {
        const [name = ''] = fate.split('/')
        if (name !== 'unreadable') short[name] = (short[name] ?? 0) + count
      }
      expect(counts).toEqual(short)
      expect(Object.keys(counts)).toContain('emitted')
    }
    expect(Object.keys(fates['web']!).toSorted()).toEqual([
      'dropped',
      'duplicate',
      'emitted',
      'held-out',
      'not-reached',
    ])
    expect(fates['extras']!['not-sampled']).toBeGreaterThan(0)
  })

  test('all placements of a document, and no others', async () => {
    const expected = new Map<string, unknown[]>()
    for (const { folder, name, documents } of shards) {
      for (const [document, { uid }] of documents.entries()) {
        expected.set(uid, [...(expected.get(uid) ?? []), { folder, shard: name, document }])
      }
    }
    const most = Math.max(...[...expected.values()].map((places) => places.length))
    expect(most).toBe(2)
    for (const [uid, places] of expected) {
      const [trail] = await trailsOf({ doc: uid.toUpperCase() })
      expect(trail!.placements.map(({ folder, shard, document }) => ({ folder, shard, document }))).toEqual(
        places,
      )
    }
  })

  test('a dropped record has the rule, the value and the threshold', async () => {
    const [trail] = await trailsOf({ url: corpus.records['web.jsonl']![5]!.url! })
    expect(trail!.fate).toBe('dropped')
    expect(trail!.record).toMatchObject({
      filter: 'gopher-quality',
      reason: 'gopher_short_doc',
      value: '2',
      threshold: '20',
      document: null,
    })
    expect(Object.keys(trail!.record.values).every((name) => name.startsWith('gopher-quality.'))).toBe(true)
    expect(Object.keys(trail!.record.values).length).toBeGreaterThan(0)
  })

  test('duplicates name the kept document, the method and the similarity', async () => {
    const trails = await trailsOf({ domain: 'copies.example' })
    const pages = corpus.records['web.jsonl']!
    const originals = [
      [pages[30]!, pages[150]!, 'exact', 1],
      [pages[36]!, pages[151]!, 'minhash', Math.fround(0.8)],
    ] as const
    for (const [one, other, method, least] of originals) {
      const pair = [...trails, ...(await trailsOf({ url: one.url! }))].filter(
        ({ record }) => record.url === one.url || record.url === other.url,
      )
      const gone = pair.filter(({ fate }) => fate === 'duplicate')
      expect(gone).toHaveLength(1)
      const kept = pair.find((trail) => trail !== gone[0])!
      const duplicate = gone[0]!.record.duplicate!
      expect(duplicate.method).toBe(method)
      expect(duplicate.duplicateOf).toBe(kept.record.uid)
      expect(kept.record.duplicate).toBeNull()
      expect(duplicate.similarity).toBeGreaterThanOrEqual(least)
    }
  })

  test('two records that are equal share their uid; one is kept', async () => {
    const { url } = corpus.records['web.jsonl']![31]!
    const trails = await trailsOf({ url: url! })
    expect(trails).toHaveLength(2)
    expect(new Set(trails.map(({ record }) => record.uid)).size).toBe(1)
    expect(new Set(trails.map(({ record }) => record.offset)).size).toBe(2)
    expect(trails.filter(({ fate }) => fate === 'duplicate')).toHaveLength(1)
  })

  test('a domain finds its records, without www. and in any case', async () => {
    const expected = corpus.records['web.jsonl']!.filter(({ url }) => url!.includes('www.site-3.org'))
    for (const domain of ['site-3.org', 'www.site-3.org', 'WWW.Site-3.ORG']) {
      const trails = await trailsOf({ domain })
      expect(trails.map(({ record }) => record.url!).toSorted(compare)).toEqual(
        expected.map(({ url }) => url!).toSorted(compare),
      )
    }
  })

  test('unreadable records are in the quarantine by file, place and reason', async () => {
    const lines = (await readFile(path.join(built.folder, 'quarantine.jsonl'), 'utf8')).trim().split('\n')
    const content = Buffer.from(corpus.contents['web.jsonl']!)
    const found = lines.map((line) => JSON.parse(line))
    expect(found.map(({ reason, source, file }) => [reason, source, file])).toEqual([
      ['invalid-json', 'web', 'web.jsonl'],
      ['wrong-type', 'web', 'web.jsonl'],
    ])
    expect(content.subarray(found[0].offset, found[0].offset + found[0].bytes).toString()).toBe(
      '{"content": "cut off\n',
    )
    expect(
      JSON.parse(content.subarray(found[1].offset, found[1].offset + found[1].bytes).toString()),
    ).toMatchObject({ content: 5 })
  })

  test.each([
    [{ doc: '0'.repeat(32) }, 'NOT_FOUND'],
    [{ doc: 'nonsense' }, 'USAGE'],
    [{ url: 'https://nowhere.example/' }, 'NOT_FOUND'],
    [{ url: 'www.site-3.org' }, 'NOT_FOUND'],
    [{ domain: 'nowhere.example' }, 'NOT_FOUND'],
    [{}, 'USAGE'],
  ] as const)('%j is refused', async (query, code) => {
    await expect(trailsOf(query)).rejects.toMatchObject({ code, facts: { fix: expect.any(String) } })
  })
})
