/**
 * The ledger: where every document and token of a build went. A pure function of counts, so that the build makes it of its
 * completion records, and `verify` makes it again of what the files hold; both must agree, and both must balance.
 */
import type { BenchmarkTally } from '../filters/decontaminate/index.ts'
import { type PackingMetrics, sumMetrics } from '../stages/packing/metrics.ts'
import type { Schedule } from '../stages/schedule.ts'
import type { Segment } from '../stages/types.ts'
import type { HeldOut } from './build/pools.ts'
import type { ShardResult } from './build/shard.ts'
import type { FormatCounts } from './build/write-format.ts'
import { formatByName } from './formats/index.ts'
import { sum } from './sum.ts'

export interface SourceCounts {
  readonly records: number
  /** Records by refine's fates: `kept`, `not-sampled`, `unreadable/REASON`, `dropped/FILTER/REASON`. */
  readonly fates: Readonly<Record<string, number>>
  /** Documents that dedup took, by method. */
  readonly duplicates: Readonly<Record<string, number>>
  /** Documents that went for what they have of a benchmark, by benchmark. */
  readonly contaminated: Readonly<Record<string, number>>
  /** Records whose text was changed, by what changed it: `hygiene/bom`, a filter's name, or `decontaminate`. */
  readonly edits: Readonly<Record<string, number>>
  /** Documents that filters kept and would have dropped, but for `action: tag`: `FILTER/REASON`; one can be in several. */
  readonly tags: Readonly<Record<string, number>>
}

export interface PoolTotals {
  readonly source: string
  /** Whether its documents carry `specialsPerDocument`, and nothing else tells their specials. */
  readonly plain: boolean
  readonly documents: number
  readonly tokens: number
  readonly heldOut: HeldOut
  /** Where the run begins in the pool, in tokens: 0, or where that of the base ended. */
  readonly start: number
  /** Where the run ends in the pool, in tokens: full epochs, and the start of the first document not taken. */
  readonly cursor: number
}

/** A shard and the segment that it belongs to; holdout shards belong to none. */
export interface CountedShard extends ShardResult {
  readonly segment: number | null
  /** Real tokens of the sequences that `batchTokens` leaves over, by format. */
  readonly roundedOff: Readonly<Record<string, number>>
}

export interface Counts {
  readonly sources: Readonly<Record<string, SourceCounts>>
  readonly pools: Readonly<Record<string, PoolTotals>>
  readonly shards: readonly CountedShard[]
  readonly benchmarks: Ledger['benchmarks']
  /** BOS and EOS of each document of a plain pool; conversations have those of their template, kept ids their own. */
  readonly specialsPerDocument: number
}

export interface Ledger {
  /** By source: its records and their final fates, which sum to them. */
  readonly documents: Readonly<Record<string, SourceLedger>>
  /** By pool: what it holds and what the run takes of it. */
  readonly pools: Readonly<Record<string, PoolLedger>>
  /** By benchmark: what of it was found in the documents. */
  readonly benchmarks: Readonly<Record<string, BenchmarkTally>>
  /** By segment, in order. */
  readonly segments: readonly SegmentLedger[]
  /** By source. */
  readonly holdout: Readonly<Record<string, Readonly<Record<string, FormatLedger>>>>
}

export interface SourceLedger {
  readonly records: number
  readonly fates: Readonly<Record<string, number>>
  /** Records whose text was changed, by what changed it; a record can be in several. */
  readonly edits: Readonly<Record<string, number>>
  /** Documents that filters kept and would have dropped, but for `action: tag`: `FILTER/REASON`; one can be in several. */
  readonly tags: Readonly<Record<string, number>>
}

export interface PoolLedger {
  readonly documents: number
  readonly tokens: number
  readonly heldOut: HeldOut
  /** Tokens that the schedule asks of it. */
  readonly asked: number
  /** Tokens of whole documents that it gave: fullEpochs x (tokens - heldOut.tokens) + partialEpoch - start. */
  readonly emitted: number
  /** Of a pool of the base: tokens that the base took before; the epochs count from there on. */
  readonly start?: number
  readonly fullEpochs: number
  readonly partialEpoch: number
}

export interface SegmentLedger {
  readonly folder: string
  readonly stage: string
  readonly sequenceLength: number
  /** Tokens of a sequence as it is stored. */
  readonly storedLength: number
  /** Run positions [start, end). */
  readonly start: number
  readonly end: number
  /**
   * BOS and EOS around documents of text. Those of conversations, with their control tokens, and of ids that are kept as
   * they came, are among `emitted` alone.
   */
  readonly specials: number
  readonly pools: Readonly<Record<string, SegmentPool>>
  readonly formats: Readonly<Record<string, FormatLedger>>
  /** Of the sequence formats; absent without one. */
  readonly packing?: PackingMetrics
}

export interface SegmentPool {
  readonly share: number
  readonly asked: number
  readonly emitted: number
  /** Of them, those that the loss counts. */
  readonly learned: number
  readonly documents: number
}

export interface FormatLedger extends FormatCounts {
  /** Tokens stored but beyond the last whole batch: not in any training step. */
  readonly roundedOff: number
  /** Tokens stored at the files' ends, where the trainer's reader finds no whole sequence; 0 where it leaves none. */
  readonly tail: number
}

export function ledgerOf(counts: Counts, schedule: Schedule, folderOf: (segment: Segment) => string): Ledger {
  const trained = counts.shards.filter(({ segment }) => segment !== null)
  const [first] = schedule.segments // held-out documents are packed as its phase is
  return {
    documents: mapValues(counts.sources, (source, name) => ({
      records: source.records,
      fates: finalFates(name, source, counts, trained),
      edits: source.edits,
      tags: source.tags,
    })),
    pools: mapValues(counts.pools, ({ documents, tokens, heldOut, start, cursor }, name) => {
      const epoch = tokens - heldOut.tokens
      const fullEpochs = epoch === 0 ? 0 : Math.floor(cursor / epoch)
      const emitted = sum(trained, ({ pools }) => pools[name]?.tokens ?? 0)
      const asked = schedule.position(name, schedule.tokens)
      return {
        documents,
        tokens,
        heldOut,
        asked,
        emitted,
        ...(start > 0 && { start }),
        fullEpochs,
        partialEpoch: cursor - fullEpochs * epoch,
      }
    }),
    benchmarks: counts.benchmarks,
    segments: schedule.segments.map((segment) => {
      const own = trained.filter((shard) => shard.segment === segment.index)
      return segmentLedger(segment, own, schedule, folderOf(segment), counts)
    }),
    holdout: Object.fromEntries(
      counts.shards
        .filter(({ segment }) => segment === null)
        .map((shard) => [
          shard.folder.slice(shard.folder.lastIndexOf('/') + 1),
          formatLedgers([shard], first?.sequenceLength ?? 0),
        ]),
    ),
  }
}

function finalFates(
  source: string,
  { fates, duplicates, contaminated }: SourceCounts,
  { pools }: Counts,
  trained: readonly CountedShard[],
): Record<string, number> {
  const own = Object.entries(pools).filter(([, pool]) => pool.source === source)
  const pooled = sum(own, ([, { documents }]) => documents)
  const heldOut = sum(own, ([, pool]) => pool.heldOut.documents)
  const emitted = sum(own, ([name]) => sum(trained, (shard) => shard.pools[name]?.firstEpoch ?? 0))
  const { kept = 0, ...others } = fates
  const duplicated = mapKeys(duplicates, (method) => `duplicate/${method}`)
  const taken = [...Object.values(duplicates), ...Object.values(contaminated)]
  const empty = kept - sum(taken, (count) => count) - pooled
  const final = {
    ...others,
    ...duplicated,
    ...mapKeys(contaminated, (benchmark) => `contaminated/${benchmark}`),
    'dropped/empty': empty,
    'held-out': heldOut,
    emitted,
    'not-reached': pooled - heldOut - emitted,
  }
  return Object.fromEntries(
    Object.entries(final)
      .filter(([, count]) => count !== 0)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  )
}

function segmentLedger(
  segment: Segment,
  shards: readonly CountedShard[],
  schedule: Schedule,
  folder: string,
  { specialsPerDocument, pools: totals }: Counts,
): SegmentLedger {
  const packings = shards.flatMap(({ packing }) => packing ?? [])
  const plain = Object.entries(totals).filter(([, pool]) => pool.plain)
  const documents = sum(shards, ({ pools }) => sum(plain, ([pool]) => pools[pool]?.documents ?? 0))
  return {
    folder,
    stage: segment.stageName,
    sequenceLength: segment.sequenceLength,
    storedLength: segment.storedLength,
    start: segment.start,
    end: segment.end,
    specials: documents * specialsPerDocument,
    pools: mapValues(segment.shares, (share, pool) => ({
      share,
      asked: schedule.position(pool, segment.end) - schedule.position(pool, segment.start),
      emitted: sum(shards, ({ pools }) => pools[pool]?.tokens ?? 0),
      learned: sum(shards, ({ pools }) => pools[pool]?.learned ?? 0),
      documents: sum(shards, ({ pools }) => pools[pool]?.documents ?? 0),
    })),
    formats: formatLedgers(shards, segment.sequenceLength),
    ...(packings.length > 0 && { packing: sumMetrics(packings) }),
  }
}

function formatLedgers(
  shards: readonly CountedShard[],
  sequenceLength: number,
): Record<string, FormatLedger> {
  const names = [...new Set(shards.flatMap(({ formats }) => Object.keys(formats)))]
  return Object.fromEntries(
    names.map((name) => [
      name,
      {
        items: sum(shards, ({ formats }) => formats[name]?.items ?? 0),
        tokens: sum(shards, ({ formats }) => formats[name]?.tokens ?? 0),
        padding: sum(shards, ({ formats }) => formats[name]?.padding ?? 0),
        learned: sum(shards, ({ formats }) => formats[name]?.learned ?? 0),
        truncated: sum(shards, ({ formats }) => formats[name]?.truncated ?? 0),
        truncatedLearned: sum(shards, ({ formats }) => formats[name]?.truncatedLearned ?? 0),
        roundedOff: sum(shards, ({ roundedOff }) => roundedOff[name] ?? 0),
        tail: sum(
          shards,
          ({ formats }) => formatByName(name).tail?.(formats[name]?.tokens ?? 0, sequenceLength) ?? 0,
        ),
      },
    ]),
  )
}

/** A place of the ledger where two numbers that must be equal are not. */
export interface Imbalance {
  /** Path in the ledger: `documents.web`. */
  readonly place: string
  readonly got: number
  readonly expected: number
  readonly rule: string
}

/** Every rule of the ledger that does not hold; none for a build that is right. */
export function imbalances(ledger: Ledger): Imbalance[] {
  const found: Imbalance[] = []
  const expect = (place: string, got: number, expected: number, rule: string): void => {
    if (got !== expected) found.push({ place, got, expected, rule })
  }
  for (const [source, { records, fates }] of Object.entries(ledger.documents)) {
    const fated = sum(Object.values(fates), (count) => count)
    expect(`documents.${source}`, fated, records, 'fates sum to the records')
    for (const [fate, count] of Object.entries(fates)) {
      if (count < 0) expect(`documents.${source}.fates.${fate}`, count, 0, 'no fate is negative')
    }
  }
  for (const [name, pool] of Object.entries(ledger.pools)) {
    const { start = 0 } = pool
    const epochs = pool.fullEpochs * (pool.tokens - pool.heldOut.tokens) + pool.partialEpoch - start
    expect(`pools.${name}.emitted`, pool.emitted, epochs, 'emitted = full epochs + partial epoch - start')
    const placed = sum(ledger.segments, ({ pools }) => pools[name]?.emitted ?? 0)
    expect(`pools.${name}.emitted`, placed, pool.emitted, 'segments sum to what the pool gave')
    const asked = sum(ledger.segments, ({ pools }) => pools[name]?.asked ?? 0)
    expect(`pools.${name}.asked`, asked, pool.asked, 'segments sum to what is asked')
  }
  for (const [index, { pools, formats, storedLength }] of ledger.segments.entries()) {
    const tokens = sum(Object.values(pools), ({ emitted }) => emitted)
    const learned = sum(Object.values(pools), (pool) => pool.learned)
    for (const [format, counts] of Object.entries(formats)) {
      expect(
        `segments[${index}].formats.${format}`,
        counts.tokens + counts.truncated,
        tokens,
        'a format holds what the pools gave, but for what is truncated',
      )
      expect(
        `segments[${index}].formats.${format}.learned`,
        counts.learned + counts.truncatedLearned,
        learned,
        'a format’s loss mask is that of the pools, but for what is truncated',
      )
      if (counts.padding === 0) continue
      expect(
        `segments[${index}].formats.${format}`,
        counts.tokens + counts.padding,
        counts.items * storedLength,
        'tokens + padding fill the sequences',
      )
    }
  }
  return found
}

function mapValues<A, B>(
  record: Readonly<Record<string, A>>,
  change: (value: A, name: string) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value, name)]))
}

function mapKeys<A>(
  record: Readonly<Record<string, A>>,
  change: (name: string) => string,
): Record<string, A> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [change(name), value]))
}
