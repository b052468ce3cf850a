/** The build that another goes on from, for look-ups: its documents are its own to tell of. */
import path from 'node:path'
import { relativePath } from '../build/base-pools.ts'
import { isOfBase } from '../build/pools.ts'
import { MillraceError } from '../errors.ts'
import { type Base, openBase } from '../recipe/base.ts'
import { BASE_PREFIX } from '../recipe/base-name.ts'
import { type FinishedBuild, type RecordFacts, recordsOf } from './records.ts'

/** An opened build opens its base once. */
const bases = new WeakMap<FinishedBuild, Promise<Base>>()

/**
 * The base of a build, as it was when the build was made; undefined where it has none. Throws NOT_FOUND where it is not at
 * its place, OUTPUT_DAMAGED where it is not what it was.
 */
export async function baseOf(build: FinishedBuild): Promise<Base | undefined> {
  if (build.manifest.base === undefined) return undefined
  let base = bases.get(build)
  if (base === undefined) bases.set(build, (base = openRecorded(build)))
  return base
}

async function openRecorded({ folder, manifest }: FinishedBuild): Promise<Base> {
  const recorded = manifest.base
  const at = path.resolve(folder, recorded?.folder ?? '')
  const base = await openBase(at).catch((error: unknown) => {
    throw new MillraceError(
      'NOT_FOUND',
      `the base of this build is not in ${at}: ${error instanceof Error ? error.message : String(error)}`,
      {
        file: at,
        fix: 'Put it back, or build again with `base` at its new folder: nothing else is made anew.',
      },
      { cause: error },
    )
  })
  if (base.manifest.digest === recorded?.digest) return base
  throw new MillraceError('OUTPUT_DAMAGED', `the base in ${at} was built again, and is not what it was`, {
    file: path.join(at, 'manifest.json'),
    got: base.manifest.digest,
    limit: recorded?.digest,
    fix: 'Run this build again, so that it goes on from the base as it is now.',
  })
}

/** A document of a pool, in the build that its pool is from: this one, its base, or the base of that. */
export async function documentOf(
  build: FinishedBuild,
  pool: string,
  uid: Uint8Array,
): Promise<{
  origin: FinishedBuild
  found: Awaited<ReturnType<typeof recordsOf>>
  /** What it is known by, as seen from `build`. */
  records: readonly RecordFacts[]
}> {
  const base = isOfBase(pool) ? await baseOf(build) : undefined
  if (base === undefined) {
    const found = await recordsOf(build, uid)
    return { origin: build, found, records: found.map(({ facts }) => facts) }
  }
  const known = await documentOf(base, pool.slice(BASE_PREFIX.length), uid)
  return { ...known, records: known.records.map((facts) => seenFrom(build, base, facts)) }
}

/** A record of the base as seen from the build: its source by the name that it has there, its file from there. */
export function seenFrom(
  { folder, manifest }: FinishedBuild,
  base: FinishedBuild,
  facts: RecordFacts,
): RecordFacts {
  const file = path.resolve(base.folder, base.manifest.directory, facts.file)
  return {
    ...facts,
    source: `${BASE_PREFIX}${facts.source}`,
    file: relativePath(path.resolve(folder, manifest.directory), file),
  }
}
