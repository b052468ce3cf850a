import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PoolCounts } from '../../lib/build/shard.ts'
import { type CountedShard, type Counts, imbalances, type Ledger, ledgerOf } from '../../lib/ledger.ts'
import { createSchedule, type Schedule } from '../../stages/schedule.ts'

/** Two sources, one with a tier; two stages and two phases that give three segments. */
const schedule: Schedule = createSchedule({
  stages: [
    { name: 'base', tokens: 60, mix: { web: 3, 'web.long': 1, wiki: 1 } },
    { name: 'anneal', tokens: 40, mix: { web: 1, wiki: 1 } },
  ],
  phases: [
    { sequenceLength: 8, tokens: 50, packing: { name: 'best-fit', settings: {} } },
    { sequenceLength: 16, tokens: 'rest', packing: { name: 'best-fit', settings: {} } },
  ],
  pools: ['web', 'web.long', 'wiki'].map((name) => ({ name, tokens: 1000, maxEpochs: 4 })),
})

interface PoolPlan {
  readonly lengths: readonly number[]
  readonly heldOut: number
  /** Documents that each segment takes, from the first not held out on, around and around. */
  readonly taken: readonly number[]
}

interface SourcePlan {
  readonly pools: Readonly<Record<string, PoolPlan>>
  readonly others: Readonly<Record<string, number>>
  readonly duplicates: Readonly<Record<string, number>>
  readonly empty: number
}

const poolPlan: fc.Arbitrary<PoolPlan> = fc
  .record({
    lengths: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 12 }),
    heldOut: fc.nat(3),
    taken: fc.tuple(fc.nat(15), fc.nat(15), fc.nat(15)),
  })
  .map((plan) => {
    const heldOut = Math.min(plan.heldOut, plan.lengths.length)
    return { ...plan, heldOut, taken: heldOut === plan.lengths.length ? [0, 0, 0] : plan.taken }
  })

const count = fc.nat(20)
const sourcePlan = (pools: readonly string[]): fc.Arbitrary<SourcePlan> =>
  fc.record({
    pools: fc.record(Object.fromEntries(pools.map((pool) => [pool, poolPlan]))),
    others: fc.record({
      'dropped/language/score': count,
      'unreadable/invalid-json': count,
      'not-sampled': count,
    }),
    duplicates: fc.record({ exact: count, minhash: count }),
    empty: fc.nat(3),
  })

/** The second stage does not name `web.long`, so the last segment takes nothing of it. */
const plans = fc
  .record({ web: sourcePlan(['web', 'web.long']), wiki: sourcePlan(['wiki']) })
  .map(({ web, wiki }) => {
    const long = web.pools['web.long']!
    const [first = 0, second = 0] = long.taken
    return {
      web: { ...web, pools: { ...web.pools, 'web.long': { ...long, taken: [first, second, 0] } } },
      wiki,
    }
  })

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}

/** Nothing is truncated. */
const whole = { truncated: 0, truncatedLearned: 0 }

function holdoutOf(source: string): CountedShard {
  return {
    folder: `holdout/${source}`,
    number: 0,
    segment: null,
    pools: {},
    formats: { megatron: { items: 1, tokens: 5, padding: 0, learned: 5, ...whole } },
    roundedOff: {},
  }
}

/** What a build that takes exactly these documents would count, and the fates of its documents one by one. */
function countsOf(sources: Readonly<Record<string, SourcePlan>>): {
  counts: Counts
  fates: Record<string, Record<string, number>>
} {
  const pools: Record<string, Counts['pools'][string]> = {}
  const given: Record<string, PoolCounts>[] = schedule.segments.map(() => ({}))
  const fates: Record<string, Record<string, number>> = {}
  const sourceCounts: Record<string, Counts['sources'][string]> = {}
  for (const [source, { pools: own, others, duplicates, empty }] of Object.entries(sources)) {
    const fate: Record<string, number> = { 'held-out': 0, emitted: 0, 'not-reached': 0 }
    let pooled = 0
    for (const [name, { lengths, heldOut, taken }] of Object.entries(own)) {
      const rest = lengths.slice(heldOut)
      let next = 0
      let cursor = 0
      for (const [segment, documents] of taken.entries()) {
        const counted = { documents, tokens: 0, firstEpoch: 0, learned: 0 }
        for (let i = 0; i < documents; i++, next++) {
          counted.tokens += rest[next % rest.length]!
          if (next < rest.length) counted.firstEpoch++
        }
        counted.learned = counted.tokens - documents
        cursor += counted.tokens
        given[segment]![name] = counted
      }
      const held = { documents: heldOut, tokens: sum(lengths.slice(0, heldOut), (length) => length) }
      pools[name] = {
        source,
        plain: source !== 'wiki',
        documents: lengths.length,
        tokens: sum(lengths, (length) => length),
        heldOut: held,
        start: 0,
        cursor,
      }
      const reached = Math.min(next, rest.length)
      fate['held-out']! += heldOut
      fate['emitted']! += reached
      fate['not-reached']! += rest.length - reached
      pooled += lengths.length
    }
    const kept = pooled + empty + sum(Object.values(duplicates), (taken) => taken)
    sourceCounts[source] = {
      records: kept + sum(Object.values(others), (taken) => taken),
      fates: { ...others, kept },
      duplicates,
      contaminated: {},
      edits: {},
      tags: {},
    }
    for (const [method, taken] of Object.entries(duplicates)) fate[`duplicate/${method}`] = taken
    Object.assign(fate, others, { 'dropped/empty': empty })
    fates[source] = Object.fromEntries(Object.entries(fate).filter(([, taken]) => taken > 0))
  }
  const shards = given.map((counted, segment): CountedShard => {
    const own = Object.values(counted)
    const tokens = sum(own, (pool) => pool.tokens)
    const learned = sum(own, (pool) => pool.learned)
    const { sequenceLength, index } = schedule.segments[segment]!
    const items = Math.ceil(tokens / sequenceLength)
    return {
      folder: `shards/${segment}`,
      number: 0,
      segment: index,
      pools: counted,
      formats: {
        megatron: { items: sum(own, (pool) => pool.documents), tokens, padding: 0, learned, ...whole },
        packed: { items, tokens, padding: items * sequenceLength - tokens, learned, ...whole },
      },
      roundedOff: { megatron: 0, packed: Math.min(tokens, 5) },
    }
  })
  return {
    counts: {
      sources: sourceCounts,
      pools,
      benchmarks: {},
      shards: [...shards, ...Object.keys(sources).map(holdoutOf)],
      specialsPerDocument: 2,
    },
    fates,
  }
}

function ledgerFor(sources: Readonly<Record<string, SourcePlan>>): Ledger {
  return ledgerOf(countsOf(sources).counts, schedule, ({ index }) => `shards/${index}`)
}

function placesOf(changed: Counts): string[] {
  return imbalances(ledgerOf(changed, schedule, () => 'shards')).map(({ place }) => place)
}

describe('any counts of a build that lost nothing', () => {
  test('balance, and every record has the one fate that it has', () => {
    fc.assert(
      fc.property(plans, (sources) => {
        const { counts, fates } = countsOf(sources)
        const ledger = ledgerOf(counts, schedule, ({ index }) => `shards/${index}`)
        expect(imbalances(ledger)).toEqual([])
        for (const [source, own] of Object.entries(fates)) {
          expect(ledger.documents[source]!.fates).toEqual(own)
          expect(sum(Object.values(own), (taken) => taken)).toBe(counts.sources[source]!.records)
        }
      }),
    )
  })

  test('a document more or less anywhere does not balance', () => {
    fc.assert(
      fc.property(
        plans,
        fc.constantFrom('web', 'wiki'),
        fc.constantFrom(1, -1),
        (sources, source, change) => {
          const { counts } = countsOf(sources)
          const own = counts.sources[source]!
          const lost = { ...counts.sources, [source]: { ...own, records: own.records + change } }
          const ledger = ledgerOf({ ...counts, sources: lost }, schedule, () => 'shards')
          expect(imbalances(ledger).map(({ place }) => place)).toEqual([`documents.${source}`])
        },
      ),
    )
  })

  test('a token more in a shard, in a pool or in a cursor does not balance', () => {
    const { counts } = countsOf(fc.sample(plans, { seed: 3, numRuns: 1 })[0]!)
    for (const [pool, totals] of Object.entries(counts.pools)) {
      const moved = { ...totals, cursor: totals.cursor + 1 }
      expect(placesOf({ ...counts, pools: { ...counts.pools, [pool]: moved } })).toContain(
        `pools.${pool}.emitted`,
      )
    }
    for (const [at, shard] of counts.shards.slice(0, 3).entries()) {
      for (const [pool, given] of Object.entries(shard.pools)) {
        if (given.documents === 0) continue
        const pools = { ...shard.pools, [pool]: { ...given, tokens: given.tokens + 1 } }
        const shards = counts.shards.with(at, { ...shard, pools })
        expect(placesOf({ ...counts, shards })).toEqual(
          expect.arrayContaining([`pools.${pool}.emitted`, `segments[${at}].formats.megatron`]),
        )
      }
    }
  })
})

/** Every number of the ledger, by its path, with a ledger where it is one more. */
function* oneMore(
  root: Ledger,
  value: Readonly<Record<string, unknown>> = JSON.parse(JSON.stringify(root)),
  keys: readonly string[] = [],
): Generator<[string, Ledger]> {
  for (const [name, below] of Object.entries(value)) {
    const path = [...keys, name]
    if (typeof below === 'number') yield [worded(path), changed(root, [[path, 1]])]
    else if (typeof below === 'object' && below !== null) yield* oneMore(root, { ...below }, path)
  }
}

/** `['segments', '0', 'start']` → `segments[0].start` */
function worded(keys: readonly string[]): string {
  return keys.join('.').replace(/\.(\d+)(?=\.|$)/g, '[$1]')
}

type Edit = readonly [keys: readonly string[], change: number]

/** A copy with some numbers changed; a number that is not there counts as 0. */
function changed(ledger: Ledger, edits: readonly Edit[]): Ledger {
  const copy: Ledger = JSON.parse(JSON.stringify(ledger))
  for (const [keys, change] of edits) {
    let holder: object = copy
    for (const key of keys.slice(0, -1)) holder = Reflect.get(holder, key)
    const last = keys.at(-1)!
    Reflect.set(holder, last, (Reflect.get(holder, last) ?? 0) + change)
  }
  return copy
}

function packed(segment: string, name: string): string[] {
  return ['segments', segment, 'formats', 'packed', name]
}

describe('rules', () => {
  const ledger = ledgerFor(fc.sample(plans, { seed: 5, numRuns: 1 })[0]!)

  /** Numbers that stand in the ledger for reading and that no sum can miss; verify counts them again. */
  const uncounted =
    /\.(share|start|end|specials|roundedOff|tail|sequenceLength)$|megatron\.(items|padding)$|^holdout\.|\.documents$/

  test('any number that is one more is found, at its place', () => {
    const missed: string[] = []
    let found = 0
    for (const [place, wrong] of oneMore(ledger)) {
      const places = imbalances(wrong).map((problem) => problem.place)
      if (places.length === 0) {
        missed.push(place)
        continue
      }
      found++
      // A segment's sums are compared with the pools': either side may name it.
      const pool = /pools\.(web\.long|web|wiki)/.exec(place)?.[1]
      const sides = [/^segments\[\d\]|^documents\.\w+/.exec(place)?.[0], `pools.${pool}`]
      expect(places.some((name) => sides.some((side) => side !== undefined && name.startsWith(side)))).toBe(
        true,
      )
    }
    expect(found).toBeGreaterThan(30)
    expect(missed.filter((place) => !uncounted.test(place))).toEqual([])
  })

  const reached = ledger.documents['web']!.fates['not-reached'] ?? 0

  test.each<[rule: string, place: string, edits: readonly Edit[]]>([
    ['fates sum to the records', 'documents.web', [[['documents', 'web', 'records'], 1]]],
    [
      'no fate is negative',
      'documents.web.fates.not-reached',
      [
        [['documents', 'web', 'records'], -reached - 1],
        [['documents', 'web', 'fates', 'not-reached'], -reached - 1],
      ],
    ],
    [
      'emitted = full epochs + partial epoch - start',
      'pools.wiki.emitted',
      [[['pools', 'wiki', 'partialEpoch'], 1]],
    ],
    [
      'segments sum to what the pool gave',
      'pools.wiki.emitted',
      [
        [['pools', 'wiki', 'partialEpoch'], 1],
        [['pools', 'wiki', 'emitted'], 1],
      ],
    ],
    ['segments sum to what is asked', 'pools.web.asked', [[['segments', '0', 'pools', 'web', 'asked'], 1]]],
    [
      'a format holds what the pools gave, but for what is truncated',
      'segments[1].formats.packed',
      [
        [packed('1', 'tokens'), 1],
        [packed('1', 'padding'), -1],
      ],
    ],
    ['tokens + padding fill the sequences', 'segments[2].formats.packed', [[packed('2', 'padding'), 1]]],
  ])('%s', (rule, place, edits) => {
    const found = imbalances(changed(ledger, edits))
    expect(found.map((problem) => [problem.rule, problem.place])).toEqual([[rule, place]])
    expect(found[0]!.got).not.toBe(found[0]!.expected)
  })
})
