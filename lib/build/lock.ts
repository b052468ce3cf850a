import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { MillraceError, systemCode, systemReason } from '../errors.ts'

/**
 * Takes the build's folder for this process; the returned function gives it back. A lock whose process is gone (killed, or
 * the machine restarted) is taken over. Throws OUTPUT_LOCKED where another process of this machine holds it, or one of
 * another machine did.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const file = path.join(folder, 'build.lock')
  const own = JSON.stringify({ process: process.pid, startedAt, host: os.hostname() })
  try {
    await mkdir(folder, { recursive: true })
    await writeFile(file, own, { flag: 'wx' }).catch(async (error: unknown) => {
      if (systemCode(error) !== 'EEXIST') throw error
      const holder = await readHolder(file)
      if (holder !== undefined && isAlive(holder)) throw locked(folder, holder)
      await writeFile(file, own)
      // Another process may take over the same lock just now; whoever wrote last has it.
      await delay(SETTLE_MS)
      const now = await readHolder(file)
      if (now !== undefined && !isOwn(now)) throw locked(folder, now)
    })
  } catch (error) {
    const code = systemCode(error)
    if (code === undefined) throw error
    throw new MillraceError(
      'OUTPUT_UNWRITABLE',
      `cannot write into ${folder}: ${systemReason(error)}`,
      { file: folder, got: code, fix: 'Choose a folder that you may write to (--out, or --index of dedup).' },
      { cause: error },
    )
  }
  return () => rm(file, { force: true })
}

/** Milliseconds that a process needs, with room to spare, to write its lock. */
const SETTLE_MS = 100

/** Tells this process from an earlier one of the same number: numbers start anew with a machine or a container. */
const startedAt = Math.round(performance.timeOrigin)

interface Holder {
  readonly process: number
  readonly startedAt: number
  readonly host: string
}

/** Undefined where the lock is torn: its writer was killed at it. One that is being written is whole at the second look. */
async function readHolder(file: string): Promise<Holder | undefined> {
  const holder = await parseHolder(file)
  if (holder !== undefined) return holder
  await delay(SETTLE_MS)
  return parseHolder(file)
}

async function parseHolder(file: string): Promise<Holder | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'))
    if (typeof value !== 'object' || value === null || !('process' in value) || !('host' in value))
      return undefined
    const started = 'startedAt' in value && typeof value.startedAt === 'number' ? value.startedAt : 0
    return typeof value.process === 'number' && typeof value.host === 'string'
      ? { process: value.process, startedAt: started, host: value.host }
      : undefined
  } catch {
    return undefined
  }
}

function isOwn(holder: Holder): boolean {
  return holder.process === process.pid && holder.startedAt === startedAt && holder.host === os.hostname()
}

function isAlive(holder: Holder): boolean {
  if (holder.host !== os.hostname()) return true
  if (holder.process === process.pid) return isOwn(holder)
  try {
    process.kill(holder.process, 0)
    return true
  } catch (error) {
    return systemCode(error) === 'EPERM'
  }
}

function locked(folder: string, { process: pid, host }: Holder): MillraceError {
  return new MillraceError('OUTPUT_LOCKED', `process ${pid} on ${host} is building into ${folder}`, {
    file: path.join(folder, 'build.lock'),
    got: pid,
    fix: `Wait for it, or choose another --out. If it is gone for good, delete build.lock.`,
  })
}
