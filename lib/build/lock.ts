import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { MillraceError, systemCode } from '../errors.ts'

/**
 * Takes the build's folder for this process; the returned function gives it back. A lock whose process is gone (killed, or
 * the machine restarted) is taken over. Throws OUTPUT_LOCKED where another process of this machine holds it, or one of
 * another machine did.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const file = path.join(folder, 'build.lock')
  const own = JSON.stringify({ process: process.pid, host: os.hostname() })
  try {
    await mkdir(folder, { recursive: true })
    await writeFile(file, own, { flag: 'wx' }).catch(async (error: unknown) => {
      if (systemCode(error) !== 'EEXIST') throw error
      const holder = await readHolder(file)
      if (holder !== undefined && isAlive(holder)) throw locked(folder, holder)
      await writeFile(file, own)
    })
  } catch (error) {
    const code = systemCode(error)
    if (code === undefined) throw error
    throw new MillraceError(
      'OUTPUT_UNWRITABLE',
      `cannot build into ${folder}: ${code}`,
      { file: folder, got: code, fix: 'Choose an --out folder that you may write to.' },
      { cause: error },
    )
  }
  return () => rm(file, { force: true })
}

interface Holder {
  readonly process: number
  readonly host: string
}

/** Undefined where the lock is torn: its writer was killed at it. */
async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'))
    if (typeof value !== 'object' || value === null || !('process' in value) || !('host' in value))
      return undefined
    return typeof value.process === 'number' && typeof value.host === 'string'
      ? { process: value.process, host: value.host }
      : undefined
  } catch {
    return undefined
  }
}

function isAlive(holder: Holder): boolean {
  if (holder.host !== os.hostname()) return true
  if (holder.process === process.pid) return true
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
