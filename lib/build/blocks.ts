/**
 * blocks: a part: a hash of every block of its documents, a run for each method that cuts blocks.
 *
 * Of a block that the part has more often than the method's limit, only the first occurrences go into the run, and one more,
 * which says that there are more; the others are beyond the limit whatever other parts have. They lie beside it, as
 * `.surplus`. So each part has at most the limit and one rows of a block, however often the corpus has it.
 */
import path from 'node:path'
import { pieceHasher } from '../../filters/dedup/blocks.ts'
import type { BlockMethod } from '../../filters/dedup/define-dedup.ts'
import { dedupPasses } from '../../filters/dedup/index.ts'
import { UID_WORDS } from '../documents/uid.ts'
import { sortRows } from '../kernels/sort-rows.ts'
import { type WrittenFile, writeWhole } from '../storage/output-file.ts'
import { preferenceKeys } from './dedup-resolve.ts'
import { dedupVerdicts } from './dedup-verdicts.ts'
import {
  BLOCK_WIDTH,
  createJudge,
  DOCUMENT_AT,
  PART_AT,
  PLACE_AT,
  PREFERENCE_AT,
  UID_AT,
} from './occurrences.ts'
import { eachDocument } from './part-tables.ts'
import { readParts } from './parts.ts'
import { bytesOf, type KeyRange, readRanges, writeRun } from './runs.ts'
import type { Step } from './step.ts'

/** Words of a row of `.surplus`: document, place, and those of the block's first occurrence in the part. */
export const SURPLUS_WIDTH = 4
/** Words of a row of a `repeats` run: part, document, place, whether it goes, uid of the block's first occurrence. */
export const REPEAT_WIDTH = 4 + UID_WORDS

export interface BlocksInput {
  readonly part: number
  readonly parts: string
  /** Verdict runs of the methods before. */
  readonly verdicts: readonly string[]
  readonly path: string
}

export interface BlocksResult {
  /** Runs are `PATH.METHOD` and `PATH.METHOD.surplus`. */
  readonly path: string
  /** Rows by method, in the recipe's order. */
  readonly rows: readonly number[]
}

export const blocks: Step<BlocksInput, BlocksResult> = {
  name: 'blocks',
  revision: 1,
  async run({ part: index, parts, verdicts, path: output }, context) {
    const { folder, recipe, scratch } = context
    const part = (await readParts(context, parts))[index]
    if (part === undefined) throw new RangeError(`there is no part ${index}`)
    const gone = dedupVerdicts(folder, verdicts, index)
    const preference = await preferenceKeys(context, part)
    const { names, methods } = dedupPasses(recipe.dedup).blocks
    const collectors = methods.map(createCollector)
    await eachDocument(
      path.join(folder, `${part.path}.documents.arrow`),
      false,
      (document, text, uid) => {
        if (gone.has(document)) return
        for (const collector of collectors) collector.add(text, uid, document, preference(document))
      },
      (documents) => context.progress({ documents }),
    )
    const files: WrittenFile[] = []
    const counts: number[] = []
    for (const [at, collector] of collectors.entries()) {
      const method = methods[at]
      if (method === undefined) continue
      const sorted = sortRows(collector.rows(), BLOCK_WIDTH, scratch)
      const rows = withoutOverlaps(sorted, method.width)
      // Documents that nothing is cut out of have no surplus: more of them than the limit change nothing.
      const isSafe = typeof method.scope === 'object' && method.scope.against.includes(part.source)
      const { first, surplus } = divided(
        rows,
        createJudge(recipe, { ...method, limit: method.limit + 1 }, () => part.source),
      )
      const file = path.join(folder, `${output}.${names[at]}`)
      files.push(await writeWhole(file, bytesOf(first)))
      files.push(
        await writeRun(`${file}.surplus`, Uint32Array.from(isSafe ? [] : surplus), SURPLUS_WIDTH, scratch),
      )
      counts.push(first.length / BLOCK_WIDTH)
    }
    return { files, result: { path: output, rows: counts } }
  },
}

interface Collector {
  add(
    text: Uint8Array,
    uid: Uint32Array,
    document: number,
    preference: readonly [high: number, low: number],
  ): void
  rows(): Uint32Array
}

const FIRST_ROWS = 1024

/** Rows of the pieces of documents, in order; the part is filled in by who reads them. */
function createCollector({ split, width, minCharacters }: BlockMethod): Collector {
  const hash = pieceHasher(minCharacters)
  let rows = new Uint32Array(FIRST_ROWS * BLOCK_WIDTH)
  let used = 0
  return {
    add(text, uid, document, [high, low]) {
      const ends = split(text)
      for (let place = 0; place + width <= ends.length; place++) {
        if (used === rows.length) {
          const more = new Uint32Array(2 * used)
          more.set(rows)
          rows = more
        }
        const start = ends[place - 1] ?? 0
        if (!hash(text, start, ends[place + width - 1] ?? start, rows, used)) continue
        rows.set(uid, used + UID_AT)
        rows[used + DOCUMENT_AT] = document
        rows[used + PLACE_AT] = place
        rows[used + PREFERENCE_AT] = high
        rows[used + PREFERENCE_AT + 1] = low
        used += BLOCK_WIDTH
      }
    },
    rows: () => rows.subarray(0, used),
  }
}

/**
 * Rows sorted by key, without those that overlap an earlier occurrence of the same piece in their document: of equal
 * sentences, the spans from the first, the fourth, … count.
 */
function withoutOverlaps(rows: Uint32Array, width: number): Uint32Array {
  if (width === 1) return rows
  let to = 0
  let last = -1
  for (let row = 0; row < rows.length; row += BLOCK_WIDTH) {
    const overlaps =
      last >= 0 &&
      [0, 1, 2, DOCUMENT_AT].every((at) => rows[row + at] === rows[last + at]) &&
      (rows[row + PLACE_AT] ?? 0) < (rows[last + PLACE_AT] ?? 0) + width
    if (overlaps) continue
    rows.copyWithin(to, row, row + BLOCK_WIDTH)
    last = to
    to += BLOCK_WIDTH
  }
  return rows.subarray(0, to)
}

/** Sorted rows, divided into those up to the judge's limit and those beyond it. */
function divided(
  rows: Uint32Array,
  judge: ReturnType<typeof createJudge>,
): { first: Uint32Array; surplus: number[] } {
  const isSurplus = new Uint8Array(rows.length / BLOCK_WIDTH)
  const surplus: number[] = []
  const placeOf = (row: number): readonly number[] => [
    rows[row + DOCUMENT_AT] ?? 0,
    rows[row + PLACE_AT] ?? 0,
  ]
  judge(rows, ({ row }, first, isBeyond) => {
    if (!isBeyond) return
    isSurplus[row / BLOCK_WIDTH] = 1
    surplus.push(...placeOf(row), ...placeOf(first.row))
  })
  let to = 0
  for (let row = 0; row < rows.length; row += BLOCK_WIDTH) {
    if (isSurplus[row / BLOCK_WIDTH] === 1) continue
    rows.copyWithin(to, row, row + BLOCK_WIDTH)
    to += BLOCK_WIDTH
  }
  return { first: rows.subarray(0, to), surplus }
}

export interface RepeatsInput {
  /** Place of the method among those that cut blocks. */
  readonly method: number
  readonly range: KeyRange
  readonly parts: string
  /** Path of each part's blocks with the part's place; see {@link BlocksResult}. */
  readonly blocks: readonly { readonly part: number; readonly path: string }[]
  readonly path: string
}

export interface RepeatsResult {
  readonly method: number
  readonly path: string
  readonly rows: number
}

/** repeats: a range of keys of one method: the occurrences of each block that has more than the limit, and which go. */
export const repeats: Step<RepeatsInput, RepeatsResult> = {
  name: 'repeats',
  revision: 1,
  async run({ method: at, range, parts: list, blocks: runs, path: output }, context) {
    const { folder, recipe, scratch } = context
    const parts = await readParts(context, list)
    const { names, methods } = dedupPasses(recipe.dedup).blocks
    const method = methods[at]
    if (method === undefined) throw new RangeError(`there is no method ${at} that cuts blocks`)
    const against = typeof method.scope === 'object' ? method.scope.against : undefined
    const files = runs.map(({ path: file }) => path.join(folder, `${file}.${names[at]}`))
    const unsorted = readRanges(files, BLOCK_WIDTH, range, scratch, (slice, run) => {
      const part = runs[run]?.part ?? 0
      for (let row = 0; row < slice.length; row += BLOCK_WIDTH) slice[row + PART_AT] = part
    })
    const rows = sortRows(unsorted, BLOCK_WIDTH, scratch)
    const found: number[] = []
    const judge = createJudge(recipe, method, (part) => parts[part]?.source ?? '')
    judge(rows, ({ row, source }, first, isBeyond) => {
      if (against?.includes(first.source) === false) return
      const goes = isBeyond && against?.includes(source) !== true
      found.push(...rows.subarray(row + PART_AT, row + PLACE_AT + 1), goes ? 1 : 0)
      found.push(...rows.subarray(first.row + UID_AT, first.row + UID_AT + UID_WORDS))
    })
    const file = await writeRun(path.join(folder, output), Uint32Array.from(found), REPEAT_WIDTH, scratch)
    return { files: [file], result: { method: at, path: output, rows: found.length / REPEAT_WIDTH } }
  },
}
