import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { build, type Ledger, type Manifest, readLedger, resolveRecipe } from '../lib/index.ts'
import { type ListedSchedule, type ReadShard, readJson, readShards } from './build-reader.ts'
import { type Corpus, writeCorpus } from './provenance/corpus.ts'

/** BOS and EOS of Mistral's vocabulary. */
const [BOS, EOS] = [1, 2]

let corpus: Corpus
let manifest: Manifest
let ledger: Ledger
let schedule: ListedSchedule
let shards: ReadShard[]

beforeAll(async () => {
  corpus = await writeCorpus()
  const out = path.join(corpus.directory, 'out')
  const loaded = await resolveRecipe(corpus.recipe, { directory: corpus.directory })
  manifest = (await build(loaded, { out, workers: 0 })).manifest
  ledger = await readLedger(out)
  schedule = await readJson<ListedSchedule>(out, 'schedule.json')
  shards = await readShards(out)
})
afterAll(() => corpus.remove())

function sum<T>(items: readonly T[], count: (item: T) => number): number {
  return items.reduce((total, item) => total + count(item), 0)
}

function storedTokens(shard: ReadShard): { real: number; padding: number } {
  const real = sum(shard.sequences, ({ pieceLengths }) => sum(pieceLengths, (length) => length))
  return { real, padding: sum(shard.sequences, ({ tokens }) => tokens.length) - real }
}

const whole = { truncated: 0, truncatedLearned: 0 }

describe('counts', () => {
  test('of every shard are those of the manifest and of the schedule', () => {
    expect(shards).toHaveLength(manifest.shards.length)
    for (const listed of manifest.shards) {
      const name = String(listed.number).padStart(5, '0')
      const shard = shards.find((one) => one.folder === listed.folder && one.name === name)!
      expect(shard.segment).toBe(listed.segment)
      const { real, padding } = storedTokens(shard)
      const tokens = sum(shard.documents, (document) => document.tokens.length)
      expect(listed.formats).toEqual({
        // Nothing is masked or truncated here.
        megatron: { ...whole, items: shard.documents.length, tokens, learned: tokens, padding: 0 },
        packed: { ...whole, items: shard.sequences.length, tokens: real, learned: tokens, padding },
      })
      expect(real).toBe(tokens)
      for (const [pool, counts] of Object.entries(listed.pools)) {
        const own = shard.documents.filter((document) => document.pool === pool)
        expect(counts).toEqual({
          documents: own.length,
          tokens: sum(own, (document) => document.tokens.length),
          learned: sum(own, (document) => document.tokens.length),
          firstEpoch: own.filter(({ epoch }) => epoch === 0).length,
        })
      }
    }
    for (const [at, { formats }] of schedule.segments.entries()) {
      const own = shards.filter(({ segment }) => segment === at)
      expect(formats['megatron']!.items).toEqual(own.map(({ documents }) => documents.length))
      expect(formats['packed']!.items).toEqual(own.map(({ sequences }) => sequences.length))
    }
  })

  test('of every segment are those of the ledger', () => {
    for (const [at, segment] of ledger.segments.entries()) {
      const own = shards.filter((shard) => shard.segment === at)
      const documents = own.flatMap((shard) => shard.documents)
      expect(own.every(({ folder }) => folder === segment.folder)).toBe(true)
      expect(segment.specials).toBe(2 * documents.length)
      for (const [pool, { emitted, documents: count }] of Object.entries(segment.pools)) {
        const from = documents.filter((document) => document.pool === pool)
        expect([emitted, count]).toEqual([sum(from, ({ tokens }) => tokens.length), from.length])
      }
      const tokens = sum(documents, (document) => document.tokens.length)
      const { megatron, packed } = segment.formats
      expect(megatron).toEqual({
        items: documents.length,
        tokens,
        learned: tokens,
        padding: 0,
        roundedOff: 0,
        tail: 0,
        ...whole,
      })
      expect(packed).toMatchObject({
        items: sum(own, ({ sequences }) => sequences.length),
        tokens: sum(own, (shard) => storedTokens(shard).real),
        padding: sum(own, (shard) => storedTokens(shard).padding),
      })
      // What the last whole batch leaves over: the real tokens of the segment's last sequences.
      const sequences = own.flatMap((shard) => shard.sequences)
      const used = schedule.segments[at]!.formats['packed']!.steps!
      const left = sequences.slice(used.count * used.batchSequences)
      expect(left.length).toBeLessThan(used.batchSequences)
      expect(packed!.roundedOff).toBe(sum(left, ({ pieceLengths }) => sum(pieceLengths, (length) => length)))
    }
  })

  test('a placement has the length of its document', () => {
    for (const { documents } of shards) {
      for (const { tokens, length } of documents) expect(length).toBe(tokens.length)
    }
  })
})

describe('documents', () => {
  test('packed sequences hold every token of the documents of megatron, once', () => {
    for (const { documents, sequences, pieces } of shards) {
      const rebuilt = documents.map(({ tokens }) => tokens.map(() => -1))
      let piece = 0
      for (const [sequence, { tokens, pieceLengths }] of sequences.entries()) {
        let at = 0
        for (const length of pieceLengths) {
          const place = pieces[piece++]!
          expect(place.sequence).toBe(sequence)
          const document = rebuilt[place.document]!
          for (let i = 0; i < length; i++) {
            expect(document[place.start + i]).toBe(-1)
            document[place.start + i] = tokens[at++]!
          }
        }
        // Mistral's vocabulary has no padding: its EOS fills sequences up.
        expect(new Set(tokens.slice(at))).toEqual(new Set(at < tokens.length ? [EOS] : []))
      }
      expect(piece).toBe(pieces.length)
      expect(rebuilt).toEqual(documents.map(({ tokens }) => [...tokens]))
    }
  })

  test('every document begins with BOS and ends with EOS, and has neither within', () => {
    for (const { documents } of shards) {
      for (const { tokens } of documents) {
        expect([tokens[0], tokens.at(-1)]).toEqual([BOS, EOS])
        expect(tokens.slice(1, -1).some((id) => id === BOS || id === EOS || id === 0)).toBe(false)
      }
    }
  })

  test('a document has the same tokens wherever it is', () => {
    const known = new Map<string, string>()
    let repeated = 0
    for (const { uid, tokens } of shards.flatMap(({ documents }) => documents)) {
      const text = tokens.join()
      repeated += known.has(uid) ? 1 : 0
      expect(known.get(uid) ?? text).toBe(text)
      known.set(uid, text)
    }
    expect(repeated).toBeGreaterThan(10)
  })

  test('each pool gives every document as often as the others, or once more', () => {
    const trained = shards.filter(({ segment }) => segment !== null).flatMap(({ documents }) => documents)
    for (const [pool, { documents, tokens, heldOut, emitted, fullEpochs, partialEpoch }] of Object.entries(
      ledger.pools,
    )) {
      const own = trained.filter((document) => document.pool === pool)
      const times = new Map<string, number>()
      for (const { uid, epoch } of own) {
        // Epochs follow each other: a document's n-th place is in the n-th epoch.
        expect(epoch).toBe(times.get(uid) ?? 0)
        times.set(uid, (times.get(uid) ?? 0) + 1)
      }
      expect(sum(own, (document) => document.tokens.length)).toBe(emitted)
      expect(emitted).toBe(fullEpochs * (tokens - heldOut.tokens) + partialEpoch)
      const seen = [...times.values()]
      expect(seen.every((count) => count === fullEpochs || count === fullEpochs + 1)).toBe(true)
      const full = documents - heldOut.documents
      expect(fullEpochs > 0 ? seen.length : full).toBe(full)
      expect(seen.length).toBeLessThanOrEqual(full)
    }
    expect(ledger.pools['articles']!.fullEpochs).toBeGreaterThan(0)
  })

  test('an epoch of its own order follows the first', () => {
    const own = shards
      .filter(({ segment }) => segment !== null)
      .flatMap(({ documents }) => documents)
      .filter(({ pool }) => pool === 'articles')
    const [first, second] = [0, 1].map((epoch) =>
      own.filter((document) => document.epoch === epoch).map(({ uid }) => uid),
    )
    expect(second!.length).toBeGreaterThan(8)
    expect(second).not.toEqual(first!.filter((uid) => second!.includes(uid)))
  })

  test('nothing held out is trained on', () => {
    const held = new Set(
      shards
        .filter(({ segment }) => segment === null)
        .flatMap(({ documents }) => documents.map(({ uid }) => uid)),
    )
    const trained = shards.filter(({ segment }) => segment !== null).flatMap(({ documents }) => documents)
    expect(trained.filter(({ uid }) => held.has(uid))).toEqual([])
    expect(held.size).toBe(sum(Object.values(ledger.pools), ({ heldOut }) => heldOut.documents))
    for (const formats of Object.values(ledger.holdout)) {
      expect(formats['megatron']!.tokens).toBeGreaterThanOrEqual(150)
    }
  })
})

describe('mixed exactly', () => {
  test('a pool’s share of any prefix of a segment is off by less than the segment’s longest document', () => {
    for (const [at, { pools, start, end }] of ledger.segments.entries()) {
      const documents = shards.filter(({ segment }) => segment === at).flatMap((shard) => shard.documents)
      const longest = Math.max(...documents.map(({ tokens }) => tokens.length))
      // What a segment begins with: each pool's last document of the one before may reach over its start.
      const given = new Map<string, number>()
      for (const pool of Object.keys(pools)) {
        const before = ledger.segments.slice(0, at)
        const emitted = sum(before, (segment) => segment.pools[pool]?.emitted ?? 0)
        given.set(pool, emitted - sum(before, (segment) => segment.pools[pool]?.asked ?? 0))
      }
      let emitted = sum([...given.values()], (tokens) => tokens)
      let worst = 0
      for (const { pool, tokens } of documents) {
        given.set(pool, given.get(pool)! + tokens.length)
        emitted += tokens.length
        for (const [name, { share }] of Object.entries(pools)) {
          worst = Math.max(worst, Math.abs(given.get(name)! - share * emitted))
        }
      }
      expect(worst).toBeLessThan(longest)
      expect(Math.abs(sum(documents, ({ tokens }) => tokens.length) - (end - start))).toBeLessThan(
        Object.keys(pools).length * longest,
      )
    }
  })

  test('each pool is within a document of what was asked, at the end of every segment', () => {
    for (const { name, parts } of manifest.pools) {
      const longest = Math.max(...parts.map((part) => part.longest))
      let ahead = 0
      for (const { pools } of ledger.segments) {
        const { asked = 0, emitted = 0 } = pools[name] ?? {}
        ahead += emitted - asked
        expect(Math.abs(ahead)).toBeLessThan(longest)
      }
    }
  })
})
