import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { z } from 'zod'
import { MillraceError, systemCode } from '../lib/errors.ts'
import { defineFilter, drop, keep } from './define-filter.ts'
import { createFastText } from './models/fasttext.ts'
import { type FastTextModel, parseFastText } from './models/fasttext-file.ts'

/** fastText's lid.176 in its quantised form: 176 languages, CC BY-SA 3.0, Joulin et al. (arXiv 1607.01759, 1612.03651). */
const BUILT_IN = 'fasttext.wasm.js/dist/fastText/models/lid.176.ftz'

/**
 * The language of a text by fastText, as native fastText 0.9.2 gives it for the text with line feeds replaced by
 * spaces. A text without any word has the language that the model gives to an empty line (lid.176: `en` at 0.1).
 */
export const language = defineFilter({
  name: 'language',
  summary: 'Drops documents that are not in the languages to keep, or not surely so (fastText lid.176).',
  revision: 1,
  settings: z.strictObject({
    keep: z
      .array(z.string().min(1))
      .min(1)
      .default(['en'])
      .describe("Labels to keep, as the model names them: lid.176's are ISO 639 codes, e.g. en, de, ja."),
    minScore: z
      .number()
      .min(0)
      .max(1)
      .default(0.65)
      .describe(
        'Probability of the label, exclusive: at or below it a document is dropped. 0.65 as in datatrove.',
      ),
    model: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe('Path of another fastText classifier (.ftz or .bin); null: the built-in lid.176.ftz.'),
  }),
  paths: ['model'],
  reasons: ['language', 'low_score'],
  values: { label: 'string', score: 'number' },
  unicode: false,
  load: async ({ keep, model }) => {
    const tables = await loadFastText(model ?? createRequire(import.meta.url).resolve(BUILT_IN))
    const unknown = keep.find((label) => !tables.labels.includes(label))
    if (unknown !== undefined) {
      throw new MillraceError('RECIPE_INVALID', `The language model has no label "${unknown}".`, {
        key: 'language.keep',
        got: unknown,
        fix: `Keep some of its labels: ${tables.labels.toSorted().join(', ')}.`,
      })
    }
    return tables
  },
  create: ({ keep: kept, minScore }, model) => {
    const predict = createFastText(model)
    const labels = new Set(kept)
    return ({ text }) => {
      const { label, score: exact } = predict(text)
      // Six decimals: what is compared is what is recorded, and no platform's last bit of exp() is in it.
      const score = Math.round(exact * 1e6) / 1e6
      const values = { label, score }
      if (!labels.has(label)) return drop('language', label, kept.join(' '), values)
      if (score <= minScore) return drop('low_score', score, minScore, values)
      return keep(values)
    }
  },
})

async function loadFastText(file: string): Promise<FastTextModel> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new MillraceError(
      'INPUT_MISSING',
      `The language model ${file} cannot be read (${systemCode(error) ?? 'unknown error'}).`,
      { file, fix: 'Give the path of a fastText classifier, or leave `model` out to use the built-in one.' },
      { cause: error },
    )
  })
  return parseFastText(bytes, file)
}
