import { z } from 'zod'
import { drop, keep, type Rule, type Verdict } from '../define-filter.ts'

/** Limits of scores by label, as a setting. */
export const labelLimits = (
  which: 'Least' | 'Highest',
): z.ZodDefault<z.ZodRecord<z.ZodString, z.ZodNumber>> =>
  z
    .record(z.string().min(1), z.number().describe(`${which} score of the label, inclusive.`))
    .default({})
    .describe(
      `${which} scores by label, inclusive, e.g. {hq: 0.018}: a document with another one is dropped. Unless given, scores are recorded and nothing is dropped.`,
    )

export interface LabelSettings {
  /** The label whose score is recorded; null: each document's likeliest. */
  readonly label: string | null
  readonly minScores: Readonly<Record<string, number>>
  readonly maxScores: Readonly<Record<string, number>>
}

/**
 * Judges documents by their scores, one for each of the model's labels: least scores first, then highest ones, in the
 * order of the recipe. `label` and `score` are recorded, with `more`.
 */
export function createLabelJudge(
  labels: readonly string[],
  { label, minScores, maxScores }: LabelSettings,
): (scores: ArrayLike<number>, more?: Verdict['values']) => Verdict {
  const wanted = label === null ? -1 : labels.indexOf(label)
  const placed = (limits: Readonly<Record<string, number>>): [place: number, limit: number][] =>
    Object.entries(limits).map(([name, limit]) => [labels.indexOf(name), limit])
  const [least, highest] = [placed(minScores), placed(maxScores)]
  return (scores, more) => {
    let best = 0
    for (let at = 1; at < scores.length; at++) if ((scores[at] ?? 0) > (scores[best] ?? 0)) best = at
    const values = {
      label: labels[best] ?? '',
      score: rounded(scores[wanted < 0 ? best : wanted]),
      ...more,
    }
    for (const [at, limit] of least) {
      const score = rounded(scores[at])
      if (score < limit) return drop('low_score', score, limit, values)
    }
    for (const [at, limit] of highest) {
      const score = rounded(scores[at])
      if (score > limit) return drop('high_score', score, limit, values)
    }
    return keep(values)
  }
}

/**
 * The rules that can be decided again from what is recorded: limits of the recorded label, where there are no others. The
 * score of another label was compared and not kept.
 */
export function labelRules({ label, minScores, maxScores }: LabelSettings): readonly Rule[] {
  const limited = [...Object.keys(minScores), ...Object.keys(maxScores)]
  if (label === null || limited.some((name) => name !== label)) return []
  return [
    { value: 'score', min: minScores[label] ?? null, setting: 'minScores', reason: 'low_score' },
    { value: 'score', max: maxScores[label] ?? null, setting: 'maxScores', reason: 'high_score' },
  ]
}

/** Six decimals: what is compared is what is recorded, and no platform's last bit of exp() is in it. */
function rounded(score = 0): number {
  return Math.round(score * 1e6) / 1e6
}
