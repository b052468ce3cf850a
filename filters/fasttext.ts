import { z } from 'zod'
import { defineFilter, drop, keep } from './define-filter.ts'
import { createFastTextScores } from './models/fasttext.ts'
import { bare, loadFastText, requireLabels } from './models/load-fasttext.ts'

const label = z.string().min(1)
const limits = (which: string) =>
  z
    .record(label, z.number().describe(`${which} score of the label, inclusive.`))
    .default({})
    .describe(
      `${which} scores by label, inclusive, e.g. {hq: 0.018}: a document with another one is dropped. Unless given, scores are recorded and nothing is dropped.`,
    )

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
    label: label
      .nullable()
      .default(null)
      .describe(
        "The label whose probability is recorded as score, with or without __label__, e.g. hq; null: each document's likeliest.",
      ),
    minScores: limits('Least'),
    maxScores: limits('Highest'),
    lowerCase: z
      .boolean()
      .default(false)
      .describe('Whether the text is scored in lower case, for models that were trained so.'),
  }),
  paths: ['model'],
  reasons: ['low_score', 'high_score'],
  values: { label: 'string', score: 'number' },
  unicode: ({ lowerCase }) => lowerCase,
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
    const wanted = settings.label === null ? -1 : model.labels.indexOf(bare(settings.label))
    const placed = (limits: Readonly<Record<string, number>>): [place: number, limit: number][] =>
      Object.entries(limits).map(([name, limit]) => [model.labels.indexOf(bare(name)), limit])
    const least = placed(settings.minScores)
    const highest = placed(settings.maxScores)
    return ({ text }) => {
      const scores = scoresOf(settings.lowerCase ? text.toLowerCase() : text)
      if (scores === undefined) return keep()
      const best = scores.reduce((best, score, at) => (score > (scores[best] ?? 0) ? at : best), 0)
      const values = { label: model.labels[best] ?? '', score: rounded(scores[wanted < 0 ? best : wanted]) }
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
  },
})

/** Six decimals: what is compared is what is recorded, and no platform's last bit of exp() is in it. */
function rounded(score = 0): number {
  return Math.round(score * 1e6) / 1e6
}
