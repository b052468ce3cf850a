import type { Ledger } from '../ledger.ts'
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

/** Throws NOT_FOUND, naming the sources that there are. */
export function sourceSummary({ manifest }: FinishedBuild, ledger: Ledger, source: string): SourceSummary {
  const documents = ledger.documents[source]
  if (documents === undefined) {
    throw notFound(
      `there is no source ${source}`,
      `Sources of this build: ${Object.keys(ledger.documents).join(', ')}.`,
    )
  }
  const segments = ledger.segments.flatMap(({ folder, pools }) =>
    Object.entries(pools)
      .filter(([pool]) => pool === source || pool.startsWith(`${source}.`))
      .map(([pool, { emitted, documents: count }]) => ({ folder, pool, tokens: emitted, documents: count })),
  )
  return { source, license: manifest.recipe.sources[source]?.license ?? '', ...documents, segments }
}
