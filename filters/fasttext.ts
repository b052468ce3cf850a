import { z } from 'zod'
import { defineFilter, keep } from './define-filter.ts'
import { createFastTextScores } from './models/fasttext.ts'
import { createLabelJudge, type LabelSettings, labelLimits, labelRules } from './models/label-scores.ts'
import { bare, loadFastText, requireLabels } from './models/load-fasttext.ts'

/**
 * A fastText classifier of quality, of toxicity, of anything: as native fastText 0.9.2 scores the text with line feeds
 * replaced by spaces. Scores are probabilities, of softmax and hierarchical softmax over all labels, of `ova` and `ns` of
 * each label by itself; fastText adds 0.00001 to each. A text without a known word is not scored, and kept.
 */
export const fasttext = defineFilter({
  name: 'fasttext',
  summary: 'Scores documents by a fastText classifier, and drops them by the scores of its labels.',
  revision: 1,
  settings: z.strictObject({
    model: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe(
        'Path of the classifier (.bin or .ftz); null: the built-in lid.176.ftz, which tells languages.',
      ),
    label: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe(
        "The label whose probability is recorded as score, with or without __label__, e.g. hq; null: each document's likeliest.",
      ),
    minScores: labelLimits('Least'),
    maxScores: labelLimits('Highest'),
    lowerCase: z
      .boolean()
      .default(false)
      .describe('Whether the text is scored in lower case, for models that were trained so.'),
  }),
  paths: ['model'],
  reasons: ['low_score', 'high_score'],
  values: { label: 'string', score: 'number' },
  unicode: ({ lowerCase }) => lowerCase,
  rules: (settings) => labelRules(bareLimits(settings)),
  load: async (settings) => {
    const tables = await loadFastText(settings.model)
    requireLabels(tables, 'fasttext', {
      label: settings.label === null ? [] : [settings.label],
      minScores: Object.keys(settings.minScores),
      maxScores: Object.keys(settings.maxScores),
    })
    return tables
  },
  create: (settings, model) => {
    const scoresOf = createFastTextScores(model)
    const judge = createLabelJudge(model.labels, bareLimits(settings))
    return ({ text }) => {
      const scores = scoresOf(settings.lowerCase ? text.toLowerCase() : text)
      return scores === undefined ? keep() : judge(scores)
    }
  },
})

/** Labels may be given with fastText's prefix. */
function bareLimits({ label, minScores, maxScores }: LabelSettings): LabelSettings {
  return {
    label: label === null ? null : bare(label),
    minScores: bareKeys(minScores),
    maxScores: bareKeys(maxScores),
  }
}

function bareKeys(limits: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(limits).map(([name, limit]) => [bare(name), limit]))
}
