/**
 * dedup, first half: keys → candidate pairs → components.
 *
 * match: a range of the key space: reads its slice of every part's keys; documents with equal keys become edges.
 * components: all edges → the connected components, by union-find over the documents that have an edge.
 *
 * A document is named by its part and its row in it; so there may be more of them than a 32-bit number tells apart.
 */
import path from 'node:path'
import { type LongArray, longArray } from '../kernels/long-array.ts'
import { sortedOrder } from '../kernels/sort-rows.ts'
import { createOutputFile, type OutputFile } from '../storage/output-file.ts'
import { type MemberNumbers, memberNumbers } from './member-numbers.ts'
import { readParts } from './parts.ts'
import { KEYS_WIDTH, type RefinedPart, sketchedPath } from './refine-part.ts'
import { bytesOf, type KeyRange, openRun, readNumberedRanges, writeRun } from './runs.ts'
import type { Step } from './step.ts'

export interface MatchInput {
  readonly range: KeyRange
  /** The list of parts, relative to the build's folder. */
  readonly parts: string
  readonly path: string
}

export interface MatchResult {
  readonly path: string
  readonly edges: number
}

/** Words of an edge: part and row of one document, of another. */
const EDGE_WIDTH = 4
/** Words of a row of the members file: part and row, and the component's number (high half, low half). Sorted by document. */
export const MEMBER_WIDTH = 4
/** Words of a key's row with its part. */
const PLACED_WIDTH = KEYS_WIDTH + 1

export const match: Step<MatchInput, MatchResult> = {
  name: 'match',
  revision: 2,
  async run({ range, parts, path: output }, context) {
    const all = await readParts(context, parts)
    const keyed = all.flatMap((part, number) => {
      const file = path.join(context.folder, `${sketchedPath(part)}.keys`)
      return part.keys === 0 ? [] : [{ file, number }]
    })
    const rows = readNumberedRanges(keyed, KEYS_WIDTH, range, context.scratch)
    const order = sortedOrder(
      rows.length / PLACED_WIDTH,
      (row, half) => rows[row * PLACED_WIDTH + half] ?? 0,
      context.scratch,
    )
    const own = all.findLastIndex(({ indexed }) => indexed === undefined) + 1
    const edges = edgesOf(rows, order, own)
    const file = await writeRun(path.join(context.folder, output), edges, EDGE_WIDTH, context.scratch)
    return { files: [file], result: { path: output, edges: edges.length / EDGE_WIDTH } }
  },
}

/**
 * Rows of (key, document) in the order of their keys → an edge from the first document of each key to every other one. Parts
 * from `own` on are of finished corpora: they come last, and are connected by documents of the build only.
 */
function edgesOf(rows: Uint32Array, order: Uint32Array, own: number): Uint32Array {
  const edges: number[] = []
  let first = (order[0] ?? 0) * PLACED_WIDTH
  for (let place = 1; place < order.length; place++) {
    const at = (order[place] ?? 0) * PLACED_WIDTH
    if (rows[at] !== rows[first] || rows[at + 1] !== rows[first + 1]) {
      first = at
      continue
    }
    const [part = 0, row = 0] = [rows[first + 2], rows[first + 3]]
    const [otherPart = 0, otherRow = 0] = [rows[at + 2], rows[at + 3]]
    if ((part !== otherPart || row !== otherRow) && part < own) edges.push(part, row, otherPart, otherRow)
  }
  return Uint32Array.from(edges)
}

export interface ComponentsInput {
  readonly matches: readonly MatchResult[]
  /** The list of parts, relative to the build's folder. */
  readonly parts: string
  readonly path: string
}

export interface ComponentsResult {
  readonly path: string
  /** Documents that share a component with another one. */
  readonly members: number
  readonly components: number
}

export const components: Step<ComponentsInput, ComponentsResult> = {
  name: 'components',
  revision: 2,
  async run({ matches, parts, path: output }, context) {
    const firsts = firstsOf(await readParts(context, parts))
    const documentAt = (rows: Uint32Array, at: number): number =>
      (firsts[rows[at] ?? 0] ?? 0) + (rows[at + 1] ?? 0)
    const files = matches.flatMap(({ path: file, edges }) =>
      edges === 0 ? [] : path.join(context.folder, file),
    )
    const numbers = memberNumbers()
    eachEdge(files, (rows, at) => {
      numbers.add(documentAt(rows, at))
      numbers.add(documentAt(rows, at + 2))
    })
    const members = numbers.count()
    const above = longArray(members)
    eachEdge(files, (rows, at) =>
      unite(above, numbers.numberOf(documentAt(rows, at)), numbers.numberOf(documentAt(rows, at + 2))),
    )
    const file = await createOutputFile(path.join(context.folder, output))
    try {
      const found = await writeMembers(file, numbers, above, firsts)
      return { files: [await file.commit()], result: { path: output, members, components: found } }
    } finally {
      await file.abort()
    }
  },
}

const EDGES_AT_ONCE = 1 << 16

function eachEdge(files: readonly string[], take: (rows: Uint32Array, at: number) => void): void {
  for (const file of files) {
    const run = openRun(file, EDGE_WIDTH)
    try {
      for (let start = 0; start < run.rows; start += EDGES_AT_ONCE) {
        const rows = run.read(start, Math.min(EDGES_AT_ONCE, run.rows - start))
        for (let at = 0; at < rows.length; at += EDGE_WIDTH) take(rows, at)
      }
    } finally {
      run.close()
    }
  }
}

/**
 * The root of a member's component: its smallest member. Halves the path on the way. `above` holds by how much a parent is
 * smaller, so that everyone is a root at first.
 */
function rootOf(above: LongArray, member: number): number {
  let at = member
  for (;;) {
    const step = above.get(at)
    if (step === 0) return at
    const next = above.get(at - step)
    above.set(at, step + next)
    at -= step + next
  }
}

function unite(above: LongArray, one: number, other: number): void {
  const a = rootOf(above, one)
  const b = rootOf(above, other)
  if (a < b) above.set(b, b - a)
  else if (b < a) above.set(a, a - b)
}

const MEMBERS_AT_ONCE = 1 << 14

/** Writes every member with its component's number: that of the smallest member. Returns how many components there are. */
async function writeMembers(
  file: OutputFile,
  numbers: MemberNumbers,
  above: LongArray,
  firsts: readonly number[],
): Promise<number> {
  const rows = new Uint32Array(MEMBERS_AT_ONCE * MEMBER_WIDTH)
  let at = 0
  let part = 0
  let member = 0
  let found = 0
  for (const document of numbers.documents()) {
    while (document >= (firsts[part + 1] ?? Infinity)) part++
    const root = rootOf(above, member)
    if (root === member) found++
    member++
    rows.set([part, document - (firsts[part] ?? 0), Math.floor(root / 2 ** 32), root % 2 ** 32], at)
    at += MEMBER_WIDTH
    if (at < rows.length) continue
    await file.write(bytesOf(rows))
    at = 0
  }
  await file.write(bytesOf(rows.subarray(0, at)))
  return found
}

/** The number of each part's first document, counted through all parts. */
function firstsOf(parts: readonly RefinedPart[]): number[] {
  let first = 0
  return parts.map(({ documents }) => {
    const own = first
    first += documents
    return own
  })
}
