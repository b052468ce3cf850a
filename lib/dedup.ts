import { mkdir, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { runDedup } from './build/dedup.ts'
import { type DuplicateVerdict, dedupVerdicts } from './build/dedup-verdicts.ts'
import { writeQuarantine } from './build/quarantine.ts'
import { readPiece } from './build/refine.ts'
import { type Refined, runRefine } from './build/refine-units.ts'
import { createSession } from './build/session.ts'
import { type Split, survey } from './build/survey.ts'
import { loadTables } from './build/tables.ts'
import { uidToHex } from './documents/uid.ts'
import { createLocalExecutor } from './execute/local.ts'
import { type MappingOptions, mapperSettings } from './head.ts'
import { STANDARD_INPUT, spoolStandardInput } from './inputs.ts'
import { openJournal } from './journal.ts'
import type { ReaderItem } from './readers/define-reader.ts'
import { type LoadedRecipe, resolveRecipe } from './recipe/load.ts'
import { openTable, type Table } from './storage/arrow-table.ts'
import { createOutputFile, writeWhole } from './storage/output-file.ts'
import { compressZstd } from './storage/zstd.ts'

export interface DedupOptions extends MappingOptions {
  readonly out: string
  readonly method?: string
  /** Settings of the method, e.g. `{threshold: 0.8, ngram: 5}`. */
  readonly settings?: Readonly<Record<string, unknown>>
  readonly workers?: number
}

export interface DedupSummary {
  readonly documents: number
  readonly kept: number
  readonly duplicates: number
  readonly unreadable: number
  readonly files: readonly string[]
}

/** The name of the only source of a deduplication without a recipe. */
const SOURCE = 'input'

/**
 * Deduplicates files: `kept-N.jsonl.zst` with the documents that stay, in input order, and `duplicates.jsonl` with a line
 * `{"id", "duplicateOf", "similarity"}` for each that goes, by the input's own ids. The same steps as in a build.
 */
export async function dedup(files: readonly string[], options: DedupOptions): Promise<DedupSummary> {
  const folder = path.resolve(options.out)
  const work = path.join(folder, 'work')
  await mkdir(folder, { recursive: true })
  const loaded = await recipeFor(await spooled(files, work), options)
  const tables = await loadTables(loaded.recipe, loaded.directory)
  const { recipe, directory } = loaded
  const executor = createLocalExecutor(options.workers ?? os.availableParallelism(), {
    folder,
    directory,
    recipe,
    tables,
  })
  const journal = await openJournal(work, Date.now())
  try {
    const session = createSession({ folder, journal, executor, onEvent: () => undefined })
    const splits = await survey(loaded)
    const refined = await runRefine(session, folder, recipe, splits, tables.modelHashes)
    const { verdicts } = await runDedup(session, recipe, refined)
    const quarantine = await writeQuarantine(folder, refined.parts)
    const written = await writeResults({ folder, loaded, splits, refined, verdicts })
    if (quarantine.bytes === 0) await rm(quarantine.path)
    return written
  } finally {
    await executor.close()
    await journal.close()
    await rm(work, { recursive: true, force: true })
  }
}

/** The files; standard input as one that can be read twice. */
async function spooled(files: readonly string[], work: string): Promise<string[]> {
  if (!files.includes(STANDARD_INPUT)) return [...files]
  const file = path.join(work, 'stdin.jsonl')
  await mkdir(work, { recursive: true })
  await spoolStandardInput(file)
  return files.map((each) => (each === STANDARD_INPUT ? file : each))
}

/** A recipe of one source; its stage is never planned. */
async function recipeFor(files: readonly string[], options: DedupOptions): Promise<LoadedRecipe> {
  const method = options.method ?? 'minhash'
  return resolveRecipe(
    {
      name: 'dedup',
      sources: {
        [SOURCE]: {
          files: [...files],
          license: 'NOASSERTION',
          acquisition: 'other',
          ...mapperSettings(options),
        },
      },
      dedup: [{ [method]: options.settings ?? {} }],
      stages: [{ name: 'none', tokens: 1, mix: { [SOURCE]: 1 } }],
      phases: [{ sequenceLength: 2 }],
    },
    { directory: process.cwd() },
  )
}

interface Outcome {
  readonly folder: string
  readonly loaded: LoadedRecipe
  readonly splits: readonly Split[]
  readonly refined: Refined
  readonly verdicts: readonly string[]
}

/** Bytes of lines that make one compressed frame. */
const FRAME_BYTES = 4 << 20

async function writeResults(outcome: Outcome): Promise<DedupSummary> {
  const { folder, loaded, splits, refined, verdicts } = outcome
  const idOf = await idsOfKept(outcome)
  const counts = { documents: 0, kept: 0, duplicates: 0, unreadable: 0 }
  const files: string[] = []
  let duplicates = ''
  let firstPart = 0
  for (const [number, split] of splits.entries()) {
    const parts = refined.completions[number]?.result.parts ?? []
    const records = recordsOf(
      folder,
      parts.map((part) => part.path),
      verdicts,
      firstPart,
    )
    firstPart += parts.length
    const output = await createOutputFile(
      path.join(folder, `kept-${String(number).padStart(5, '0')}.jsonl.zst`),
    )
    try {
      let lines: string[] = []
      let bytes = 0
      const flush = async (): Promise<void> => {
        await output.write(await compressZstd(Buffer.from(lines.join(''))))
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
          if (record.verdict === undefined) {
            counts.kept++
            lines.push(`${JSON.stringify(item.value)}\n`)
            bytes += item.bytes
            if (bytes >= FRAME_BYTES) await flush()
          } else {
            counts.duplicates++
            const { duplicateOf, similarity } = record.verdict
            duplicates += `${JSON.stringify({ id: record.id ?? `${file}:${item.offset}`, duplicateOf: idOf.get(duplicateOf) ?? duplicateOf, similarity })}\n`
          }
        }
      }
      if (lines.length > 0) await flush()
      files.push((await output.commit()).path)
    } finally {
      await output.abort()
      await records.return(undefined)
    }
  }
  files.push((await writeWhole(path.join(folder, 'duplicates.jsonl'), duplicates)).path)
  return { ...counts, files }
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
}

/** The rows of some parts' records, in order, with what dedup says of each. */
async function* recordsOf(
  folder: string,
  parts: readonly string[],
  verdictRuns: readonly string[],
  firstPart: number,
): AsyncGenerator<RecordVerdict, undefined> {
  for (const [at, part] of parts.entries()) {
    const verdicts = dedupVerdicts(folder, verdictRuns, firstPart + at)
    const table: Table = await openTable(path.join(folder, `${part}.records.arrow`))
    try {
      for (let row = 0; row < table.rows; row++) {
        const { fate, id, uid, document } = await table.rowAt(row)
        yield {
          fate: String(fate),
          id: typeof id === 'string' ? id : null,
          uid: uid instanceof Uint8Array ? uidToHex(uid) : '',
          verdict: typeof document === 'number' ? verdicts.get(document) : undefined,
        }
      }
    } finally {
      await table.close()
    }
  }
  return undefined
}

/** The input's ids of the documents that others are duplicates of, by uid: one entry a cluster. */
async function idsOfKept({ folder, loaded, refined, verdicts }: Outcome): Promise<Map<string, string>> {
  const wanted = new Set<string>()
  const paths = refined.parts.map((part) => part.path)
  for (const index of paths.keys()) {
    for (const { duplicateOf } of dedupVerdicts(folder, verdicts, index).values()) wanted.add(duplicateOf)
  }
  const ids = new Map<string, string>()
  if (wanted.size === 0 || loaded.recipe.dedup.length === 0) return ids
  for await (const { uid, id } of recordsOf(folder, paths, [], 0)) {
    if (id !== null && wanted.has(uid)) ids.set(uid, id)
  }
  return ids
}
