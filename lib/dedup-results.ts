/** What `millrace dedup` writes: the documents that stay, and why the others went. */
import path from 'node:path'
import { withoutCuts } from '../filters/dedup/blocks.ts'
import { type Cut, partsOfDedup, readCuts, spansOf } from './build/cuts.ts'
import type { Deduped } from './build/dedup.ts'
import { type DuplicateVerdict, dedupVerdicts } from './build/dedup-verdicts.ts'
import { openDocuments } from './build/part-tables.ts'
import { readPiece } from './build/refine.ts'
import type { Refined } from './build/refine-units.ts'
import type { Split } from './build/survey.ts'
import type { DedupSummary } from './dedup.ts'
import { idsInIndex, type OpenIndex } from './dedup-index.ts'
import { withOwnPath } from './documents/own-path.ts'
import { uidToHex } from './documents/uid.ts'
import type { ReaderItem } from './readers/define-reader.ts'
import type { LoadedRecipe } from './recipe/load.ts'
import { openTable, type Table } from './storage/arrow-table.ts'
import { createOutputFile } from './storage/output-file.ts'
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

export async function writeResults(outcome: Outcome): Promise<DedupSummary> {
  const { folder, loaded, splits, refined, deduped } = outcome
  const idOf = await idsOfKept(outcome)
  const counts = { documents: 0, kept: 0, duplicates: 0, cut: 0, unreadable: 0 }
  const files: string[] = []
  const methods = loaded.recipe.dedup.map(({ name }) => name)
  const textPath = Object.values(loaded.recipe.sources)[0]?.fields?.text ?? 'text'
  const duplicates = await createOutputFile(path.join(folder, 'duplicates.jsonl'))
  const cuts = deduped.cuts.length > 0 ? await createOutputFile(path.join(folder, 'cuts.jsonl')) : undefined
  let firstPart = 0
  try {
    for (const [number, split] of splits.entries()) {
      const parts = refined.completions[number]?.result.parts ?? []
      const paths = parts.map((part) => part.path)
      const records = recordsOf(folder, paths, deduped, firstPart)
      firstPart += parts.length
      const output = await createOutputFile(
        path.join(folder, `kept-${String(number).padStart(5, '0')}.jsonl.zst`),
      )
      try {
        let lines: Buffer[] = []
        let bytes = 0
        const flush = async (): Promise<void> => {
          await output.write(await compressZstd(Buffer.concat(lines)))
          lines = []
          bytes = 0
        }
        for await (const [file, items] of itemsOf(split, loaded)) {
          for (const item of items) {
            const record = (await records.next()).value
            if (item.kind === 'bad' || record === undefined || record.fate !== 'kept') {
              counts.unreadable++
              continue
            }
            counts.documents++
            const id = record.id ?? `${file}:${item.offset}`
            if (record.verdict !== undefined) {
              counts.duplicates++
              const { duplicateOf, similarity } = record.verdict
              await duplicates.write(
                line({ id, duplicateOf: idOf.get(duplicateOf) ?? duplicateOf, similarity }),
              )
              continue
            }
            counts.kept++
            const { edited } = record
            if (edited !== undefined) {
              counts.cut++
              for (const { span, method, keptIn } of edited.cuts) {
                const text = Buffer.from(edited.text.subarray(...span)).toString('utf8')
                const own = { id, method: methods[method] ?? '', keptIn: idOf.get(keptIn) ?? keptIn, text }
                await cuts?.write(line(own))
              }
            }
            lines.push(
              line(edited === undefined ? item.value : withOwnPath(item.value, textPath, edited.left)),
            )
            bytes += item.bytes
            if (bytes >= FRAME_BYTES) await flush()
          }
        }
        if (lines.length > 0) await flush()
        files.push((await output.commit()).path)
      } finally {
        await output.abort()
        await records.return(undefined)
      }
    }
    files.push((await duplicates.commit()).path)
    if (cuts !== undefined) files.push((await cuts.commit()).path)
  } finally {
    await duplicates.abort()
    await cuts?.abort()
  }
  const clusters = deduped.clusters.map((pass) => ({
    ...pass,
    largest: pass.largest.map((each) => ({ ...each, uid: idOf.get(each.uid) ?? each.uid })),
  }))
  return { ...counts, clusters, files }
}

function line(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`)
}

async function* itemsOf(split: Split, loaded: LoadedRecipe): AsyncGenerator<[string, ReaderItem[]]> {
  for (const piece of split.pieces) {
    for await (const items of readPiece(piece, split, loaded)) yield [piece.file, items]
  }
}

interface RecordVerdict {
  readonly fate: string
  readonly id: string | null
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
  parts: readonly string[],
  deduped: Pick<Deduped, 'verdicts' | 'cuts'>,
  firstPart: number,
): AsyncGenerator<RecordVerdict, undefined> {
  const ofPart = partsOfDedup(deduped)
  for (const [at, part] of parts.entries()) {
    const own = ofPart(firstPart + at)
    const verdicts = dedupVerdicts(folder, own.verdicts, firstPart + at)
    const cuts = readCuts(folder, own.cuts)
    const table: Table = await openTable(path.join(folder, `${part}.records.arrow`))
    const texts = await openDocuments(path.join(folder, `${part}.documents.arrow`), false)
    try {
      for (let row = 0; row < table.rows; row++) {
        const { fate, id, uid, document } = await table.rowAt(row)
        const place = typeof document === 'number' ? document : -1
        const found = cuts.get(place)
        yield {
          fate: String(fate),
          id: typeof id === 'string' ? id : null,
          uid: uid instanceof Uint8Array ? uidToHex(uid) : '',
          verdict: verdicts.get(place),
          edited: found && edited(Buffer.from(String((await texts.rowAt(place))['text'])), found),
        }
      }
    } finally {
      await table.close()
      await texts.close()
    }
  }
  return undefined
}

function edited(text: Buffer, cuts: readonly Cut[]): RecordVerdict['edited'] {
  const left = withoutCuts(text, spansOf(cuts))
  return { text, cuts, left: Buffer.from(left.buffer, left.byteOffset, left.byteLength).toString('utf8') }
}

/** The input's ids of the documents that hold what others have, by uid. */
async function idsOfKept({ folder, refined, deduped, index }: Outcome): Promise<Map<string, string>> {
  const wanted = new Set<string>()
  const paths = refined.parts.map((part) => part.path)
  for (const { largest } of deduped.clusters) for (const { uid } of largest) wanted.add(uid)
  const ofPart = partsOfDedup(deduped)
  for (const index of paths.keys()) {
    const { verdicts, cuts } = ofPart(index)
    for (const { duplicateOf } of dedupVerdicts(folder, verdicts, index).values()) wanted.add(duplicateOf)
    for (const own of readCuts(folder, cuts).values()) for (const { keptIn } of own) wanted.add(keptIn)
  }
  if (wanted.size === 0) return new Map()
  const ids = index === undefined ? new Map<string, string>() : await idsInIndex(index, wanted)
  for await (const { uid, id } of recordsOf(folder, paths, { verdicts: [], cuts: [] }, 0)) {
    if (id !== null && wanted.has(uid)) ids.set(uid, id)
  }
  return ids
}
