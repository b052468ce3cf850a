/** Looks for near-copies of held-out documents among those that may be trained on, by the sketches that dedup compared. */
import path from 'node:path'
import { dedupPasses } from '../../filters/dedup/index.ts'
import { addKept, keptByKey, membersWith } from '../../filters/dedup/kept-by-key.ts'
import { mayGo } from '../../filters/dedup/scope.ts'
import { partsOfDedup } from '../build/cuts.ts'
import { dedupVerdicts } from '../build/dedup-verdicts.ts'
import { sketchRowWords } from '../build/refine-part.ts'
import { openRun } from '../build/runs.ts'
import { UID_BYTES, UID_WORDS, uidToHex } from '../documents/uid.ts'
import type { Finding } from './count.ts'
import type { FinishedBuild } from './records.ts'

/** A document that dedup left, and its row of sketches. */
interface Sketched {
  readonly part: string
  readonly source: string
  readonly uid: string
  /** A view, valid until the next one. */
  readonly row: Uint32Array
}

/**
 * Documents that dedup left and that one of its methods takes for a copy of one that is `held` out, pass by pass. A method
 * that compares texts is left out: its sketches alone do not decide. Memory: the sketches of what is held out, and of a part.
 */
export function nearCopiesOfHoldout(build: FinishedBuild, held: ReadonlySet<string>): Finding[] {
  const findings: Finding[] = []
  for (const pass of ['before', 'after'] as const) {
    const { names, methods } = dedupPasses(build.manifest.recipe.dedup)[pass]
    const width = sketchRowWords(methods)
    const heldOut: Sketched[] = []
    for (const each of sketchesOf(build, pass, width))
      if (held.has(each.uid)) heldOut.push({ ...each, row: each.row.slice() })
    let start = UID_WORDS
    for (const [at, method] of methods.entries()) {
      const from = start
      start += method.sketchWords
      if (method.exact !== undefined) continue
      const table = keptByKey(heldOut.length * method.maxKeys)
      const keys = new Uint32Array(2 * method.maxKeys)
      for (const [place, { row }] of heldOut.entries()) {
        addKept(table, keys, method.keys(row, from, keys, 0), place)
      }
      for (const { part, source, uid, row } of heldOut.length === 0 ? [] : sketchesOf(build, pass, width)) {
        if (held.has(uid)) continue
        const copies = new Set<string>()
        const candidates: number[] = []
        membersWith(table, keys, method.keys(row, from, keys, 0), candidates)
        for (const candidate of candidates) {
          const other = heldOut[candidate]
          if (other === undefined || !isInScope(method.scope, source, other.source)) continue
          if (method.compare(row, from, other.row, from) !== null) copies.add(other.uid)
        }
        for (const copy of copies)
          findings.push({
            place: part,
            problem: `${uid} is a near-copy, by ${names[at]}, of ${copy}, which is held out`,
          })
      }
    }
  }
  return findings
}

function isInScope(scope: Parameters<typeof mayGo>[0], one: string, other: string): boolean {
  return mayGo(scope, one, other) || mayGo(scope, other, one)
}

/** The documents that all of dedup left, part by part. */
function* sketchesOf(
  { folder, manifest }: FinishedBuild,
  pass: 'before' | 'after',
  width: number,
): Generator<Sketched> {
  const ofPart = partsOfDedup(manifest)
  for (const [index, part] of manifest.parts.entries()) {
    const { verdicts, cuts } = ofPart(index)
    const base = pass === 'before' ? part.path : cuts
    if (base === undefined || part.documents === 0 || part.tokenized !== undefined || width === UID_WORDS)
      continue
    const lost = dedupVerdicts(folder, verdicts, index)
    const run = openRun(path.join(folder, `${base}.sketches`), width)
    try {
      const rows = run.read(0, run.rows)
      const bytes = new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength)
      for (let row = 0; row < run.rows; row++) {
        if (lost.has(row)) continue
        const uid = uidToHex(bytes, row * width * (UID_BYTES / UID_WORDS))
        yield { part: base, source: part.source, uid, row: rows.subarray(row * width, (row + 1) * width) }
      }
    } finally {
      run.close()
    }
  }
}
