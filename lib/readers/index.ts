import { isUtf8 } from 'node:buffer'
import path from 'node:path'
import { MillraceError } from '../errors.ts'
import { decompressedName, readChunks } from '../storage/input-file.ts'
import type { ReaderDefinition } from './define-reader.ts'
import * as registered from './registered.ts'

/** All readers by name. */
export const readers: Readonly<Record<string, ReaderDefinition>> = Object.fromEntries(
  Object.values(registered).map((reader) => [reader.name, reader]),
)

/** Bytes of the content that are looked at where the name does not tell. */
const SNIFF_BYTES = 1 << 20

/**
 * The reader for `file`: the one named, else by its extension (behind a compression suffix), else by its first bytes.
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
  const reader = readerByExtension(file) ?? readerByContent(await firstBytes(file))
  if (reader !== undefined) return reader
  const fix = `Name its reader (${names}) in the recipe's source, or leave the file out.`
  throw new MillraceError('INPUT_DAMAGED', `${file} is of no known format`, { file, fix })
}

/** The reader that the file's extension says, if any. */
export function readerByExtension(file: string): ReaderDefinition | undefined {
  const extension = path.extname(decompressedName(file)).toLowerCase()
  return Object.values(readers).find(({ extensions }) => extensions.includes(extension))
}

/** `jsonl` where the first line that is not empty is a JSON object, `text` for any other text. */
function readerByContent(head: Buffer): ReaderDefinition | undefined {
  const complete = head.length < SNIFF_BYTES
  const lineEnd = head.lastIndexOf('\n')
  const lines = complete || lineEnd < 0 ? head : head.subarray(0, lineEnd)
  if (head.includes(0)) return undefined
  const first =
    lines
      .toString('utf8')
      .replace(/^\uFEFF/, '')
      .trimStart()
      .split('\n', 1)[0] ?? ''
  if (first.startsWith('{') && isObject(first)) return registered.jsonl
  // The last character may be cut: up to three bytes of it are left.
  const cuts = complete ? [0] : [0, 1, 2, 3]
  const isText = cuts.some((cut) => isUtf8(head.subarray(0, head.length - cut)))
  return isText && !/^[{[]/.test(first) ? registered.text : undefined
}

function isObject(json: string): boolean {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null
  } catch {
    return false
  }
}

async function firstBytes(file: string): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of readChunks(file)) {
    if (!(chunk instanceof Uint8Array)) break
    parts.push(chunk)
    bytes += chunk.length
    if (bytes >= SNIFF_BYTES) break
  }
  return Buffer.concat(parts).subarray(0, SNIFF_BYTES)
}
