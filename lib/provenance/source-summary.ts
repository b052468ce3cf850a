import { isOfBase } from '../build/pools.ts'
import { BASE_PREFIX } from '../recipe/base-name.ts'
import { baseOf } from './base.ts'
import { readLedger } from './read-ledger.ts'
import { type FinishedBuild, notFound } from './records.ts'

/** What became of a source as a whole. */
export interface SourceSummary {
  readonly source: string
  readonly license: string
  readonly records: number
  readonly fates: Readonly<Record<string, number>>
  readonly segments: readonly {
    readonly folder: string
    readonly pool: string
    readonly tokens: number
    readonly documents: number
  }[]
}

/** Of a source of the base (`base.web`), what the base made of it and what this build takes. Throws NOT_FOUND, naming the sources. */
export async function sourceSummary(build: FinishedBuild, source: string): Promise<SourceSummary> {
  const ledger = await readLedger(build.folder)
  const segments = ledger.segments.flatMap(({ folder, pools }) =>
    Object.entries(pools)
      .filter(([pool]) => pool === source || pool.startsWith(`${source}.`))
      .map(([pool, { emitted, documents: count }]) => ({ folder, pool, tokens: emitted, documents: count })),
  )
  const base = isOfBase(source) ? await baseOf(build) : undefined
  if (base !== undefined) {
    const before = await sourceSummary(base, source.slice(BASE_PREFIX.length))
    return { ...before, source, segments }
  }
  const documents = ledger.documents[source]
  if (documents === undefined) {
    throw notFound(
      `there is no source ${source}`,
      `Sources of this build: ${Object.keys(ledger.documents).join(', ')}.`,
    )
  }
  return { source, license: build.manifest.recipe.sources[source]?.license ?? '', ...documents, segments }
}
