/** What the tests of whole builds share: the command line as a child process, and what a build left in its folder. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseOwnJson } from '../../lib/storage/own-json.ts'

const main = fileURLToPath(new URL('../../dist/lib/cli/main.js', import.meta.url))

export interface Finished {
  /** Exit code, or null where a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly done: Promise<Finished>
  readonly pid: number
  isRunning(): boolean
  kill(signal: NodeJS.Signals): void
}

/** Starts the compiled command line; `npm test` builds it first. */
export function start(args: readonly string[]): Running {
  return startProcess(process.execPath, [main, ...args])
}

/** Starts the command line under a shell that first runs `before`, such as a `ulimit`. */
export function startAfter(before: string, args: readonly string[]): Running {
  return startProcess('/bin/sh', ['-c', `${before} && exec "$@"`, 'sh', process.execPath, main, ...args])
}

function startProcess(command: string, args: readonly string[]): Running {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const done = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null
  return { done, pid: child.pid ?? 0, isRunning, kill: (signal) => child.kill(signal) }
}

export function run(...args: readonly string[]): Promise<Finished> {
  return start(args).done
}

export interface BuildOutput {
  readonly ran: number
  readonly reused: number
  readonly digest: string
}

/** Runs `millrace build` to its end, which must be a good one. */
export async function buildWithCli(recipe: string, out: string, workers: number): Promise<BuildOutput> {
  const { code, stdout, stderr } = await run(
    'build',
    recipe,
    '--out',
    out,
    '--workers',
    String(workers),
    '--json',
  )
  if (code !== 0) throw new Error(`millrace build exited with ${code}:\n${stderr}`)
  return parseOwnJson<BuildOutput>(stdout)
}

/** A new folder for one test file's builds; the caller removes it. */
export function temporaryFolder(): Promise<string> {
  return mkdtemp(path.join(os.tmpdir(), 'millrace-build-'))
}

export async function writeRecipe(folder: string, recipe: unknown, name = 'recipe.yaml'): Promise<string> {
  const file = path.join(folder, name)
  await writeFile(file, JSON.stringify(recipe, undefined, 2))
  return file
}

/** Every file under `folder`, as paths relative to it with forward slashes, sorted; none where there is no folder. */
export async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .toSorted()
}

/** SHA-256 by path of what a training run reads: shards and holdout with their placements, the schedule and the ledger. */
export async function outputHashes(out: string): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {}
  for (const file of await filesUnder(out)) {
    if (!/^(shards\/|holdout\/|schedule\.json$|ledger\.json$)/.test(file)) continue
    hashes[file] = createHash('sha256')
      .update(await readFile(path.join(out, file)))
      .digest('hex')
  }
  return hashes
}

/** Ids of the units that each process of a build completed, in its order; the oldest process first. */
export async function completedUnits(out: string): Promise<string[][]> {
  const directory = path.join(out, 'journal')
  const names = (await readdir(directory).catch((): string[] => [])).toSorted()
  return Promise.all(
    names.map(async (name) =>
      (await readFile(path.join(directory, name), 'utf8'))
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => parseOwnJson<{ id: string; key: string }>(line.slice(line.indexOf(' ') + 1)))
        .filter(({ key }) => key !== '')
        .map(({ id }) => id),
    ),
  )
}

/** How many units of each step are in `ids`. */
export function byStep(ids: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const id of ids) {
    const step = id.slice(0, id.indexOf('/'))
    counts[step] = (counts[step] ?? 0) + 1
  }
  return counts
}

/** Temporary files that a killed process left anywhere in the build. */
export async function temporariesIn(out: string): Promise<string[]> {
  return (await filesUnder(out)).filter((file) => file.includes('.tmp-'))
}
