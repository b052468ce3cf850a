/**
 * dedup, second half: components → who goes, and because of whom.
 *
 * gather: a part: its members' sketches, as a run keyed by component.
 * resolve: a range of components: walks each by priority. A document goes iff its verified similarity to a *kept* one
 * passes; that pair is the evidence. The verdicts are a run keyed by (part, document), which tokenizing reads.
 */
import path from 'node:path'
import type { DedupMethod } from '../../filters/dedup/define-dedup.ts'
import { dedupPasses, type MethodsOf } from '../../filters/dedup/index.ts'
import { mix } from '../../filters/dedup/shingles.ts'
import { walk } from '../../filters/dedup/walk.ts'
import { UID_WORDS, uidToHex } from '../documents/uid.ts'
import { type Key64, keyedHash } from '../kernels/keyed-hash.ts'
import { sortedOrder } from '../kernels/sort-rows.ts'
import type { Recipe } from '../recipe/schema.ts'
import { type Clusters, createClusterTally, type LargeComponent } from './clusters.ts'
import { MEMBER_WIDTH } from './dedup-match.ts'
import { dedupVerdicts, VERDICT_WIDTH } from './dedup-verdicts.ts'
import { createFeatureReader, type FeaturesResult, type ReadFeatures } from './features.ts'
import { readParts } from './parts.ts'
import { recordedNumbers } from './recorded-values.ts'
import { type RefinedPart, sketchedPath, sketchRowWords } from './refine-part.ts'
import { bytesOf, type KeyRange, openRun, readRanges, readSlice, writeRun } from './runs.ts'
import type { Step, StepContext } from './step.ts'

/** Words of a gathered row before its uid and sketches: key (2), priority place, preference (2), hash order (2), part, row. */
const GATHERED_HEAD = 9
const PRIORITY_AT = 2
const PREFERENCE_AT = 3
const HASH_AT = 5
const PART_AT = 7
const ROW_AT = 8

/** The methods before those that cut blocks, or after them. */
export type DocumentPass = 'before' | 'after'

export interface GatherInput {
  /** Position in the list of parts. */
  readonly part: number
  readonly parts: string
  readonly pass: DocumentPass
  readonly members: string
  readonly path: string
}

export interface GatherResult {
  readonly path: string
  readonly rows: number
}

export const gather: Step<GatherInput, GatherResult> = {
  name: 'gather',
  revision: 4,
  async run({ part: index, parts, pass, members: membersFile, path: output }, context) {
    const part = (await readParts(context, parts))[index]
    if (part === undefined) throw new RangeError(`there is no part ${index}`)
    const members = readSlice(
      path.join(context.folder, membersFile),
      MEMBER_WIDTH,
      [index, 0],
      [index + 1, 0],
      context.scratch,
    )
    const { methods } = dedupPasses(context.recipe.dedup)[pass]
    const sketchRow = sketchRowWords(methods)
    const width = GATHERED_HEAD + sketchRow
    const rows = context.scratch.words((members.length / MEMBER_WIDTH) * width)
    const rank = keyedHash(context.recipe.seed, 'dedup')
    const order: Key64 = { high: 0, low: 0 }
    const { indexed } = part
    // Documents of a finished corpus come first.
    const priority = indexed === undefined ? 1 + priorityPlace(context.recipe, part.source) : 0
    const preference = indexed === undefined ? await preferenceKeys(context, part) : () => [0, 0]
    const lost = indexed && dedupVerdicts(context.folder, indexed.verdicts, indexed.part)
    const stored = indexed?.width ?? sketchRow
    const sketches = openRun(path.join(context.folder, `${sketchedPath(part)}.sketches`), stored)
    let to = 0
    try {
      for (let at = 0; at < members.length; at += MEMBER_WIDTH) {
        const row = members[at + 1] ?? 0
        if (lost?.has(row) === true) continue
        const sketch = sketches.read(row, 1)
        rank(sketch, 0, order)
        const [keyHigh, keyLow] = componentKey(members[at + 2] ?? 0, members[at + 3] ?? 0)
        const [high, low] = preference(row)
        rows.set([keyHigh, keyLow, priority, high, low, order.high, order.low, index, row], to)
        if (indexed === undefined) rows.set(sketch, to + GATHERED_HEAD)
        else copyColumns(sketch, indexed.columns, methods, rows, to + GATHERED_HEAD)
        to += width
      }
    } finally {
      sketches.close()
    }
    const file = await writeRun(
      path.join(context.folder, output),
      rows.subarray(0, to),
      width,
      context.scratch,
    )
    return { files: [file], result: { path: output, rows: to / width } }
  },
}

/** A stored row's uid and the sketches of these methods, which begin at `columns` of it, into `rows`. */
function copyColumns(
  stored: Uint32Array,
  columns: readonly number[],
  methods: readonly DedupMethod[],
  rows: Uint32Array,
  to: number,
): void {
  rows.set(stored.subarray(0, UID_WORDS), to)
  let at = to + UID_WORDS
  for (const [method, { sketchWords }] of methods.entries()) {
    const start = columns[method] ?? 0
    rows.set(stored.subarray(start, start + sketchWords), at)
    at += sketchWords
  }
}

/** 0 for the sources of the highest priority, 1 for the next, …: earlier places win. */
export function priorityPlace(recipe: Recipe, source: string): number {
  const priorities = [...new Set(Object.values(recipe.sources).map(({ priority }) => priority))].toSorted(
    (a, b) => b - a,
  )
  return priorities.indexOf(recipe.sources[source]?.priority ?? 0)
}

/** By document of the part: the two words by which the recipe's `prefer` ranks it, lower first. */
export async function preferenceKeys(
  { folder, recipe: { prefer } }: Pick<StepContext, 'folder' | 'recipe'>,
  part: RefinedPart,
): Promise<(document: number) => readonly [high: number, low: number]> {
  if (prefer === undefined) return () => [0, 0]
  const numbers = await recordedNumbers(
    path.join(folder, `${part.path}.records.arrow`),
    prefer.value,
    part.documents,
  )
  return (document) => preferenceKey(numbers[document] ?? Number.NaN, prefer.order)
}

const float = new DataView(new ArrayBuffer(8))

/**
 * A number as 64 unsigned bits in the order asked for, and NaN, a value that was not recorded, after all of them. The
 * bits of IEEE 754 numbers are in their order but for the sign: negative ones are inverted, the others get the sign bit.
 */
export function preferenceKey(
  value: number,
  order: 'highest' | 'lowest',
): readonly [high: number, low: number] {
  if (Number.isNaN(value)) return [0xffffffff, 0xffffffff]
  // Adding 0 makes -0 the 0 that it equals.
  float.setFloat64(0, order === 'highest' ? 0 - value : value + 0)
  const [high, low] = [float.getUint32(0), float.getUint32(4)]
  return high >>> 31 === 1 ? [~high >>> 0, ~low >>> 0] : [(high | 0x80000000) >>> 0, low]
}

/** A component's number → 64 evenly spread bits, of which ranges are made: a bijection, three rounds of a Feistel network. */
function componentKey(high: number, low: number): readonly [high: number, low: number] {
  const one = (high ^ mix(low)) >>> 0
  const other = (low ^ mix(one + 1)) >>> 0
  return [(one ^ mix(other + 2)) >>> 0, other]
}

export interface ResolveInput {
  readonly range: KeyRange
  readonly parts: string
  readonly pass: DocumentPass
  readonly gathered: readonly GatherResult[]
  /** What methods with an exact comparison compare; none of them: empty. */
  readonly features: readonly FeaturesResult[]
  readonly path: string
}

export interface ResolveResult {
  readonly path: string
  readonly removed: number
  readonly clusters: Omit<Clusters, 'methods'>
}

export const resolve: Step<ResolveInput, ResolveResult> = {
  name: 'resolve',
  revision: 4,
  async run({ range, parts, pass, gathered, features, path: output }, context) {
    const { scratch } = context
    const methods = dedupPasses(context.recipe.dedup)[pass]
    const width = GATHERED_HEAD + sketchRowWords(methods.methods)
    const files = gathered.map(({ path: file }) => path.join(context.folder, file))
    const rows = readRanges(files, width, range, scratch)
    const order = walkingOrder(rows, width)
    const all = await readParts(context, parts)
    const verdicts: number[] = []
    const tally = createClusterTally()
    const read = createFeatureReader(context.folder, features)
    const isSame = (row: number, other: number): boolean =>
      rows[row * width] === rows[other * width] && rows[row * width + 1] === rows[other * width + 1]
    for (let start = 0; start < order.length; ) {
      let end = start + 1
      while (end < order.length && isSame(order[start] ?? 0, order[end] ?? 0)) end++
      tally.add(resolveComponent(rows, order.subarray(start, end), width, methods, all, read, verdicts))
      start = end
    }
    const file = await writeRun(
      path.join(context.folder, output),
      Uint32Array.from(verdicts),
      VERDICT_WIDTH,
      scratch,
    )
    const removed = verdicts.length / VERDICT_WIDTH
    return { files: [file], result: { path: output, removed, clusters: tally.result() } }
  },
}

/** `order`: the component's rows, as they are walked. The sketches are not copied: there may be millions of members. */
function resolveComponent(
  rows: Uint32Array,
  order: Uint32Array,
  width: number,
  { first, methods }: MethodsOf<DedupMethod>,
  parts: readonly RefinedPart[],
  read: ReadFeatures,
  verdicts: number[],
): LargeComponent {
  const count = order.length
  const before = verdicts.length
  let at = GATHERED_HEAD + UID_WORDS
  const columns = methods.map(({ sketchWords }) => {
    at += sketchWords
    return at - sketchWords
  })
  const sketches = methods.map(() => rows)
  const startOf = (method: number, member: number): number =>
    (order[member] ?? 0) * width + (columns[method] ?? 0)
  const partOf = (row: number): number => rows[row * width + PART_AT] ?? 0
  const rowOf = (row: number): number => rows[row * width + ROW_AT] ?? 0
  const sources = Array.from(order, (row) => parts[partOf(row)]?.source ?? '')
  const features = (method: number, member: number): Uint32Array => {
    const row = order[member] ?? 0
    return read(partOf(row), rowOf(row), method)
  }
  // Members of finished corpora are at the front, and a component has one of the build's own.
  const indexed = order.findIndex((row) => parts[partOf(row)]?.indexed === undefined)
  const walked = walk({ count, sketches, startOf, sources, features, indexed }, methods)
  const float = new Float32Array(1)
  const bits = new Uint32Array(float.buffer)
  for (let member = 0; member < count; member++) {
    const kept = walked.duplicateOf[member] ?? -1
    if (kept < 0) continue
    const row = order[member] ?? 0
    const keptUid = (order[kept] ?? 0) * width + GATHERED_HEAD
    float[0] = walked.similarity[member] ?? 0
    verdicts.push(partOf(row), rowOf(row), first + (walked.method[member] ?? 0), bits[0] ?? 0)
    verdicts.push(...rows.subarray(keptUid, keptUid + UID_WORDS))
  }
  const uid = (order[0] ?? 0) * width + GATHERED_HEAD
  const bytes = Uint8Array.from(bytesOf(rows.subarray(uid, uid + UID_WORDS)))
  return {
    documents: count - indexed,
    removed: (verdicts.length - before) / VERDICT_WIDTH,
    uid: uidToHex(bytes),
  }
}

/**
 * Rows by component, and in each in walking order: priority place, then preference, then hash order: stable sorts from the last
 * to the first. Equal hashes are equal uids: copies of one document.
 */
function walkingOrder(rows: Uint32Array, width: number): Uint32Array {
  const pair =
    (at: number) =>
    (row: number, half: 0 | 1): number =>
      rows[row * width + at + half] ?? 0
  const byHash = sortedOrder(rows.length / width, pair(HASH_AT))
  const byPreference = sortBy(byHash, pair(PREFERENCE_AT))
  const byPriority = sortBy(byPreference, (row, half) =>
    half === 0 ? 0 : (rows[row * width + PRIORITY_AT] ?? 0),
  )
  return sortBy(byPriority, pair(0))
}

/** An order of rows, sorted stably by 64-bit keys of the rows. */
function sortBy(order: Uint32Array, word: (row: number, half: 0 | 1) => number): Uint32Array {
  const places = sortedOrder(order.length, (position, half) => word(order[position] ?? 0, half))
  return places.map((position) => order[position] ?? 0)
}
