import { createHash } from 'node:crypto'
import path from 'node:path'
import { kindOf } from '../../lib/documents/own-path.ts'
import { MillraceError } from '../../lib/errors.ts'
import { readerFor, readItems } from '../../lib/readers/index.ts'
import { decompressedName } from '../../lib/storage/input-file.ts'
import { type BenchmarkIndex, createIndexBuilder } from './benchmark-index.ts'
import {
  type BenchmarkDefinition,
  type BenchmarkItem,
  benchmarkFor,
  benchmarkNames,
  benchmarks,
} from './benchmarks/index.ts'
import { nestedRecords } from './benchmarks/nested.ts'
import type { BenchmarkUse, DecontaminateSettings, MatchSettings } from './settings.ts'

/** A record of a benchmark may be a whole file of it (TriviaQA's are one object). Bytes; a string of JavaScript holds no more. */
const MAX_BENCHMARK_RECORD_BYTES = 256 << 20

/** Benchmarks ready to be looked for. */
export interface LoadedBenchmarks {
  readonly index: BenchmarkIndex
  /** SHA-256 (hex) of each file's stored bytes, in the order of the benchmarks. */
  readonly hashes: readonly string[]
  /** Revisions of their mappings, likewise. */
  readonly revisions: readonly number[]
}

/** A benchmark's name: as it is called, else its file's name in the letters that names have. */
export function benchmarkName({ file, as }: Pick<BenchmarkUse, 'file' | 'as'>): string {
  if (as !== undefined) return as
  const base = path
    .basename(decompressedName(file))
    .replace(/\.[^.]*$/, '')
    .toLowerCase()
  const name = base.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^[-0-9]+|-+$/g, '')
  return name.slice(0, 64) || 'benchmark'
}

/**
 * Reads the benchmarks' files into one index. `directory`: what their paths are relative to. Throws INPUT_MISSING and
 * INPUT_DAMAGED, also for a record that cannot be read or has nothing to look for: a benchmark is whole or it is not one.
 */
export async function loadBenchmarks(
  settings: MatchSettings & Pick<DecontaminateSettings, 'benchmarks' | 'ignore'>,
  directory: string,
): Promise<LoadedBenchmarks> {
  const builder = createIndexBuilder(settings, settings.ignore)
  const hashes: string[] = []
  const revisions: number[] = []
  for (const use of settings.benchmarks) {
    const file = path.resolve(directory, use.file)
    const name = benchmarkName(use)
    const { items, revision } = benchmarkFor(name, use.fields)
    const reader = await readerFor(file)
    const hash = createHash('sha256')
    builder.begin(name)
    let number = 0
    for await (const batch of readItems(file, reader.name, {
      hash,
      maxRecordBytes: MAX_BENCHMARK_RECORD_BYTES,
    })) {
      for (const record of batch) {
        if (record.kind === 'bad') {
          throw unusable(use.file, record.offset, `${record.reason}: ${record.detail}`, 'Repair the file.')
        }
        const { value } = record
        const found = itemsIn(value, number, items)
        if (found.length === 0) throw nothingIn(value, name, use, record.offset)
        for (const item of found) builder.add(item)
        number++
      }
    }
    if (number === 0) throw unusable(use.file, 0, 'it has no record', 'Name a file with items.')
    hashes.push(hash.digest('hex'))
    revisions.push(revision)
  }
  return { index: builder.finish(), hashes, revisions }
}

/** Lists in lists that are looked into: the questions of the articles of SQuAD are two deep. */
const MOST_NESTED = 3

/** The items of a record, or of the records that it lists. */
function itemsIn(
  value: unknown,
  number: number,
  items: BenchmarkDefinition['items'],
  depth = 0,
): BenchmarkItem[] {
  if (typeof value !== 'object' || value === null) return []
  const found = items(value, number)
  if (found.length > 0 || depth === MOST_NESTED) return found
  return nestedRecords(value).flatMap((each, at) => itemsIn(each, number + at, items, depth + 1))
}

function nothingIn(value: unknown, name: string, use: BenchmarkUse, offset: number): MillraceError {
  const keys = typeof value === 'object' && value !== null ? Object.entries(value).slice(0, 8) : []
  const shown = keys.map(([key, held]) => (typeof held === 'string' ? key : `${key} (${kindOf(held)})`))
  const sought =
    use.fields !== undefined
      ? 'nothing that the fields given lead to'
      : Object.hasOwn(benchmarks, name)
        ? `nothing that mapping ${name} knows`
        : 'no text under question, answer or passage'
  const fix =
    `Say where its parts are: fields: {question: KEY, answer: KEY} in a recipe, --benchmark-field question=KEY to a ` +
    `command; or name it as a known benchmark (${benchmarkNames.join(', ')}). Its keys are ${shown.join(', ') || 'none'}.`
  return unusable(use.file, offset, `there is ${sought}`, fix)
}

function unusable(file: string, offset: number, what: string, fix: string): MillraceError {
  return new MillraceError('INPUT_DAMAGED', `benchmark ${file}: record at ${offset}: ${what}`, {
    file,
    record: offset,
    fix,
  })
}
