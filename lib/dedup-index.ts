/**
 * A dedup index: the sketches and keys of the documents that `millrace dedup --index` kept, run by run, so that later runs
 * take what it has. What is added stands beside what is there: nothing is built again.
 */
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { dedupPasses } from '../filters/dedup/index.ts'
import {
  type Corpus,
  corpusOfIndex,
  type DedupIndex,
  type IndexPart,
  isComparable,
  madeOtherwise,
  readIndex,
  sketchedMethods,
} from './build/corpus.ts'
import { partsOfDedup } from './build/cuts.ts'
import type { Deduped } from './build/dedup.ts'
import { dedupVerdicts } from './build/dedup-verdicts.ts'
import { writeFeatures } from './build/features.ts'
import { collectKeys, KEYS_WIDTH, type RefinedPart, sketchRowWords } from './build/refine-part.ts'
import { bytesOf, openRun, writeRun } from './build/runs.ts'
import { layoutOf } from './build/source-layout.ts'
import { UID_BYTES, UID_WORDS, uidToHex } from './documents/uid.ts'
import { MillraceError } from './errors.ts'
import { canonicalJson, hashOf } from './recipe/canonical-json.ts'
import type { Recipe } from './recipe/schema.ts'
import { createTableWriter, openTable } from './storage/arrow-table.ts'
import { type WrittenFile, writeWhole } from './storage/output-file.ts'

/** Columns of `.ids.arrow`: the ids by which evidence names documents, in the order of the sketches. */
const ID_COLUMNS = { uid: 'binary16', id: 'utf8?' } as const

/** An opened index, and what a run adds to it. */
export interface OpenIndex {
  readonly folder: string
  readonly content: DedupIndex
  /** Name of what the run adds. */
  readonly addition: string
  /** What the run compares with: all that was added before it, should it be there already. */
  readonly corpus: Corpus
}

/**
 * Opens an index, or begins one, for a run over documents with these sketches. A run that is repeated is compared with what
 * was there at first, so that it gives the same, and adds nothing again. Throws USAGE for methods that are not its own.
 */
export async function openIndex(
  folder: string,
  recipe: Pick<Recipe, 'dedup'>,
  work: string,
  parts: readonly RefinedPart[],
): Promise<OpenIndex> {
  const { blocks } = dedupPasses(recipe.dedup)
  if (blocks.names.length > 0) {
    throw new MillraceError(
      'USAGE',
      `an index has whole documents, and ${blocks.names.join(', ')} cut text`,
      {
        key: '--index',
        fix: 'Leave these methods out, or run them without --index.',
      },
    )
  }
  const { before: sketches } = sketchedMethods(recipe)
  const content = (await readIndex(folder)) ?? { sketches, dedup: recipe.dedup, parts: [] }
  const isExact = dedupPasses(recipe.dedup).before.methods.some(({ exact }) => exact !== undefined)
  const isOther = content.parts.length > 0 && isExact !== isComparable(corpusOfIndex(folder, content))
  if (hashOf(content.sketches) !== hashOf(sketches) || isOther) {
    const names = content.sketches.map(({ name }) => name).join(', ')
    const [otherwise = isOther ? `with another \`verify\` of ${names}` : `by ${names}`] = madeOtherwise(
      corpusOfIndex(folder, content),
      recipe,
    )
    throw new MillraceError('USAGE', `the index ${folder} was made ${otherwise}`, {
      key: '--index',
      got: folder,
      fix: 'Give the methods and settings that it was made with, or another folder for a new index.',
    })
  }
  const addition = additionOf(work, sketchRowWords(dedupPasses(recipe.dedup).before.methods), parts)
  const known = content.parts.findIndex((part) => part.addition === addition)
  const before = known === -1 ? content.parts : content.parts.slice(0, known)
  return { folder, content, addition, corpus: corpusOfIndex(folder, { sketches, parts: before }) }
}

/** A hash of the documents of some parts, in any order and split: the sum of their uids, word by word. */
function additionOf(work: string, width: number, parts: readonly RefinedPart[]): string {
  const sums = [0n, 0n, 0n, 0n]
  let documents = 0
  for (const part of parts) {
    const rows = rowsOf(path.join(work, part.path), width)
    documents += part.documents
    for (let at = 0; at < rows.length; at += width)
      for (let word = 0; word < UID_WORDS; word++)
        sums[word] = (sums[word] ?? 0n) + BigInt(rows[at + word] ?? 0)
  }
  return hashOf([documents, sums.map(String)]).slice(0, 16)
}

function rowsOf(base: string, width: number): Uint32Array {
  const run = openRun(`${base}.sketches`, width)
  try {
    return run.read(0, run.rows)
  } finally {
    run.close()
  }
}

/** Adds the documents that were kept, part by part; `index.json` last, so that a run that is killed adds nothing. */
export async function addToIndex(
  { folder, content, addition }: OpenIndex,
  recipe: Recipe,
  work: string,
  parts: readonly RefinedPart[],
  deduped: Deduped,
): Promise<void> {
  if (content.parts.some((part) => part.addition === addition)) return
  await mkdir(folder, { recursive: true })
  const ofPart = partsOfDedup(deduped)
  const added: IndexPart[] = []
  for (const [index, part] of parts.entries()) {
    const lost = dedupVerdicts(work, ofPart(index).verdicts, index)
    const kept = part.documents - lost.size
    if (kept === 0) continue
    const name = `${addition}-${String(index).padStart(5, '0')}`
    const files = await writePart(
      path.join(folder, name),
      path.join(work, part.path),
      recipe,
      (row) => !lost.has(row),
    )
    added.push({
      addition,
      path: name,
      documents: kept,
      files: files.map((file) => ({ ...file, path: path.basename(file.path) })),
    })
  }
  const next: DedupIndex = { ...content, parts: [...content.parts, ...added] }
  await writeWhole(path.join(folder, 'index.json'), `${canonicalJson(next)}\n`)
}

async function writePart(
  base: string,
  from: string,
  recipe: Recipe,
  isKept: (row: number) => boolean,
): Promise<WrittenFile[]> {
  const { methods } = dedupPasses(recipe.dedup).before
  const width = sketchRowWords(methods)
  const all = rowsOf(from, width)
  const sketches = new Uint32Array(all.length)
  const ids = await idsOf(from)
  const kept: (string | null)[] = []
  const keptRows: number[] = []
  let to = 0
  for (let row = 0; row * width < all.length; row++) {
    if (!isKept(row)) continue
    sketches.set(all.subarray(row * width, (row + 1) * width), to)
    kept.push(ids[row] ?? null)
    keptRows.push(row)
    to += width
  }
  const rows = sketches.subarray(0, to)
  const uid = new Uint8Array(kept.length * UID_BYTES)
  for (let row = 0; row < kept.length; row++)
    uid.set(bytesOf(rows.subarray(row * width, row * width + UID_WORDS)), row * UID_BYTES)
  const writer = await createTableWriter(`${base}.ids.arrow`, ID_COLUMNS)
  try {
    await writer.append({ rows: kept.length, columns: { uid, id: kept } })
    const isExact = methods.some(({ exact }) => exact !== undefined)
    return [
      ...(isExact
        ? await writeFeatures(base, textsOf(from, recipe), methods, keptRows.entries(), () => [])
        : []),
      await writer.close(),
      await writeWhole(`${base}.sketches`, bytesOf(rows)),
      await writeRun(`${base}.keys`, collectKeys(kept.length, rows, methods), KEYS_WIDTH),
    ]
  } finally {
    await writer.abort()
  }
}

/** Where the texts of a part are: its only source says whether they are conversations. */
function textsOf(base: string, recipe: Recipe): { folder: string; path: string; laidOut: boolean } {
  const laidOut = Object.values(recipe.sources).some((source) => layoutOf(source) !== undefined)
  return { folder: path.dirname(base), path: path.basename(base), laidOut }
}

/** Ids of the survivors of a part, by row; null where a record has none. */
async function idsOf(base: string): Promise<(string | null)[]> {
  const ids: (string | null)[] = []
  const table = await openTable(`${base}.records.arrow`)
  try {
    for (let at = 0; at < table.batches; at++) {
      const batch = await table.batch(at)
      const [id, document] = [batch.column('id'), batch.column('document')]
      for (let row = 0; row < batch.rows; row++) {
        const [own, place] = [id.get(row), document.get(row)]
        if (typeof place === 'number') ids[place] = typeof own === 'string' ? own : null
      }
    }
    return ids
  } finally {
    await table.close()
  }
}

/** The ids of documents of an index, by uid, as far as they have some. */
export async function idsInIndex(
  { folder, content }: Pick<OpenIndex, 'folder' | 'content'>,
  wanted: ReadonlySet<string>,
): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const { path: part } of content.parts) {
    const table = await openTable(path.join(folder, `${part}.ids.arrow`), ID_COLUMNS)
    try {
      for (let at = 0; at < table.batches; at++) {
        const batch = await table.batch(at)
        const [uid, id] = [batch.column('uid'), batch.column('id')]
        for (let row = 0; row < batch.rows; row++) {
          const hex = uidToHex(uid.bytes, row * UID_BYTES)
          const own = wanted.has(hex) ? id.get(row) : null
          if (own !== null) found.set(hex, own)
        }
      }
    } finally {
      await table.close()
    }
  }
  return found
}
