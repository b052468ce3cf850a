import { createWriteStream } from 'node:fs'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { MillraceError } from './errors.ts'
import { type Chunk, MAX_RECORD_BYTES, type ReaderItem } from './readers/define-reader.ts'
import { readerFor, readItems } from './readers/index.ts'
import { distinctFiles, expandPattern } from './recipe/source-files.ts'

/** Standard input, among the files of a command. */
export const STANDARD_INPUT = '-'

/**
 * The files that a command's arguments stand for: paths, folders, glob patterns, `@LIST`s, and `-` for standard input. In
 * the order of the arguments; those of one argument in the order of their names, none twice. Throws INPUT_MISSING.
 */
export async function expandInputs(patterns: readonly string[], directory = '.'): Promise<string[]> {
  const files: string[] = []
  for (const pattern of patterns) {
    if (pattern === STANDARD_INPUT) {
      files.push(pattern)
      continue
    }
    const { files: found, problem } = await expandPattern(pattern, directory)
    if (problem !== undefined) {
      const facts = { file: pattern, fix: problem.fix }
      throw new MillraceError('INPUT_MISSING', `${JSON.stringify(pattern)} ${problem.message}`, facts)
    }
    // One file keeps the name that it was given, in what is told of it.
    const isItself = found.length === 1 && path.resolve(directory, pattern) === found[0]
    files.push(...(isItself ? [pattern] : await distinctFiles(found)))
  }
  return [...new Set(files)]
}

/** The items of all files that the arguments stand for, in batches, each with its file. */
export async function* readInputs(
  patterns: readonly string[],
  reader?: string,
): AsyncGenerator<{ readonly file: string; readonly items: ReaderItem[] }, void> {
  for (const file of await expandInputs(patterns)) {
    for await (const items of readInput(file, reader)) yield { file, items }
  }
}

/** The items of a file, or of standard input (`-`, JSON lines). `onBytes` is told the stored bytes as they are read. */
export async function* readInput(
  file: string,
  asked?: string,
  onBytes?: (bytes: number) => void,
): AsyncGenerator<ReaderItem[]> {
  if (file !== STANDARD_INPUT) {
    const reader = await readerFor(file, asked)
    // A reader of positions would read the file once more for that.
    const isTold = onBytes !== undefined && reader.read !== undefined
    const hash = { update: (bytes: Uint8Array): void => onBytes?.(bytes.byteLength) }
    yield* readItems(file, reader.name, isTold ? { hash } : {})
    return
  }
  const { name, read } = await readerFor(file, asked ?? 'jsonl')
  if (read === undefined) {
    const fix = 'Write it to a file, and name that.'
    throw new MillraceError('USAGE', `${name} cannot be read from standard input`, { got: name, fix })
  }
  yield* read(standardInput(onBytes), { maxRecordBytes: MAX_RECORD_BYTES })
}

/** Standard input as a file, for what reads it more than once. */
export async function spoolStandardInput(file: string): Promise<void> {
  await pipeline(process.stdin, createWriteStream(file))
}

async function* standardInput(onBytes?: (bytes: number) => void): AsyncGenerator<Chunk> {
  for await (const chunk of process.stdin) {
    const bytes =
      typeof chunk === 'string' ? Buffer.from(chunk) : chunk instanceof Uint8Array ? chunk : new Uint8Array()
    onBytes?.(bytes.byteLength)
    yield bytes
  }
}
