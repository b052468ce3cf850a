/**
 * features: a part: what methods with an exact comparison compare of its documents that share a component: a run that says
 * where each one's words lie, and the words. Nothing of other documents is written.
 */
import path from 'node:path'
import { type ByteSpan, withoutCuts } from '../../filters/dedup/blocks.ts'
import type { DedupMethod } from '../../filters/dedup/define-dedup.ts'
import { dedupPasses } from '../../filters/dedup/index.ts'
import type { Scratch } from '../kernels/scratch.ts'
import { createOutputFile, type WrittenFile } from '../storage/output-file.ts'
import { readCuts, spansOf } from './cuts.ts'
import { MEMBER_WIDTH } from './dedup-match.ts'
import type { DocumentPass } from './dedup-resolve.ts'
import { openDocuments } from './part-tables.ts'
import { readParts } from './parts.ts'
import { bytesOf, openRun, readSlice, writeRun } from './runs.ts'
import { layoutOf } from './source-layout.ts'
import type { Step } from './step.ts'

/** Words of a row: document in the part, place of the method, first word in `.words`, number of words. */
const FEATURE_WIDTH = 4

export interface FeaturesInput {
  /** Position in the list of parts. */
  readonly part: number
  readonly parts: string
  readonly pass: DocumentPass
  readonly members: string
  readonly path: string
}

export interface FeaturesResult {
  readonly part: number
  /** `PATH.rows` and `PATH.words`. */
  readonly path: string
  /** Where another list of methods was theirs: the place there of each of the pass's. */
  readonly methods?: readonly number[]
}

export const features: Step<FeaturesInput, FeaturesResult> = {
  name: 'features',
  revision: 2,
  async run({ part: index, parts, pass, members: membersFile, path: output }, context) {
    const { folder, recipe, scratch } = context
    const part = (await readParts(context, parts))[index]
    if (part === undefined) throw new RangeError(`there is no part ${index}`)
    const members = readSlice(
      path.join(folder, membersFile),
      MEMBER_WIDTH,
      [index, 0],
      [index + 1, 0],
      scratch,
    )
    const { texts } = part.indexed ?? {}
    const own = { path: part.path, laidOut: layoutOf(recipe.sources[part.source]) !== undefined }
    const cuts = readCuts(folder, texts === undefined ? part.edited : texts.edited)
    const { methods } = dedupPasses(recipe.dedup)[pass]
    const files = await writeFeatures(
      path.join(folder, output),
      { folder, ...(texts ?? own) },
      methods,
      documentsOf(members),
      (document) => spansOf(cuts.get(document)),
      scratch,
    )
    return { files, result: { part: index, path: output } }
  },
}

/** The documents of a part that are members, each under its own number. */
function* documentsOf(members: Uint32Array): Generator<readonly [number, number]> {
  for (let at = 1; at < members.length; at += MEMBER_WIDTH) {
    const document = members[at] ?? 0
    yield [document, document]
  }
}

/**
 * Writes what the methods compare of some documents of a part, each under a number by which it is found again. `cutOf`: what
 * was cut out of a document.
 */
export async function writeFeatures(
  output: string,
  part: { readonly folder: string; readonly path: string; readonly laidOut: boolean },
  methods: readonly DedupMethod[],
  documents: Iterable<readonly [number: number, document: number]>,
  cutOf: (document: number) => readonly ByteSpan[],
  scratch?: Scratch,
): Promise<WrittenFile[]> {
  const rows: number[] = []
  let used = 0
  const table = await openDocuments(path.join(part.folder, `${part.path}.documents.arrow`), part.laidOut)
  const words = await createOutputFile(`${output}.words`)
  try {
    for (const [number, document] of documents) {
      const text = Buffer.from(String((await table.rowAt(document))['text']))
      const left = withoutCuts(text, cutOf(document))
      const string = Buffer.from(left.buffer, left.byteOffset, left.byteLength).toString('utf8')
      for (const [method, { exact }] of methods.entries()) {
        if (exact === undefined) continue
        const own = exact.features({ text: string, id: undefined, url: undefined })
        rows.push(number, method, used, own.length)
        used += own.length
        await words.write(bytesOf(own))
      }
    }
    const run = await writeRun(`${output}.rows`, Uint32Array.from(rows), FEATURE_WIDTH, scratch)
    return [run, await words.commit()]
  } finally {
    await table.close()
    await words.abort()
  }
}

/** Words that are kept of documents that were asked for: 64 MiB. */
const KEPT_WORDS = 16 << 20

/** What a method compares of a document, by its part and row; none where the method has no exact comparison. */
export type ReadFeatures = (part: number, document: number, method: number) => Uint32Array

/** Reads what the steps wrote, and keeps what was read last. */
export function createFeatureReader(folder: string, written: readonly FeaturesResult[]): ReadFeatures {
  const byPart = new Map(written.map((each) => [each.part, each]))
  const kept = new Map<string, Uint32Array>()
  let size = 0
  return (part, document, method) => {
    const key = `${part} ${document} ${method}`
    const known = kept.get(key)
    if (known !== undefined) return known
    const { path: base, methods } = byPart.get(part) ?? {}
    if (base === undefined) throw new RangeError(`part ${part} has no features`)
    const file = path.join(folder, base)
    const place = methods?.[method] ?? method
    const row = readSlice(`${file}.rows`, FEATURE_WIDTH, [document, place], [document, place + 1])
    const words = openRun(`${file}.words`, 1)
    try {
      const own = words.read(row[2] ?? 0, row[3] ?? 0)
      for (const [oldest, { length }] of kept) {
        if (size + own.length <= KEPT_WORDS) break
        kept.delete(oldest)
        size -= length
      }
      kept.set(key, own)
      size += own.length
      return own
    } finally {
      words.close()
    }
  }
}
