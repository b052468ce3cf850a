import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { MillraceError, systemReason } from '../lib/errors.ts'
import { defineFilter, drop, keep } from './define-filter.ts'
import { createOutput, createRawScores } from './models/lightgbm.ts'
import { type LightGbmModel, parseLightGbm } from './models/lightgbm-file.ts'

const limit = (which: string) =>
  z
    .number()
    .nullable()
    .default(null)
    .describe(`${which} score, inclusive. null: no limit, the score is only recorded.`)

/**
 * Gradient-boosted trees over what earlier filters of the recipe recorded: LightGBM's prediction for a row of these values.
 * A value that was not recorded is missing, and goes where the tree says.
 */
export const lightgbm = defineFilter({
  name: 'lightgbm',
  summary: 'Scores documents by a LightGBM model over the recorded values of earlier filters.',
  revision: 1,
  settings: z.strictObject({
    model: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe('Path of the model in the text format, as save_model writes it. It has to be given.'),
    features: z
      .record(z.string(), z.string().describe('Name of a recorded value, as filter.value.'))
      .default({})
      .describe(
        'Recorded value of each feature, e.g. {words: gopher-quality.words}; a feature that is not here has the name of its value.',
      ),
    categories: z
      .record(z.string(), z.array(z.string()).min(1).describe('Categories, in the order of their codes.'))
      .default({})
      .describe(
        'For features that are texts: the categories in the order of their codes from 0, e.g. {label: [de, en]}. Another text is a missing value.',
      ),
    class: z
      .int()
      .min(0)
      .nullable()
      .default(null)
      .describe(
        "Of a multiclass model: the class whose score is recorded, from 0; null: the likeliest one's.",
      ),
    minScore: limit('Least'),
    maxScore: limit('Highest'),
  }),
  paths: ['model'],
  reasons: ['low_score', 'high_score'],
  values: { score: 'number', class: 'number' },
  unicode: false,
  rules: ({ minScore, maxScore }) => [
    { value: 'score', min: minScore, setting: 'minScore', reason: 'low_score' },
    { value: 'score', max: maxScore, setting: 'maxScore', reason: 'high_score' },
  ],
  load: async (settings): Promise<LightGbmModel> => {
    if (settings.model === null) {
      throw new MillraceError('RECIPE_INVALID', 'The filter lightgbm has no model.', {
        key: 'lightgbm.model',
        fix: 'Give the path of a model file: {lightgbm: {model: model.txt}}.',
      })
    }
    const model = await loadModel(settings.model)
    for (const key of ['features', 'categories'] as const) {
      const unknown = Object.keys(settings[key]).find((name) => !model.features.includes(name))
      if (unknown === undefined) continue
      throw new MillraceError('RECIPE_INVALID', `The model has no feature ${JSON.stringify(unknown)}.`, {
        key: `lightgbm.${key}`,
        got: unknown,
        fix: `Name some of its features: ${model.features.slice(0, 100).join(', ')}.`,
      })
    }
    if (settings.class !== null && settings.class >= model.scores) {
      throw new MillraceError('RECIPE_INVALID', `The model has no class ${settings.class}.`, {
        key: 'lightgbm.class',
        got: settings.class,
        limit: model.scores - 1,
        fix: `Name one of its classes: 0 to ${model.scores - 1}.`,
      })
    }
    return model
  },
  reads: (settings, model) =>
    Object.fromEntries(
      model.features.map((name) => [
        settings.features[name] ?? name,
        Object.hasOwn(settings.categories, name) ? 'string' : 'number',
      ]),
    ),
  create: (settings, model) => {
    const scoresOf = createRawScores(model)
    const convert = createOutput(model)
    const row = new Float64Array(model.features.length)
    const scores = new Float64Array(model.scores)
    const columns = model.features.map((name) => {
      const value = settings.features[name] ?? name
      const dot = value.indexOf('.')
      const codes = new Map((settings.categories[name] ?? []).map((category, code) => [category, code]))
      return { filter: value.slice(0, Math.max(0, dot)), value: value.slice(dot + 1), codes }
    })
    return (_, earlier = {}) => {
      for (const [at, { filter, value, codes }] of columns.entries()) {
        const found = earlier[filter]?.[value]
        row[at] = (typeof found === 'string' ? codes.get(found) : found) ?? Number.NaN
      }
      scoresOf(row, scores)
      convert(scores)
      const best = scores.reduce((best, score, at) => (score > (scores[best] ?? 0) ? at : best), 0)
      // Nine digits: what is compared is what is recorded, and no platform's last bit of exp() is in it.
      if (scores.some(Number.isNaN)) return keep() // sums beyond the range of numbers
      const score = Number((scores[settings.class ?? best] ?? 0).toPrecision(9))
      const values = model.scores === 1 ? { score } : { score, class: best }
      const { minScore, maxScore } = settings
      if (minScore !== null && score < minScore) return drop('low_score', score, minScore, values)
      return maxScore !== null && score > maxScore
        ? drop('high_score', score, maxScore, values)
        : keep(values)
    }
  },
})

async function loadModel(file: string): Promise<LightGbmModel> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new MillraceError(
      'INPUT_MISSING',
      `cannot read the model ${file}: ${systemReason(error)}`,
      { file, fix: 'Correct the path in the settings of the filter lightgbm.' },
      { cause: error },
    )
  })
  return parseLightGbm(bytes, file)
}
