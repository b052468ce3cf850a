/**
 * ingest: a split of a source of token ids → parts. What refining is to text: each document gets a uid and a row with its
 * fate; those that are kept get their ids written beside it. Nothing here depends on the tokenizer: `adopt` checks the ids.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import path from 'node:path'
import { type GivenTokens, UID_BYTES, UID_WORDS, writeTokensUid } from '../documents/uid.ts'
import { asMillraceError } from '../errors.ts'
import type { ShardReader } from '../formats/define-format.ts'
import { openTokens } from '../formats/token-input.ts'
import { type Key64, keyedHash, unitInterval } from '../kernels/keyed-hash.ts'
import { createTableWriter } from '../storage/arrow-table.ts'
import type { WrittenFile } from '../storage/output-file.ts'
import { INDEX_WIDTH } from './index-keys.ts'
import { TOKEN_COLUMNS, writeRecords } from './part-tables.ts'
import type { RefineCounts, RefineInput, RefineResult } from './refine.ts'
import {
  collectIndex,
  PART_RECORDS,
  type RecordRow,
  type RefinedPart,
  type TokenizedFacts,
} from './refine-part.ts'
import { writeRun } from './runs.ts'
import { requireSame } from './same-input.ts'
import type { Step, StepContext } from './step.ts'
import type { InputPiece } from './survey.ts'

/** Tokens after which a part is closed, and those of one batch of its table. */
const PART_TOKENS = 4 << 20
const BATCH_TOKENS = 256 << 10

export const ingest: Step<RefineInput, RefineResult> = {
  name: 'ingest',
  revision: 2,
  async run({ split, path: output }, context) {
    const { source, pieces } = split
    const counts: RefineCounts = { records: 0, bytes: 0, keptBytes: 0, fates: {}, edits: {}, tags: {} }
    const files: WrittenFile[] = []
    const parts: RefinedPart[] = []
    const inputSha256 = await Promise.all(pieces.map((piece) => hashPiece(piece, context)))
    const [tokens] = pieces
    if (tokens === undefined) throw new RangeError(`split ${split.name} has no piece`)
    let facts: TokenizedFacts = { format: split.reader, dtype: '' }
    let part = createTokenPart()
    const flush = async (): Promise<void> => {
      if (part.rows.length === 0) return
      const name = `${output}-${String(parts.length).padStart(4, '0')}`
      files.push(...(await part.write(path.join(context.folder, name))))
      parts.push({
        path: name,
        source,
        files: pieces.map(({ file }) => file),
        records: part.rows.length,
        documents: part.kept.length,
        keys: 0,
        tokenized: facts,
      })
      part = createTokenPart()
    }
    const admits = admission(source, context)
    for await (const item of documentsOf(tokens, split.reader, context)) {
      if ('facts' in item) facts = item.facts
      else {
        const fate = part.add(source, item, admits)
        counts.records++
        counts.bytes += item.bytes
        counts.fates[fate] = (counts.fates[fate] ?? 0) + 1
        if (part.rows.length >= PART_RECORDS || part.tokens >= PART_TOKENS) await flush()
      }
    }
    await flush()
    for (const piece of pieces) await requireSame(piece, piece.bytes, context)
    return { files, result: { source, parts, counts, inputSha256 } }
  },
}

/** A document of a token file, by its number; or why there are no more. */
interface TokenItem {
  readonly number: number
  readonly bytes: number
  readonly given?: GivenTokens
  readonly damage?: string
}

/** The documents whose first token lies in the piece, after the facts that the files state. Damage ends them. */
async function* documentsOf(
  { file, range, bytes }: InputPiece,
  format: string,
  context: StepContext,
): AsyncGenerator<TokenItem | { readonly facts: TokenizedFacts }, void> {
  let number = 0
  let reader: ShardReader | undefined
  try {
    const opened = await openTokens(path.resolve(context.directory, file), format)
    reader = opened.reader
    yield { facts: opened.facts }
    const end = range === undefined ? reader.counts.items : firstFrom(reader, range.end / opened.width)
    number = firstFrom(reader, (range?.start ?? 0) / opened.width)
    for (; number < end; number++) {
      const { tokens, learned } = await reader.item(number)
      const given = { ids: Uint32Array.from(tokens), learned: learned?.includes(0) ? learned : undefined }
      yield { number, bytes: tokens.length * opened.width, given }
    }
  } catch (error) {
    const { code, message } = asMillraceError(error)
    if (code !== 'OUTPUT_DAMAGED') throw error
    // What is wrong with a file as a whole is told once, by its first piece.
    if (reader === undefined && (range?.start ?? 0) > 0) return
    yield { number, bytes, damage: message }
  } finally {
    await reader?.close()
  }
}

/** The first document from token `position` on. The same function gives both ends of a piece, so that none is lost. */
function firstFrom(reader: ShardReader, position: number): number {
  if (position <= 0) return 0
  if (position >= reader.counts.tokens) return reader.counts.items
  const { item, offset } = reader.locate(position)
  return offset === 0 ? item : item + 1
}

type Admission = (uid: Uint32Array, at: number) => boolean

function admission(source: string, { recipe }: StepContext): Admission {
  const share = recipe.sources[source]?.sample ?? 1
  const hash = keyedHash(recipe.seed, `sample-${source}`)
  const draw: Key64 = { high: 0, low: 0 }
  return (uid, at) => {
    hash(uid, at, draw)
    return unitInterval(draw) < share
  }
}

interface TokenPart {
  readonly rows: RecordRow[]
  /** Records that are kept, by row. */
  readonly kept: number[]
  readonly tokens: number
  /** Gives the fate, as counted. */
  add(source: string, item: TokenItem, admits: Admission): string
  write(base: string): Promise<WrittenFile[]>
}

function createTokenPart(): TokenPart {
  const rows: RecordRow[] = []
  const kept: number[] = []
  const documents: GivenTokens[] = []
  const uids = new Uint32Array(PART_RECORDS * UID_WORDS)
  const uidBytes = new Uint8Array(uids.buffer)
  let tokens = 0
  return {
    rows,
    kept,
    get tokens() {
      return tokens
    },
    add(source, { number, bytes, given, damage }, admits) {
      const row = rows.length
      const at = { file: 0, offset: number, bytes, edits: [], values: [] }
      if (given === undefined) {
        rows.push({ ...at, fate: 'unreadable', located: undefined, reason: 'corrupt', detail: damage ?? '' })
        return 'unreadable/corrupt'
      }
      writeTokensUid(source, given, uidBytes, row * UID_BYTES)
      const fate = admits(uids, row * UID_WORDS) ? 'kept' : 'not-sampled'
      rows.push({ ...at, fate, located: { id: undefined, url: undefined } })
      if (fate === 'kept') {
        kept.push(row)
        documents.push(given)
        tokens += given.ids.length
      }
      return fate
    },
    async write(base) {
      const survivors = { count: kept.length, recordOf: (document: number) => kept[document] ?? 0 }
      return [
        await writeRecords(`${base}.records.arrow`, rows, uidBytes, survivors, []),
        await writeTokens(`${base}.documents.arrow`, documents, kept, uidBytes),
        await writeRun(`${base}.index`, collectIndex(rows, uids), INDEX_WIDTH),
      ]
    },
  }
}

async function writeTokens(
  file: string,
  documents: readonly GivenTokens[],
  kept: readonly number[],
  uidBytes: Uint8Array,
): Promise<WrittenFile> {
  const writer = await createTableWriter(file, TOKEN_COLUMNS)
  try {
    for (let start = 0; start < documents.length; ) {
      let tokens = 0
      let end = start
      while (end < documents.length && (end === start || tokens < BATCH_TOKENS))
        tokens += documents[end++]?.ids.length ?? 0
      const batch = documents.slice(start, end)
      const record = Uint32Array.from(kept.slice(start, end))
      const uid = new Uint8Array(record.length * UID_BYTES)
      for (const [row, of] of record.entries())
        uid.set(uidBytes.subarray(of * UID_BYTES, (of + 1) * UID_BYTES), row * UID_BYTES)
      const ids = listsOf(batch, new Uint32Array(tokens), (document) => document.ids)
      const masked = batch.reduce((sum, { learned }) => sum + (learned?.length ?? 0), 0)
      const learned = listsOf(batch, new Uint8Array(masked), (document) => document.learned)
      await writer.append({ rows: record.length, columns: { uid, record, ids, learned } })
      start = end
    }
    return await writer.close()
  } finally {
    await writer.abort()
  }
}

/** A column of lists; `values` has room for all of them. */
function listsOf<Values extends Uint8Array | Uint32Array>(
  documents: readonly GivenTokens[],
  values: Values,
  of: (document: GivenTokens) => Values | undefined,
): { values: Values; offsets: Int32Array } {
  const offsets = new Int32Array(documents.length + 1)
  let at = 0
  for (const [row, document] of documents.entries()) {
    const own = of(document)
    if (own !== undefined) values.set(own, at)
    at += own?.length ?? 0
    offsets[row + 1] = at
  }
  return { values, offsets }
}

/** SHA-256 of a piece's stored bytes. */
async function hashPiece({ file, range }: InputPiece, context: StepContext): Promise<string> {
  const hash = createHash('sha256')
  const bounds = range && { start: range.start, end: range.end - 1 }
  for await (const bytes of createReadStream(path.resolve(context.directory, file), bounds)) {
    if (!(bytes instanceof Uint8Array)) continue
    hash.update(bytes)
    context.progress({ bytes: bytes.byteLength })
  }
  return hash.digest('hex')
}
