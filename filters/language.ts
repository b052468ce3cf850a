import { z } from 'zod'
import { defineFilter, drop, keep, type Verdict } from './define-filter.ts'
import { createFastText } from './models/fasttext.ts'
import { bare, loadFastText, requireLabels } from './models/load-fasttext.ts'

const label = z.string().min(1)

const settings = z.strictObject({
  keep: z
    .array(label)
    .min(1)
    .nullable()
    .default(['en'])
    .describe(
      "Labels to keep, as the model names them, with or without __label__: lid.176's are ISO 639 codes, e.g. en, de, ja. null: all but those to drop.",
    ),
  drop: z.array(label).default([]).describe('Labels to drop, also where keep has them.'),
  minScore: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .default(0.65)
    .describe(
      'Probability of the label, exclusive: at or below it a document is dropped. 0.65 as in datatrove. null: no limit.',
    ),
  minScores: z
    .record(
      label,
      z.number().min(0).max(1).nullable().describe('Least score of the label, exclusive. null: no limit.'),
    )
    .default({})
    .describe('The same for single labels, in place of minScore, e.g. {ja: 0.3}.'),
  minLineShare: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .default(null)
    .describe(
      'Least share, in characters and inclusive, of lines whose own label is kept, among the lines that are judged: drops documents of mixed languages. null: lines are not looked at.',
    ),
  minLineLength: z
    .int()
    .min(0)
    .nullable()
    .default(40)
    .describe('Shorter lines, in UTF-16 units, are not judged: their label says little. null: all are.'),
  model: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      'Path of another fastText classifier (.ftz or .bin), such as GlotLID or OpenLID; null: the built-in lid.176.ftz.',
    ),
})

/**
 * The language of a text by fastText, as native fastText 0.9.2 gives it for the text with line feeds replaced by
 * spaces. A text without any word has the language that the model gives to an empty line (lid.176: `en` at 0.1).
 */
export const language = defineFilter({
  name: 'language',
  summary:
    'Drops documents that are not in the languages to keep, not surely so, or mixed (fastText lid.176).',
  revision: 2,
  settings,
  paths: ['model'],
  reasons: ['language', 'low_score', 'mixed_languages'],
  values: { label: 'string', score: 'number', lineShare: 'number' },
  unicode: false,
  rules: ({ minScore, minScores, minLineShare }) => {
    const own = new Map(Object.entries(minScores).map(([label, score]) => [bare(label), score]))
    const score = { value: 'score', exclusive: true, reason: 'low_score' } as const
    return [
      { ...score, min: minScore, unless: ({ label }) => own.has(String(label)), setting: 'minScore' },
      ...[...own].map(([label, min]) => ({
        ...score,
        min,
        unless: (values: Verdict['values']) => values['label'] !== label,
        setting: 'minScores',
      })),
      { value: 'lineShare', min: minLineShare, setting: 'minLineShare', reason: 'mixed_languages' },
    ]
  },
  load: async (settings) => {
    const tables = await loadFastText(settings.model)
    requireLabels(tables, 'language', {
      keep: settings.keep ?? [],
      drop: settings.drop,
      minScores: Object.keys(settings.minScores),
    })
    return tables
  },
  create: (settings, model) => {
    const predict = createFastText(model)
    const drops = new Set(settings.drop.map(bare))
    const keeps = new Set((settings.keep ?? model.labels).map(bare).filter((label) => !drops.has(label)))
    const minScores = new Map(
      Object.entries(settings.minScores).map(([label, score]) => [bare(label), score]),
    )
    const wanted = settings.keep?.join(' ') ?? `not ${settings.drop.join(' ')}`
    return ({ text }) => {
      const { label, score: exact } = predict(text)
      // Six decimals: what is compared is what is recorded, and no platform's last bit of exp() is in it.
      const score = Math.round(exact * 1e6) / 1e6
      const lineShare =
        settings.minLineShare === null
          ? undefined
          : shareOfLines(text, settings.minLineLength ?? 0, (line) => keeps.has(predict(line).label))
      const values = { label, score, ...(lineShare !== undefined && { lineShare }) }
      if (!keeps.has(label)) return drop('language', label, wanted, values)
      const ownScore = minScores.get(label)
      const minScore = ownScore === undefined ? settings.minScore : ownScore
      if (minScore !== null && score <= minScore) return drop('low_score', score, minScore, values)
      if (lineShare !== undefined && settings.minLineShare !== null && lineShare < settings.minLineShare) {
        return drop('mixed_languages', lineShare, settings.minLineShare, values)
      }
      return keep(values)
    }
  },
})

/** Share of the lines that pass, in UTF-16 units, among those of a least length; undefined where there are none. */
function shareOfLines(
  text: string,
  minLength: number,
  passes: (line: string) => boolean,
): number | undefined {
  let all = 0
  let passing = 0
  for (let start = 0; start <= text.length; ) {
    const feed = text.indexOf('\n', start)
    const end = feed === -1 ? text.length : feed
    const length = end - start
    // One without a character weighs nothing.
    if (length > 0 && length >= minLength) {
      all += length
      if (passes(text.slice(start, end))) passing += length
    }
    start = end + 1
  }
  return all === 0 ? undefined : passing / all
}
