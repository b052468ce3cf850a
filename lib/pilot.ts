import { dedupPasses } from '../filters/dedup/index.ts'
import type { Verdict } from '../filters/define-filter.ts'
/**
 * A pilot: some records of each source through its filters, sketches, decontamination and the tokenizer, to say before a
 * build how much of it survives, what the tiers hold, and how long each step takes. What dedup removes is not in it: how many
 * copies a corpus has cannot be seen in a sample.
 */
import { tierOf } from '../stages/tiers.ts'
import { documentEncoder } from './build/encode-document.ts'
import { parseTiers } from './build/pools.ts'
import { columnsByName } from './build/recorded-values.ts'
import { edited, readPiece } from './build/refine.ts'
import { layoutOf } from './build/source-layout.ts'
import type { Split } from './build/survey.ts'
import { packTurns } from './build/survivors.ts'
import { createFilters, decontaminatorOf, loadTables, type Tables, tokenizerOf } from './build/tables.ts'
import type { Document } from './documents/document.ts'
import { createMapper } from './documents/fields.ts'
import { measureSteps, type PilotRates } from './pilot-build.ts'
import type { ReaderItem } from './readers/define-reader.ts'
import type { LoadedRecipe } from './recipe/load.ts'

export interface Pilot {
  readonly sources: Readonly<Record<string, PilotSource>>
  readonly pools: Readonly<Record<string, PilotPool>>
  /** Of the steps after tokenizing, and of dedup; absent where nothing is left of the sample. */
  readonly rates?: PilotRates
}

export interface PilotSource {
  /** Records run. */
  readonly sampled: number
  /** Of them, those that the source's filters keep, and decontamination. */
  readonly kept: number
  /** Records of the whole source, by the mean size of those that were read. */
  readonly records: number
  /**
   * Of the whole source on one core, at the speed of the sample: `refine` with reading and the sketches of dedup, `tokenize`
   * with decontamination. Writing is in neither.
   */
  readonly seconds: { readonly refine: number; readonly tokenize: number }
}

export interface PilotPool {
  /** Of the whole pool before deduplication, with the ends of the 95 % interval (normal approximation). */
  readonly tokens: number
  readonly low: number
  readonly high: number
  /** Tokens → share of the pool's tokens in documents of at least so many: for half of each phase's sequences. */
  readonly longShares: Readonly<Record<number, number>>
}

/** Text of survivors that the steps after refining are measured on, at most, of all sources: in UTF-16 units. */
const MEASURED_TEXT = 8 << 20
/** Files, or ranges of them, that a source's records are taken from, the first ones of each; more where they are small. */
const PLACES = 16
/** Steps of the golden ratio lie evenly over any range, however many are taken. */
const GOLDEN = 0.618_033_988_749_895
/** Stored bytes of a place that are read to see how much a compressed byte holds. */
const RATIO_BYTES = 4 << 20

/** Runs `records` records of each source, or all where it has fewer. */
export async function runPilot(
  loaded: LoadedRecipe,
  splits: readonly Split[],
  records: number,
): Promise<Pilot> {
  const { recipe, directory } = loaded
  const tables = await loadTables(recipe, directory)
  const sources: Record<string, PilotSource> = {}
  const pools: Record<string, PilotPool> = {}
  const texts: string[] = []
  let left = MEASURED_TEXT
  const keep = (text: string): void => {
    if (text.length > left) return
    left -= text.length
    texts.push(text)
  }
  for (const [name, settings] of Object.entries(recipe.sources)) {
    if (settings.tokenized !== undefined) continue // counted already
    const judge = createJudge(loaded, name, tables, keep)
    const own = splits.filter(({ source }) => source === name)
    const sample = await sampleOf(own, records, loaded, (item) => judge.add(item))
    const total =
      sample.recordBytes === 0 ? 0 : own.reduce((sum, { bytes }) => sum + bytes, 0) / sample.recordBytes
    sources[name] = judge.source(total, sample.readSeconds)
    Object.assign(pools, judge.pools(total * settings.sample))
  }
  const rates = await measureSteps(loaded, texts)
  return { sources, pools, ...(rates && { rates }) }
}

/** Feeds `add`, and gives the mean stored bytes of a record, and the time that reading one took. */
async function sampleOf(
  splits: readonly Split[],
  records: number,
  loaded: LoadedRecipe,
  add: (item: ReaderItem) => void,
): Promise<{ recordBytes: number; readSeconds: number }> {
  const all = splits.flatMap((split) => split.pieces.map((piece) => ({ split, piece })))
  const spread = all.map((chosen, at) => ({ chosen, at: (at * GOLDEN) % 1 })).toSorted((a, b) => a.at - b.at)
  const seen = { records: 0, bytes: 0, milliseconds: 0 }
  let missing = records
  for (const { chosen } of spread) {
    if (missing === 0) break
    let left = Math.min(missing, Math.ceil(records / Math.min(PLACES, all.length)))
    let stored = 0
    const counter = { update: (bytes: Uint8Array): void => void (stored += bytes.byteLength) }
    const read = { items: 0, bytes: 0 }
    const { piece, split } = chosen
    let asked = performance.now()
    for await (const items of readPiece(piece, split, loaded, counter)) {
      seen.milliseconds += performance.now() - asked
      for (const item of items.slice(0, left)) add(item)
      const taken = Math.min(left, items.length)
      left -= taken
      missing -= taken
      read.items += items.length
      for (const { bytes } of items) read.bytes += bytes
      if (left === 0 && (!piece.compressed || stored >= RATIO_BYTES)) break
      asked = performance.now()
    }
    seen.records += read.items
    seen.bytes += piece.compressed ? Math.min(stored, piece.bytes) : read.bytes
  }
  const perRecord = (sum: number): number => (seen.records === 0 ? 0 : sum / seen.records)
  return { recordBytes: perRecord(seen.bytes), readSeconds: perRecord(seen.milliseconds) / 1000 }
}

interface Judge {
  add(item: ReaderItem): void
  /** `records` of the whole source, of which reading one takes `readSeconds`. */
  source(records: number, readSeconds: number): PilotSource
  pools(records: number): Record<string, PilotPool>
}

interface PoolSums {
  tokens: number
  squares: number
  readonly long: Map<number, number>
}

function createJudge(
  { recipe }: LoadedRecipe,
  source: string,
  tables: Tables,
  keep: (text: string) => void,
): Judge {
  const settings = recipe.sources[source]
  const map = createMapper(settings ?? {})
  const filters = createFilters(settings?.filters ?? [], tables.filters)
  const { methods } = dedupPasses(recipe.dedup).before
  const sketch = new Uint32Array(methods.reduce((most, { sketchWords }) => Math.max(most, sketchWords), 0))
  const clean = decontaminatorOf({ tables, recipe })
  const encode = documentEncoder(recipe, source, tokenizerOf(tables))
  const laidOut = layoutOf(settings) !== undefined
  const tiers = parseTiers(recipe, source)
  const columns = columnsByName(
    filters.flatMap(({ definition, values }) =>
      Object.keys(values).map((value) => `${definition.name}.${value}`),
    ),
  )
  const halves = [...new Set(recipe.phases.map(({ sequenceLength }) => sequenceLength / 2))]
  const sums = new Map(
    [...tiers.map(({ name }) => `${source}.${name}`), source].map((pool) => [pool, emptySums(halves)]),
  )
  const counts = { sampled: 0, kept: 0, refine: 0, tokenize: 0 }

  const survivor = (
    item: ReaderItem,
  ): { document: Document; values: Map<string, number | string> } | undefined => {
    if (item.kind === 'bad') return undefined
    const mapped = map(item.value)
    if ('reason' in mapped) return undefined
    let { document } = mapped
    const values = new Map<string, number | string>()
    const earlier: Record<string, Verdict['values']> = {}
    for (const { definition, decide } of filters) {
      const verdict = decide(document, earlier)
      earlier[definition.name] = verdict.values
      if (!verdict.keep) return undefined
      for (const [key, value] of Object.entries(verdict.values))
        values.set(`${definition.name}.${key}`, value)
      if (verdict.text !== undefined) document = edited(document, verdict.text, verdict.edits)
    }
    for (const method of methods) method.sketch(document, sketch, 0)
    return { document, values }
  }
  /** 0 where decontamination drops the document. */
  const countTokens = ({ text, turns }: Document): number => {
    const bytes = Buffer.from(text)
    const found = clean?.(bytes, !laidOut)
    if (found?.outcome === 'dropped') return 0
    return encode(found?.text ?? bytes, packTurns(text, turns ?? [])).ids.length
  }

  return {
    add(item) {
      const start = performance.now()
      const kept = survivor(item)
      const refined = performance.now()
      counts.sampled++
      counts.refine += refined - start
      if (kept === undefined) return
      const tokens = countTokens(kept.document)
      counts.tokenize += performance.now() - refined
      if (tokens === 0) return
      counts.kept++
      keep(kept.document.text)
      const tier = tierOf(tiers, (name) =>
        name === 'tokens' ? tokens : kept.values.get(columns.get(name) ?? name),
      )
      const pool = sums.get(tier === undefined ? source : `${source}.${tier}`)
      if (pool === undefined) return
      pool.tokens += tokens
      pool.squares += tokens * tokens
      for (const half of halves) if (tokens >= half) pool.long.set(half, (pool.long.get(half) ?? 0) + tokens)
    },
    source(records, readSeconds) {
      const { sampled, kept, refine, tokenize } = counts
      const perRecord = (milliseconds: number): number =>
        sampled === 0 ? 0 : (milliseconds / 1000 / sampled) * records
      const seconds = { refine: perRecord(refine) + readSeconds * records, tokenize: perRecord(tokenize) }
      return { sampled, kept, records: Math.round(records), seconds }
    },
    pools: (records) =>
      Object.fromEntries([...sums].map(([name, pool]) => [name, poolOf(pool, counts.sampled, records)])),
  }
}

function emptySums(halves: readonly number[]): PoolSums {
  return { tokens: 0, squares: 0, long: new Map(halves.map((half) => [half, 0])) }
}

function poolOf({ tokens, squares, long }: PoolSums, sampled: number, records: number): PilotPool {
  const mean = sampled === 0 ? 0 : tokens / sampled
  const variance = sampled < 2 ? 0 : Math.max(0, (squares - sampled * mean * mean) / (sampled - 1))
  const half = sampled === 0 ? 0 : 1.96 * Math.sqrt(variance / sampled)
  return {
    tokens: Math.round(mean * records),
    low: Math.round(Math.max(0, mean - half) * records),
    high: Math.round((mean + half) * records),
    longShares: Object.fromEntries([...long].map(([at, sum]) => [at, tokens === 0 ? 0 : sum / tokens])),
  }
}
