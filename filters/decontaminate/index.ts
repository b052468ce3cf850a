/** Decontamination: what is of a benchmark in a document, with the evidence, and the text that is left. */
import type { BenchmarkIndex } from './benchmark-index.ts'
import { cut, joined, type Span } from './cut.ts'
import { type Evidence, evidenceOf } from './evidence.ts'
import { createScanner, type Found } from './scan.ts'
import type { DecontaminateSettings } from './settings.ts'

export { type BenchmarkIndex, createIndexBuilder } from './benchmark-index.ts'
export { benchmarkNames } from './benchmarks/index.ts'
export { joined, type Span } from './cut.ts'
export { type Evidence, uncheckableItems } from './evidence.ts'
export { benchmarkName, type LoadedBenchmarks, loadBenchmarks } from './load.ts'
export {
  type BenchmarkUse,
  type DecontaminateSettings,
  decontaminateSettings,
  matchSettings,
} from './settings.ts'
export { type BenchmarkTally, createTally, type Tally } from './tally.ts'

/** Raised when the same settings and benchmarks would find other spans, or show other evidence, than before. */
export const DECONTAMINATION_REVISION = 3

export interface Contamination {
  /** What becomes of the document: it goes, its text is another one, or it stays as it is. */
  readonly outcome: 'dropped' | 'cut' | 'reported'
  /** By place in the document; of a `cut` one, what the document had before. */
  readonly evidence: readonly Evidence[]
  /** Of a `cut` one: the spans of the document that are left, and their text. */
  readonly kept: readonly Span[]
  readonly text: Uint8Array
}

/** Undefined for a document that has nothing of a benchmark. `canCut`: false drops where `action` would cut. */
export type Decontaminator = (document: Uint8Array, canCut?: boolean) => Contamination | undefined

/** What a cut leaves is looked at again, at most so often: then the document goes. */
const MOST_CUTS = 8

function spansOf(found: readonly Found[]): Span[] {
  return found.map(({ start, end }) => [start, end])
}

export function createDecontaminator(
  index: BenchmarkIndex,
  { action, margin }: Pick<DecontaminateSettings, 'action' | 'margin'>,
): Decontaminator {
  const scan = createScanner(index)

  /** The spans that are left when nothing is found in them any more; none where that cannot be reached. */
  const withoutSpans = (document: Uint8Array, found: readonly Found[]): Span[] => {
    let kept: Span[] = [[0, document.length]]
    let spans = spansOf(found)
    for (let round = 0; round < MOST_CUTS; round++) {
      kept = cut(document, kept, spans, margin)
      const left = scan(joined(document, kept))
      if (left.found.length === 0) return kept
      if (!left.complete) return []
      spans = spansOf(left.found)
    }
    return []
  }

  return (document, canCut = true) => {
    const { found, complete } = scan(document)
    if (found.length === 0) return undefined
    const evidence = evidenceOf(index, document, found)
    const whole = { evidence, kept: [], text: document }
    if (action === 'report') return { outcome: 'reported', ...whole }
    const kept = action === 'cut' && canCut && complete ? withoutSpans(document, found) : []
    if (kept.length === 0) return { outcome: 'dropped', ...whole }
    return { outcome: 'cut', evidence, kept, text: joined(document, kept) }
  }
}
