/** What `millrace dedup` writes: the documents that stay, and why the others went. */
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { withoutCuts } from '../filters/dedup/blocks.ts'
import { readIndex } from './build/corpus.ts'
import { type Cut, partsOfDedup, readCuts, spansOf } from './build/cuts.ts'
import type { Deduped } from './build/dedup.ts'
import { type DuplicateVerdict, dedupVerdicts } from './build/dedup-verdicts.ts'
import { openDocuments } from './build/part-tables.ts'
import { readPiece } from './build/refine.ts'
import type { RefinedPart } from './build/refine-part.ts'
import type { Refined } from './build/refine-units.ts'
import type { Split } from './build/survey.ts'
import type { DedupSummary } from './dedup.ts'
import { idsInIndex, type OpenIndex } from './dedup-index.ts'
import { withOwnPath } from './documents/own-path.ts'
import { uidToHex } from './documents/uid.ts'
import { keptFile, removeOtherKept } from './kept-files.ts'
import type { ReaderItem } from './readers/define-reader.ts'
import type { LoadedRecipe } from './recipe/load.ts'
import type { Recipe } from './recipe/schema.ts'
import { openTable, type Table } from './storage/arrow-table.ts'
import { createOutputFile, type OutputFile } from './storage/output-file.ts'
import { compressZstd } from './storage/zstd.ts'

export interface Outcome {
  readonly folder: string
  readonly loaded: LoadedRecipe
  readonly splits: readonly Split[]
  readonly refined: Refined
  readonly deduped: Deduped
  /** Where evidence may name documents of, beside those of the input. */
  readonly index?: Pick<OpenIndex, 'folder' | 'content'> | undefined
}

/** Bytes of lines that make one compressed frame. */
const FRAME_BYTES = 4 << 20

export async function writeResults(outcome: Outcome): Promise<Omit<DedupSummary, 'warnings'>> {
  const { folder, loaded, splits, refined, deduped } = outcome
  const nameOf = await namesOfKept(outcome)
  const counts: Counts = { documents: 0, kept: 0, duplicates: 0, cut: 0, unreadable: 0 }
  const files: string[] = []
  const duplicates = await createOutputFile(path.join(folder, 'duplicates.jsonl'))
  const cuts = deduped.cuts.length > 0 ? await createOutputFile(path.join(folder, 'cuts.jsonl')) : undefined
  const judge = createJudge(loaded.recipe, nameOf, { duplicates, cuts }, counts)
  let firstPart = 0
  try {
    for (const [number, split] of splits.entries()) {
      const parts = refined.completions[number]?.result.parts ?? []
      const records = recordsOf(folder, parts, deduped, firstPart)
      firstPart += parts.length
      files.push(await writeKept(keptFile(folder, number), itemsOf(split, loaded), records, judge))
    }
    files.push((await duplicates.commit()).path)
    await removeOtherKept(folder, splits.length, Object.values(loaded.sourceFiles).flat())
    if (cuts === undefined) await rm(path.join(folder, 'cuts.jsonl'), { force: true })
    else files.push((await cuts.commit()).path)
  } finally {
    await duplicates.abort()
    await cuts?.abort()
  }
  const clusters = deduped.clusters.map((pass) => ({
    ...pass,
    largest: pass.largest.map((each) => ({ ...each, uid: nameOf.get(each.uid) ?? each.uid })),
  }))
  return { ...counts, clusters, files }
}

/** What is counted along the way. */
type Counts = Record<'documents' | 'kept' | 'duplicates' | 'cut' | 'unreadable', number>

/** The line that stays of an item; undefined where it goes. */
type Judge = (item: ReaderItem, record: RecordVerdict | undefined) => Promise<Buffer | undefined>

/** Counts each item and writes down why it goes, or what of it does. */
function createJudge(
  recipe: Recipe,
  nameOf: ReadonlyMap<string, string>,
  evidence: { readonly duplicates: OutputFile; readonly cuts: OutputFile | undefined },
  counts: Counts,
): Judge {
  const methods = recipe.dedup.map(({ name }) => name)
  const textPath = Object.values(recipe.sources)[0]?.fields?.text ?? 'text'
  return async (item, record) => {
    if (item.kind === 'bad' || record === undefined || record.fate !== 'kept') {
      counts.unreadable++
      return undefined
    }
    counts.documents++
    const id = record.id ?? record.place
    if (record.verdict !== undefined) {
      counts.duplicates++
      const { duplicateOf, similarity, method } = record.verdict
      const kept = nameOf.get(duplicateOf) ?? duplicateOf
      const why = { id, duplicateOf: kept, similarity, method: methods[method] ?? '' }
      await evidence.duplicates.write(line(why))
      return undefined
    }
    counts.kept++
    const { edited } = record
    if (edited === undefined) return line(item.value)
    counts.cut++
    for (const { span, method, keptIn } of edited.cuts) {
      const text = Buffer.from(edited.text.subarray(...span)).toString('utf8')
      const own = { id, method: methods[method] ?? '', keptIn: nameOf.get(keptIn) ?? keptIn, text }
      await evidence.cuts?.write(line(own))
    }
    return line(withOwnPath(item.value, textPath, edited.left))
  }
}

/** Writes the items of a split that stay, in frames of lines. */
async function writeKept(
  file: string,
  batches: AsyncIterable<ReaderItem[]>,
  records: AsyncGenerator<RecordVerdict, undefined>,
  judge: Judge,
): Promise<string> {
  const output = await createOutputFile(file)
  let lines: Buffer[] = []
  let bytes = 0
  const flush = async (): Promise<void> => {
    await output.write(await compressZstd(Buffer.concat(lines)))
    lines = []
    bytes = 0
  }
  try {
    for await (const items of batches) {
      for (const item of items) {
        const own = await judge(item, (await records.next()).value)
        if (own === undefined) continue
        lines.push(own)
        bytes += item.bytes
        if (bytes >= FRAME_BYTES) await flush()
      }
    }
    if (lines.length > 0) await flush()
    return (await output.commit()).path
  } finally {
    await output.abort()
    await records.return(undefined)
  }
}

function line(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`)
}

async function* itemsOf(split: Split, loaded: LoadedRecipe): AsyncGenerator<ReaderItem[]> {
  for (const piece of split.pieces) yield* readPiece(piece, split, loaded)
}

interface RecordVerdict {
  readonly fate: string
  readonly id: string | null
  /** `file:offset` */
  readonly place: string
  readonly uid: string
  readonly verdict: DuplicateVerdict | undefined
  /** Its refined text, what was cut out of it, and what is left; undefined where nothing was. */
  readonly edited:
    | { readonly text: Uint8Array; readonly cuts: readonly Cut[]; readonly left: string }
    | undefined
}

/** The rows of some parts' records, in order, with what dedup says of each. */
async function* recordsOf(
  folder: string,
  parts: readonly RefinedPart[],
  deduped: Pick<Deduped, 'verdicts' | 'cuts'>,
  firstPart: number,
): AsyncGenerator<RecordVerdict, undefined> {
  const ofPart = partsOfDedup(deduped)
  for (const [at, { path: part, files }] of parts.entries()) {
    const own = ofPart(firstPart + at)
    const verdicts = dedupVerdicts(folder, own.verdicts, firstPart + at)
    const cuts = readCuts(folder, own.cuts)
    const table: Table = await openTable(path.join(folder, `${part}.records.arrow`))
    // Conversations are not cut, and have other columns.
    const texts =
      cuts.size > 0 ? await openDocuments(path.join(folder, `${part}.documents.arrow`), false) : undefined
    try {
      for (let row = 0; row < table.rows; row++) {
        const { fate, id, file, offset, uid, document } = await table.rowAt(row)
        const place = typeof document === 'number' ? document : -1
        const found = cuts.get(place)
        yield {
          fate: String(fate),
          id: typeof id === 'string' ? id : null,
          place: `${files[Number(file)] ?? ''}:${String(offset)}`,
          uid: uid instanceof Uint8Array ? uidToHex(uid) : '',
          verdict: verdicts.get(place),
          edited: found && edited(Buffer.from(String((await texts?.rowAt(place))?.['text'])), found),
        }
      }
    } finally {
      await table.close()
      await texts?.close()
    }
  }
  return undefined
}

function edited(text: Buffer, cuts: readonly Cut[]): RecordVerdict['edited'] {
  const left = withoutCuts(text, spansOf(cuts))
  return { text, cuts, left: Buffer.from(left.buffer, left.byteOffset, left.byteLength).toString('utf8') }
}

/**
 * How the documents that hold what others have are named, by uid: by their ids, else by their places. Copies without an id have
 * one uid, so that the place is that of the copy that stays. A build's documents keep their uids, by which `trace` knows them.
 */
async function namesOfKept({
  folder,
  loaded,
  refined,
  deduped,
  index,
}: Outcome): Promise<Map<string, string>> {
  const wanted = new Set<string>()
  for (const { largest } of deduped.clusters) for (const { uid } of largest) wanted.add(uid)
  const ofPart = partsOfDedup(deduped)
  for (const index of refined.parts.keys()) {
    const { verdicts, cuts } = ofPart(index)
    for (const { duplicateOf } of dedupVerdicts(folder, verdicts, index).values()) wanted.add(duplicateOf)
    for (const own of readCuts(folder, cuts).values()) for (const { keptIn } of own) wanted.add(keptIn)
  }
  const names = new Map<string, string>()
  if (wanted.size === 0) return names
  const addIdsOf = async (from: Pick<OpenIndex, 'folder' | 'content'>): Promise<void> => {
    for (const [uid, id] of await idsInIndex(from, wanted)) names.set(uid, id)
  }
  for (const corpus of loaded.corpora) {
    const content = await readIndex(corpus.folder)
    if (content !== undefined) await addIdsOf({ folder: corpus.folder, content })
  }
  if (index !== undefined) await addIdsOf(index)
  for await (const { fate, uid, id, place, verdict } of recordsOf(folder, refined.parts, deduped, 0)) {
    if (fate !== 'kept' || !wanted.has(uid)) continue
    if (id !== null) names.set(uid, id)
    else if (verdict === undefined && !names.has(uid)) names.set(uid, place)
  }
  return names
}
