import type { LineKind, LineTotals } from './lines.ts'
import { BIAS, WEIGHTS } from './weights.ts'

/**
 * Shares of a text outside its fences, in [0, 1]: what its lines are by characters (a kind's name), how many of its
 * lines are (`…Lines`), and what its characters are.
 */
export type Features = Record<FeatureName, number>
type FeatureName = keyof typeof WEIGHTS

/** Undefined where nothing stands outside of fences. */
export function features({ chars, lines, ...totals }: LineTotals): Features | undefined {
  const all = sum(chars) - chars.fenced
  const count = sum(lines) - lines.fenced
  if (all === 0) return undefined
  // Small letters begin commands and settings, and verse and words alone: they count behind the beginning of a program, and
  // as far as other lines are no prose.
  const others = count - lines.prose - lines.neutral
  return {
    prose: chars.prose / all,
    neutral: chars.neutral / all,
    code: chars.code / all,
    comment: chars.comment / all,
    markup: chars.markup / all,
    configuration: chars.configuration / all,
    data: chars.data / all,
    log: chars.log / all,
    proseLines: lines.prose / count,
    neutralLines: lines.neutral / count,
    codeLines: lines.code / count,
    commentLines: lines.comment / count,
    markupLines: lines.markup / count,
    configurationLines: lines.configuration / count,
    dataLines: lines.data / count,
    logLines: lines.log / count,
    words: totals.wordChars / all,
    symbols: Math.min(totals.symbolChars / all, 0.25) * 4,
    tags: Math.min(totals.tagChars / all, 1),
    someProse: Math.min((chars.prose / all) * 4, 1),
    someComment: Math.min((lines.comment / count) * 4, 1),
    someCode: Math.min(((chars.code + chars.configuration) / all) * 3, 1),
    someSettings: Math.min((lines.configuration / count) * 4, 1),
    someTags: Math.min((totals.tagProofs / count) * 2, 1),
    small: (totals.smallStarts / count) * (totals.codeStart ? 1 : Math.min((others / count) * 4, 1)),
    codeStart: totals.codeStart ? 1 : 0,
    markupStart: totals.markupStart ? 1 : 0,
    sentences: totals.sentenceEnds / count,
  }
}

const WEIGHT_OF = new Map<string, number>(Object.entries(WEIGHTS))

/** How surely a text is no prose, in (0, 1): a logistic model over {@link features}. */
export function score(measured: Features): number {
  let logit = BIAS
  for (const [name, value] of Object.entries(measured)) logit += (WEIGHT_OF.get(name) ?? 0) * value
  return 1 / (1 + Math.exp(-logit))
}

function sum(counts: Record<LineKind, number>): number {
  return Object.values(counts).reduce((a, b) => a + b, 0)
}
