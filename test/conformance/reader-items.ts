import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Chunk, ReaderItem, ReadOptions, StreamReader } from '../../lib/readers/define-reader.ts'
import { readChunks } from '../../lib/storage/input-file.ts'

export const LIMIT = 1 << 20

export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of source) all.push(item)
  return all
}

/** `bytes` as chunks that end at `cuts`. */
export async function* chunked(bytes: Uint8Array, cuts: readonly number[] = []): AsyncGenerator<Chunk> {
  let from = 0
  for (const cut of [...cuts, bytes.length].toSorted((a, b) => a - b)) {
    if (cut > from) yield bytes.slice(from, cut)
    from = Math.max(from, cut)
  }
}

export async function itemsOf(
  reader: StreamReader,
  chunks: AsyncIterable<Chunk>,
  options: Partial<ReadOptions> = {},
): Promise<ReaderItem[]> {
  return (await collect(reader.read(chunks, { maxRecordBytes: LIMIT, ...options }))).flat()
}

export async function fileItems(reader: StreamReader, file: string): Promise<ReaderItem[]> {
  return itemsOf(reader, readChunks(file))
}

/** A folder that `remove` deletes. */
export function temporaryFolder(): {
  write(name: string, bytes: string | Uint8Array): string
  path: string
  remove(): void
} {
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-input-'))
  return {
    path: folder,
    write(name, bytes) {
      const file = path.join(folder, name)
      writeFileSync(file, bytes)
      return file
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Open descriptors of this process that lead into `folder`. */
export function openIn(folder: string): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder)
    } catch {
      return false // the descriptor of the listing itself
    }
  }).length
}
