import { z } from 'zod'
import { defineFilter, type Rule } from './define-filter.ts'
import { linesOfFile } from './list-file.ts'
import { firstFailure } from './threshold-rules.ts'
import { redpajamaSignals } from './variants/redpajama.ts'

const SIGNALS = [
  'lines',
  'rps_doc_word_count',
  'rps_doc_mean_word_length',
  'rps_doc_num_sentences',
  'rps_doc_symbol_to_word_ratio',
  'rps_doc_frac_lines_end_with_ellipsis',
  'rps_doc_frac_no_alph_words',
  'rps_doc_frac_all_caps_words',
  'rps_doc_frac_unique_words',
  'rps_doc_unigram_entropy',
  'rps_doc_stop_word_fraction',
  'rps_doc_curly_bracket',
  'rps_doc_lorem_ipsum',
  'rps_doc_ldnoobw_words',
  'rps_lines_ending_with_terminal_punctution_mark',
  'rps_lines_start_with_bulletpoint',
  'rps_lines_num_words',
  'rps_lines_uppercase_letter_fraction',
  'rps_lines_numerical_chars_fraction',
  'rps_lines_javascript_counts',
  'rps_doc_frac_chars_top_2gram',
  'rps_doc_frac_chars_top_3gram',
  'rps_doc_frac_chars_top_4gram',
  'rps_doc_frac_chars_dupe_5grams',
  'rps_doc_frac_chars_dupe_6grams',
  'rps_doc_frac_chars_dupe_7grams',
  'rps_doc_frac_chars_dupe_8grams',
  'rps_doc_frac_chars_dupe_9grams',
  'rps_doc_frac_chars_dupe_10grams',
] as const

const limits = (which: string) =>
  z
    .partialRecord(z.enum(SIGNALS), z.number().describe('A value of this signal.'))
    .default({})
    .describe(
      `${which} values of signals by name, inclusive, e.g. {rps_doc_word_count: 50}. None unless given.`,
    )

const list = (what: string) => z.string().min(1).nullable().default(null).describe(what)

const settings = z.strictObject({
  min: limits('Least'),
  max: limits('Greatest'),
  badWords: list(
    'Path of a text file with words or phrases, one a line, that rps_doc_ldnoobw_words counts. null: not counted.',
  ),
  stopWords: list(
    'Path of a text file with stop words, one a line, for rps_doc_stop_word_fraction; case matters. null: not measured.',
  ),
})

/**
 * The quality signals of RedPajama-Data-V2 (Weber et al. 2024, arXiv 2411.12372) that a text alone has, under their published
 * names and with their eight decimals. Of signals of lines the mean over all lines is recorded, as the rules published
 * with them count. Those of models and of lists of domains are what `fasttext` and `url` are for.
 */
export const redpajamaSignalsFilter = defineFilter({
  name: 'redpajama-signals',
  summary:
    'Records the quality signals of RedPajama-Data-V2, and drops texts beyond the limits given of any.',
  revision: 2,
  settings,
  paths: ['badWords', 'stopWords'],
  reasons: SIGNALS,
  values: Object.fromEntries(SIGNALS.map((name) => [name, 'number'] as const)),
  unicode: true, // Lower-casing, NFD, capitals
  rules: rulesOf,
  load: async ({ badWords, stopWords }) => ({
    badWords: await listOf(badWords),
    stopWords: await listOf(stopWords),
  }),
  create: (given, lists) => {
    const rules = rulesOf(given)
    const measure = redpajamaSignals(lists)
    return ({ text }) => firstFailure(rules, measure(text))
  },
})

function listOf(path: string | null): Promise<readonly string[]> | undefined {
  return path === null ? undefined : linesOfFile(path, 'redpajama-signals')
}

function rulesOf({ min, max }: z.output<typeof settings>): readonly Rule[] {
  return SIGNALS.flatMap((value) => [
    { value, min: min[value] ?? null, setting: 'min', reason: value },
    { value, max: max[value] ?? null, setting: 'max', reason: value },
  ])
}
