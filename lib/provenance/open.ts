import path from 'node:path'
import { readManifest } from '../build/manifest.ts'
import type { FinishedBuild } from './records.ts'

/** Opens a finished build for look-ups. Throws NOT_FOUND or OUTPUT_DAMAGED. */
export async function openBuild(folder: string): Promise<FinishedBuild> {
  const absolute = path.resolve(folder)
  return { folder: absolute, manifest: await readManifest(absolute) }
}
