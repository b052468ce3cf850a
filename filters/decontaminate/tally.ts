import type { Evidence } from './evidence.ts'

/** What was found of one benchmark. */
export interface BenchmarkTally {
  /** Items, and those that cannot be looked for: too short, or boilerplate. */
  readonly items: number
  readonly uncheckable: number
  /** Items that were found, and documents that have some; a document with items of two benchmarks counts for both. */
  readonly found: number
  readonly documents: number
  /** Tokens of those documents that went with them; of a cut one, of its spans. */
  readonly tokens: number
}

export interface Tally {
  add(evidence: readonly Evidence[], tokens: number): void
  result(): Record<string, BenchmarkTally>
}

/** Counts evidence by benchmark. Memory: the ids of the items that were found. */
export function createTally(
  benchmarks: readonly { readonly name: string; readonly items: number; readonly uncheckable: number }[],
): Tally {
  const counts = new Map(
    benchmarks.map(({ name }) => [name, { found: new Set<string>(), documents: 0, tokens: 0 }]),
  )
  return {
    add(evidence, tokens) {
      for (const { benchmark, item, alsoItems = [] } of evidence) {
        const count = counts.get(benchmark)
        for (const id of [item, ...alsoItems]) count?.found.add(id)
      }
      for (const benchmark of new Set(evidence.map((one) => one.benchmark))) {
        const count = counts.get(benchmark)
        if (count === undefined) continue
        count.documents++
        count.tokens += tokens
      }
    },
    result: () =>
      Object.fromEntries(
        benchmarks.map(({ name, items, uncheckable }) => {
          const { found, documents, tokens } = counts.get(name) ?? {
            found: new Set(),
            documents: 0,
            tokens: 0,
          }
          return [name, { items, uncheckable, found: found.size, documents, tokens }]
        }),
      ),
  }
}
