/**
 * dedup, first half: keys → candidate pairs → components.
 *
 * match: a range of the key space: reads its slice of every part's keys; documents with equal keys become edges.
 * components: all edges → the connected components, by union-find over dense document numbers (4 bytes a document).
 */
import path from 'node:path'
import { MillraceError } from '../errors.ts'
import { writeWhole } from '../storage/output-file.ts'
import { readParts } from './parts.ts'
import { KEYS_WIDTH, type RefinedPart, sketchedPath } from './refine-part.ts'
import { bytesOf, type KeyRange, mergeSlices, openRun, readRange, writeRun } from './runs.ts'
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

/** Words of an edge: two dense document numbers, the smaller first. */
const EDGE_WIDTH = 2
/** Words of a row of the members file: document, component. Sorted by document. */
export const MEMBER_WIDTH = 2

export const match: Step<MatchInput, MatchResult> = {
  name: 'match',
  revision: 1,
  async run({ range, parts, path: output }, context) {
    const slices = []
    let own = 0
    for (const { part, first } of numbered(await readParts(context, parts))) {
      if (part.indexed === undefined) own = first + part.documents
      if (part.keys === 0) continue
      const slice = readRange(
        path.join(context.folder, `${sketchedPath(part)}.keys`),
        KEYS_WIDTH,
        range,
        context.scratch,
      )
      for (let at = 2; at < slice.length; at += KEYS_WIDTH) slice[at] = first + (slice[at] ?? 0)
      slices.push(slice)
    }
    const edges = edgesOf(mergeSlices(slices, KEYS_WIDTH, context.scratch), own)
    const file = await writeRun(path.join(context.folder, output), edges, EDGE_WIDTH, context.scratch)
    return { files: [file], result: { path: output, edges: edges.length / EDGE_WIDTH } }
  },
}

/**
 * Rows of (key, document) sorted by key → an edge from the first document of each key to every other one. Documents from
 * `own` on are of finished corpora, and are connected by documents of the build only.
 */
function edgesOf(rows: Uint32Array, own: number): Uint32Array {
  const edges: number[] = []
  let first = 0
  for (let at = KEYS_WIDTH; at < rows.length; at += KEYS_WIDTH) {
    if (rows[at] !== rows[first] || rows[at + 1] !== rows[first + 1]) {
      first = at
      continue
    }
    const one = rows[first + 2] ?? 0
    const other = rows[at + 2] ?? 0
    if (one !== other && one < own) edges.push(Math.min(one, other), Math.max(one, other))
  }
  return Uint32Array.from(edges)
}

export interface ComponentsInput {
  readonly matches: readonly MatchResult[]
  /** Documents of all parts. */
  readonly documents: number
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
  revision: 1,
  async run({ matches, documents, path: output }, context) {
    const parents = new Uint32Array(documents)
    for (let document = 0; document < documents; document++) parents[document] = document
    for (const { path: file, edges } of matches) {
      if (edges === 0) continue
      const run = openRun(path.join(context.folder, file), EDGE_WIDTH)
      try {
        for (let start = 0; start < run.rows; start += EDGES_AT_ONCE) {
          const rows = run.read(start, Math.min(EDGES_AT_ONCE, run.rows - start))
          for (let at = 0; at < rows.length; at += EDGE_WIDTH)
            unite(parents, rows[at] ?? 0, rows[at + 1] ?? 0)
        }
      } finally {
        run.close()
      }
    }
    const { rows, components: found } = membersOf(parents)
    const file = await writeWhole(path.join(context.folder, output), bytesOf(rows))
    return { files: [file], result: { path: output, members: rows.length / MEMBER_WIDTH, components: found } }
  },
}

const EDGES_AT_ONCE = 1 << 16

/** The root of a document's component: its smallest member. Halves the path on the way. */
function rootOf(parents: Uint32Array, document: number): number {
  let at = document
  for (;;) {
    const parent = parents[at] ?? at
    if (parent === at) return at
    const grandparent = parents[parent] ?? parent
    parents[at] = grandparent
    at = grandparent
  }
}

function unite(parents: Uint32Array, one: number, other: number): void {
  const a = rootOf(parents, one)
  const b = rootOf(parents, other)
  if (a < b) parents[b] = a
  else parents[a] = b
}

/** (document, component) of every document that is not alone, in document order. A root is smaller than its members. */
function membersOf(parents: Uint32Array): { rows: Uint32Array; components: number } {
  let members = 0
  let components = 0
  const isRoot = new Uint8Array(parents.length)
  for (let document = 0; document < parents.length; document++) {
    const root = rootOf(parents, document)
    if (root === document) continue
    members++
    if (isRoot[root] === 0) {
      isRoot[root] = 1
      components++
    }
  }
  const rows = new Uint32Array((members + components) * MEMBER_WIDTH)
  let at = 0
  for (let document = 0; document < parents.length; document++) {
    const root = rootOf(parents, document)
    if (root === document && isRoot[document] === 0) continue
    rows[at++] = document
    rows[at++] = root
  }
  return { rows, components }
}

/** Parts with the dense number of their first document. */
export function numbered(
  parts: readonly RefinedPart[],
): { part: RefinedPart; first: number; index: number }[] {
  let first = 0
  return parts.map((part, index) => {
    const place = { part, first, index }
    first += part.documents
    if (first >= 2 ** 32) {
      throw new MillraceError('PLAN_INFEASIBLE', 'more than 4,294,967,295 documents survive the filters', {
        got: first,
        limit: 2 ** 32 - 1,
        fix: 'Filter or sample the sources more strictly, or deduplicate them in separate builds.',
      })
    }
    return place
  })
}
