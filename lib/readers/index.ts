import { isUtf8 } from 'node:buffer'
import path from 'node:path'
import { MillraceError } from '../errors.ts'
import { decompressedName, isCompressed, readChunks } from '../storage/input-file.ts'
import { type ByteSink, openAccess, readStored } from '../storage/stored-bytes.ts'
import {
  type FileReader,
  MAX_RECORD_BYTES,
  type ReaderDefinition,
  type ReaderItem,
  type ReadOptions,
} from './define-reader.ts'
import * as registered from './registered.ts'
import type { InvalidUtf8 } from './utf8.ts'

/** All readers by name. */
export const readers: Readonly<Record<string, ReaderDefinition>> = Object.fromEntries(
  Object.values(registered).map((reader) => [reader.name, reader]),
)

/** Bytes of the content that are looked at where the name does not tell. */
const SNIFF_BYTES = 1 << 20

/**
 * The reader for `file`: the one named, else by its extension (behind a compression suffix), unless the content says plainly
 * that it is of another format; else by its first bytes.
 * Throws RECIPE_INVALID for a name that is not registered, INPUT_DAMAGED when no reader fits the content.
 */
export async function readerFor(file: string, name?: string): Promise<ReaderDefinition> {
  const names = Object.keys(readers).join(', ')
  if (name !== undefined) {
    const reader = Object.hasOwn(readers, name) ? readers[name] : undefined
    if (reader !== undefined) return reader
    const facts = { file, key: 'reader', got: name, fix: `Name one of these readers: ${names}.` }
    throw new MillraceError('RECIPE_INVALID', `there is no reader ${JSON.stringify(name)}`, facts)
  }
  const named = readerByExtension(file)
  const reader = named === undefined ? readerByContent(await firstBytes(file)) : await corrected(named, file)
  if (reader !== undefined) return reader
  // Content that tells nothing (an empty file): the first reader that claims the ending says what is wrong with it.
  const [claimed] = readersOf(file)
  if (claimed !== undefined) return claimed
  const fix = `Name its reader (${names}) in the recipe's source, or leave the file out.`
  throw new MillraceError('INPUT_DAMAGED', `${file} is of no known format`, { file, fix })
}

/** Bytes that tell whether a file is what its extension says. */
const CHECKED_BYTES = 64

/**
 * What an extension says, against what the first bytes say: another format's signature wins, and so does any format over one
 * whose own signature is missing. Of texts, only one that begins an array is no JSON lines for certain.
 */
async function corrected(named: ReaderDefinition, file: string): Promise<ReaderDefinition> {
  // What cannot be read is told by whoever reads it, in full.
  const head = await firstBytes(file, CHECKED_BYTES).catch(() => Buffer.alloc(0))
  if (head.length === 0 || hasSignature(named, head)) return named
  const signed = readerBySignature(head)
  if (signed !== undefined) return signed
  if (named.signatures !== undefined) return readerByContent(await firstBytes(file)) ?? named
  const array = named === registered.jsonl && /^\s*\[\s*(?:[{\]]|$)/.test(head.toString('utf8'))
  return array ? registered.json : named
}

function readerBySignature(head: Buffer): ReaderDefinition | undefined {
  return Object.values(readers).find((reader) => hasSignature(reader, head))
}

function hasSignature({ signatures = [] }: ReaderDefinition, head: Buffer): boolean {
  const latin1 = head.toString('latin1', 0, 16)
  return signatures.some((bytes) => latin1.startsWith(bytes))
}

/** The reader that the file's extension says, if it says one. */
export function readerByExtension(file: string): ReaderDefinition | undefined {
  const [reader, ...others] = readersOf(file)
  return others.length === 0 ? reader : undefined
}

function readersOf(file: string): ReaderDefinition[] {
  const extension = path.extname(decompressedName(file)).toLowerCase()
  return Object.values(readers).filter(({ extensions }) => extensions.includes(extension))
}

export interface ReadItemsOptions {
  /** Of a plain file of a splittable format: the records whose first byte lies in [start, end). */
  readonly range?: { readonly start: number; readonly end: number }
  /** Sees the stored bytes in order: those in `range`, or all of them. */
  readonly hash?: ByteSink
  /** Bytes; a longer record is quarantined. */
  readonly maxRecordBytes?: number
  readonly invalidUtf8?: InvalidUtf8 | undefined
  /** Keys that are asked for: readers of columns decode no others. */
  readonly columns?: ReadonlySet<string> | undefined
}

/**
 * The items of a file, whichever way its reader wants the bytes. Throws INPUT_MISSING as `readChunks` does, and
 * INPUT_DAMAGED for a compressed file whose format can only be read at positions.
 */
export async function* readItems(
  file: string,
  readerName: string,
  options: ReadItemsOptions = {},
): AsyncGenerator<ReaderItem[], void> {
  const { range, hash, maxRecordBytes = MAX_RECORD_BYTES, invalidUtf8 = 'refuse', columns } = options
  const readOptions = { maxRecordBytes, invalidUtf8, ...(columns && { columns }) }
  const reader = readers[readerName]
  if (reader === undefined) throw new RangeError(`reader ${readerName} is not registered`)
  if (reader.readFile !== undefined) {
    yield* readAtPositions(file, reader, readOptions, hash)
    return
  }
  const chunks = readChunks(file, { ...(range && { range }), ...(hash && { hash }) })
  yield* reader.read(chunks, { ...readOptions, ...(range && { range }) })
}

async function* readAtPositions(
  file: string,
  reader: FileReader,
  options: ReadOptions,
  hash: ByteSink | undefined,
): AsyncGenerator<ReaderItem[], void> {
  if (await isCompressed(file)) {
    const fix = `Decompress it: ${reader.name} files compress their content themselves.`
    throw new MillraceError('INPUT_DAMAGED', `${file} is compressed as a whole`, { file, fix })
  }
  // Parts are read out of order, and not all of them: the hash has a pass of its own.
  if (hash !== undefined) for await (const block of readStored(file)) hash.update(block)
  const access = await openAccess(file)
  try {
    yield* reader.readFile(access, options)
  } finally {
    await access.close()
  }
}

/**
 * A reader whose signature the content has; `jsonl` where the first line that is not empty is a JSON object, `json` where it
 * begins an array or an object, `text` for any other text.
 */
function readerByContent(head: Buffer): ReaderDefinition | undefined {
  const signed = readerBySignature(head)
  if (signed !== undefined) return signed
  if (head.includes(0)) return undefined
  const complete = head.length < SNIFF_BYTES
  const lineEnd = head.lastIndexOf('\n')
  const lines = complete || lineEnd < 0 ? head : head.subarray(0, lineEnd)
  const first =
    lines
      .toString('utf8')
      .replace(/^\uFEFF/, '')
      .trimStart()
      .split('\n', 1)[0] ?? ''
  if (first.startsWith('{') && isObject(first)) return registered.jsonl
  // The last character may be cut: up to three bytes of it are left.
  const cuts = complete ? [0] : [0, 1, 2, 3]
  if (!cuts.some((cut) => isUtf8(head.subarray(0, head.length - cut)))) return undefined
  if (/^(?:\[\s*(?:[{\]]|$)|\{\s*(?:["}]|$))/.test(first)) return registered.json
  return /^[{[]/.test(first) ? undefined : registered.text
}

function isObject(json: string): boolean {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null
  } catch {
    return false
  }
}

async function firstBytes(file: string, wanted: number = SNIFF_BYTES): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of readChunks(file)) {
    if (!(chunk instanceof Uint8Array)) break
    parts.push(chunk)
    bytes += chunk.length
    if (bytes >= wanted) break
  }
  return Buffer.concat(parts).subarray(0, wanted)
}
