/**
 * Completion records: what makes a resume trustworthy. A unit is complete when its record is here, its key is the one
 * asked for, and its files exist with the recorded sizes. Each process appends to a journal file of its own, one JSON
 * line a record with a check sum, so that a torn last line (the process was killed while writing) is simply not there.
 */
import { createHash } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { guarded, type WrittenFile } from './storage/output-file.ts'
import { parseOwnJson } from './storage/own-json.ts'

/** What is known of a finished unit. `files` have paths relative to the build's folder. */
export interface Completion<Result = unknown> {
  readonly id: string
  /** Hash of everything that the outputs depend on: step revision, its slice of the settings, its inputs' hashes. */
  readonly key: string
  readonly files: readonly WrittenFile[]
  /** Counts that later steps and the ledger are made of. JSON. */
  readonly result: Result
  /** The unit has not run under this key: it is taken to give the counts of its last run, and files of other content. */
  readonly foreseen?: true
}

/** The records of a build, as they were when they were read. */
export interface Records {
  /** The completion of `id` if it is complete under `key`, else undefined. */
  find(id: string, key: string): Promise<Completion | undefined>
  /** The last record of `id` under any key. */
  last(id: string): Completion | undefined
  /** The last record of every unit. */
  all(): readonly Completion[]
}

export interface Journal extends Omit<Records, 'all'> {
  /** Resolves once the record is on disk. Records that arrive while one is being synced share the next sync. */
  append(completion: Completion): Promise<void>
  /**
   * Records that `id` is complete under no key; resolves once that is on disk. Comes before its outputs are touched: else a
   * build that is killed while it writes them anew, and then goes back to its earlier settings, would find the earlier
   * record beside other content of the same size.
   */
  forget(id: string): Promise<void>
  close(): Promise<void>
}

/** Opens the journals of the build in `folder` and starts one for this process. */
export async function openJournal(folder: string, startedAt: number): Promise<Journal> {
  const directory = path.join(folder, 'journal')
  await guarded(directory, () => mkdir(directory, { recursive: true }))
  const names = await journalNames(directory)
  const known = await readJournals(directory, names)
  // After every journal that is there, also where the clock was set back: the last record of a unit is the one that holds.
  const latest = Number.parseInt(names.at(-1) ?? '0', 10)
  const name = `${String(Math.max(startedAt, latest + 1)).padStart(14, '0')}-${process.pid}.jsonl`
  const writer = createGroupWriter(path.join(directory, name))
  return {
    ...recordsOf(folder, known),
    async append(completion) {
      known.set(completion.id, completion)
      await writer.write(encodeLine(completion))
    },
    async forget(id) {
      known.delete(id)
      await writer.write(encodeLine({ id, key: FORGOTTEN, files: [], result: null }))
    },
    close: () => writer.close(),
  }
}

/** Reads the journals of the build in `folder`, and writes nothing; there are no records where there is no build. */
export async function readRecords(folder: string): Promise<Records> {
  const directory = path.join(folder, 'journal')
  const known = await readJournals(directory, await journalNames(directory).catch(() => []))
  return { ...recordsOf(folder, known), all: () => [...known.values()] }
}

function recordsOf(folder: string, known: ReadonlyMap<string, Completion>): Omit<Records, 'all'> {
  return {
    async find(id, key) {
      const found = known.get(id)
      return found?.key === key && (await filesAreThere(folder, found.files)) ? found : undefined
    },
    last: (id) => known.get(id),
  }
}

async function journalNames(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((file) => file.endsWith('.jsonl')).toSorted()
}

/** The key of a record that says that its unit is not complete. */
const FORGOTTEN = ''

async function readJournals(directory: string, names: readonly string[]): Promise<Map<string, Completion>> {
  const known = new Map<string, Completion>()
  for (const name of names) {
    for (const line of (await readFile(path.join(directory, name), 'utf8')).split('\n')) {
      const completion = decodeLine(line)
      if (completion === undefined) continue
      if (completion.key === FORGOTTEN) known.delete(completion.id)
      else known.set(completion.id, completion)
    }
  }
  return known
}

function encodeLine(completion: Completion): string {
  const body = JSON.stringify(completion)
  return `${checkSum(body)} ${body}\n`
}

/** The record of one line, or undefined where the line is torn or altered. */
function decodeLine(line: string): Completion | undefined {
  const space = line.indexOf(' ')
  const body = line.slice(space + 1)
  if (space !== 16 || checkSum(body) !== line.slice(0, space)) return undefined
  return parseOwnJson<Completion>(body)
}

function checkSum(body: string): string {
  return createHash('sha256').update(body).digest('hex').slice(0, 16)
}

async function filesAreThere(folder: string, files: readonly WrittenFile[]): Promise<boolean> {
  for (const file of files) {
    const found = await stat(path.join(folder, file.path)).catch(() => undefined)
    if (found?.size !== file.bytes) return false
  }
  return true
}

/** Group commit: lines that arrive during a sync go out together with the next one. */
function createGroupWriter(file: string): { write(line: string): Promise<void>; close(): Promise<void> } {
  let handle: FileHandle | undefined
  let waiting: string[] = []
  let current: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined
  const flush = async (): Promise<void> => {
    next = undefined
    const lines = waiting.join('')
    waiting = []
    await guarded(file, async () => {
      handle ??= await open(file, 'a')
      await handle.writeFile(lines)
      await handle.datasync()
    })
  }
  return {
    async write(line) {
      waiting.push(line)
      if (next === undefined) {
        next = current.then(flush)
        current = next
      }
      await next
    },
    async close() {
      await current.catch(() => undefined) // whoever waited for the write has the error
      await handle?.close()
    },
  }
}
