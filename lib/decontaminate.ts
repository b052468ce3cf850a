import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import {
  type BenchmarkTally,
  type BenchmarkUse,
  benchmarkName,
  type Contamination,
  createDecontaminator,
  createTally,
  type DecontaminateSettings,
  decontaminateSettings,
  type Evidence,
  loadBenchmarks,
  type Tally,
  uncheckableItems,
} from '../filters/decontaminate/index.ts'
import { createMapper, type MapperSettings } from './documents/fields.ts'
import { withOwnPath } from './documents/own-path.ts'
import { MillraceError } from './errors.ts'
import { type MappingOptions, mapperSettings } from './head.ts'
import { expandInputs, readInput } from './inputs.ts'
import { keptFile, removeOtherKept } from './kept-files.ts'
import type { ReaderItem } from './readers/define-reader.ts'
import { wrongSetting } from './recipe/problem.ts'
import { schemaProblems } from './recipe/schema-problems.ts'
import {
  commitUnlessEmpty,
  createOutputFile,
  guarded,
  type OutputFile,
  writeWhole,
} from './storage/output-file.ts'
import { compressZstd } from './storage/zstd.ts'

export interface DecontaminateOptions extends MappingOptions {
  readonly out: string
  readonly benchmarks: readonly BenchmarkUse[]
  /** Settings of the recipe's `decontaminate` but `benchmarks`, e.g. `{ngram: 8, action: 'cut'}`. */
  readonly settings?: Readonly<Record<string, unknown>>
}

export interface DecontaminateSummary {
  readonly documents: number
  readonly kept: number
  /** Documents in which something was found: dropped, cut and reported ones. */
  readonly contaminated: number
  readonly cut: number
  readonly unreadable: number
  readonly benchmarks: Readonly<Record<string, Omit<BenchmarkTally, 'tokens'>>>
  readonly files: readonly string[]
}

/** A line of `contaminated.jsonl`. */
export interface ContaminatedLine extends Evidence {
  readonly id: string
  readonly outcome: Contamination['outcome']
}

/** Bytes of lines that make one compressed frame. */
const FRAME_BYTES = 4 << 20

/**
 * Takes what is of benchmarks out of files: `kept-N.jsonl.zst` with the records that stay, a file an input, in order;
 * `contaminated.jsonl` with a line for each item of a benchmark that was found in a document, with both texts, by the input's
 * own ids (or file:offset where there is none); `quarantine.jsonl` with the records that could not be read, and
 * `uncheckable.jsonl` with the items that cannot be looked for. The same matching as in a build.
 */
export async function decontaminate(
  inputs: readonly string[],
  options: DecontaminateOptions,
): Promise<DecontaminateSummary> {
  const files = await expandInputs(inputs)
  const settings = settingsOf(options)
  const mapping = mapperSettings(options)
  const { index } = await loadBenchmarks(settings, process.cwd())
  const folder = options.out
  await guarded(folder, () => mkdir(folder, { recursive: true }))
  const counts = { documents: 0, kept: 0, contaminated: 0, cut: 0, unreadable: 0 }
  const tally = createTally(index.benchmarks)
  const written: string[] = []
  const contaminated = await createOutputFile(path.join(folder, 'contaminated.jsonl'))
  const quarantine = await createOutputFile(path.join(folder, 'quarantine.jsonl'))
  const judge = createJudge(mapping, createDecontaminator(index, settings), tally, counts)
  try {
    for (const [number, file] of files.entries()) {
      const kept = await createOutputFile(keptFile(folder, number))
      try {
        const frame = createFrame(kept)
        for await (const items of readInput(file)) {
          for (const item of items) {
            const { record, lines, problem } = judge(item, file)
            if (problem !== undefined) await quarantine.write(line(problem))
            for (const one of lines) await contaminated.write(line(one))
            if (record !== undefined) await frame.add(record, item.bytes)
          }
        }
        await frame.flush()
        written.push((await kept.commit()).path)
      } finally {
        await kept.abort()
      }
    }
    written.push((await contaminated.commit()).path)
    await removeOtherKept(folder, files.length, files)
    const bad = await commitUnlessEmpty(quarantine)
    if (bad !== undefined) written.push(bad.path)
    const unchecked = uncheckableItems(index)
    const list = path.join(folder, 'uncheckable.jsonl')
    if (unchecked.length === 0) await rm(list, { force: true })
    else written.push((await writeWhole(list, Buffer.concat(unchecked.map(line)))).path)
  } finally {
    await contaminated.abort()
    await quarantine.abort()
  }
  return { ...counts, benchmarks: tally.result(), files: written }
}

function settingsOf({ settings, benchmarks }: DecontaminateOptions): DecontaminateSettings {
  const input = { ...settings, benchmarks }
  const parsed = decontaminateSettings.safeParse(input)
  if (!parsed.success)
    throw wrongSetting(schemaProblems(decontaminateSettings, input, parsed.error.issues, []))
  const names = parsed.data.benchmarks.map(benchmarkName)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) {
    throw new MillraceError('USAGE', `two benchmarks are called ${twice}`, {
      got: twice,
      fix: 'Name one of them differently: --benchmark FILE:name.',
    })
  }
  return parsed.data
}

interface Judged {
  /** What is written of the record; undefined where it goes. */
  readonly record?: unknown
  readonly lines: readonly ContaminatedLine[]
  readonly problem?: unknown
}

function createJudge(
  mapping: MapperSettings,
  find: ReturnType<typeof createDecontaminator>,
  tally: Tally,
  counts: Record<'documents' | 'kept' | 'contaminated' | 'cut' | 'unreadable', number>,
): (item: ReaderItem, file: string) => Judged {
  const map = createMapper(mapping)
  return (item, file) => {
    const { offset } = item
    const mapped = item.kind === 'bad' ? item : map(item.value)
    if ('reason' in mapped || item.kind === 'bad') {
      const { reason, detail } = 'reason' in mapped ? mapped : { reason: '', detail: '' }
      counts.unreadable++
      return { lines: [], problem: { file, offset, reason, detail } }
    }
    counts.documents++
    // A text that a template made has no place in the record that a shorter one could go to.
    const found = find(Buffer.from(mapped.document.text), mapping.template === undefined)
    if (found === undefined) {
      counts.kept++
      return { record: item.value, lines: [] }
    }
    const { outcome } = found
    const id = mapped.document.id ?? `${file}:${offset}`
    const lines = found.evidence.map((evidence) => ({ id, outcome, ...evidence }))
    tally.add(found.evidence, 0)
    counts.contaminated++
    if (outcome === 'dropped') return { lines }
    counts.kept++
    if (outcome === 'reported') return { record: item.value, lines }
    counts.cut++
    const text = Buffer.from(found.text).toString('utf8')
    return { record: withOwnPath(item.value, mapping.fields?.text ?? 'text', text), lines }
  }
}

function createFrame(output: OutputFile): {
  add(record: unknown, bytes: number): Promise<void>
  flush(): Promise<void>
} {
  let lines: Buffer[] = []
  let size = 0
  const flush = async (): Promise<void> => {
    if (lines.length > 0) await output.write(await compressZstd(Buffer.concat(lines)))
    lines = []
    size = 0
  }
  return {
    async add(record, bytes) {
      lines.push(line(record))
      size += bytes
      if (size >= FRAME_BYTES) await flush()
    },
    flush,
  }
}

function line(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`)
}
