/** Values worked out by hand from the rules: the reference is no package. */
import { expect, test } from 'vitest'
import { redpajamaSignalsFilter } from '../../filters/redpajama-signals.ts'
import { round } from '../../filters/variants/redpajama.ts'

interface Lists {
  badWords?: readonly string[]
  stopWords?: readonly string[]
}

const measure = (text: string, { badWords, stopWords }: Lists = {}, settings: object = {}) =>
  redpajamaSignalsFilter.create(redpajamaSignalsFilter.settings.parse(settings), { badWords, stopWords })({
    text,
    id: undefined,
    url: undefined,
  })

test('words are normalized for some signals, and runs of word characters or others for the rest', () => {
  // Normalized: the mill is old the mill is us. Raw: The | mill | is | OLD | ... | The | mill | is | U | . | S | .
  expect(measure('The mill is OLD... The mill\u00a0is U.S.').values).toMatchObject({
    rps_doc_word_count: 8,
    rps_doc_mean_word_length: 2.875,
    rps_doc_frac_unique_words: 0.625,
    // Three words of two occurrences and two of one: 3 * 2/8 ln 4 + 2 * 1/8 ln 8
    rps_doc_unigram_entropy: 1.55958116,
    rps_doc_symbol_to_word_ratio: 0.08333333,
    rps_doc_frac_no_alph_words: 0.25,
    rps_doc_frac_all_caps_words: 0.25,
    // `The mill is OLD...`, `The mill is U.`, `S.`
    rps_doc_num_sentences: 3,
  })
})

test('signals of lines are means over all, empty ones too; their line feeds are characters', () => {
  const { values } = measure('ABc.\n\n• 12, 一!\nSo it is ”')
  expect(values).toMatchObject({
    lines: 4,
    rps_lines_ending_with_terminal_punctution_mark: 0.75,
    rps_lines_start_with_bulletpoint: 0.25,
    // 2 of 5, 0 of 1, 0 of 9, 1 of 10
    rps_lines_uppercase_letter_fraction: (0.4 + 0.1) / 4,
    // abc, nothing, `• 12 一`, `so it is ”`
    rps_lines_num_words: (1 + 0 + 3 + 4) / 4,
    rps_lines_numerical_chars_fraction: 0.5 / 4,
  })
})

test('n-grams: of those as frequent the first; one that stands once counts nothing; characters of repeated ones once', () => {
  // ab cd stands three times; each gram of five words but the first and last twice.
  const twice = 'ab cd e f g h '.repeat(2)
  expect(measure(`${twice}ab cd`).values).toMatchObject({
    rps_doc_frac_chars_top_2gram: round(12 / 20),
    rps_doc_frac_chars_top_3gram: round(10 / 20),
    rps_doc_frac_chars_dupe_5grams: 1,
    rps_doc_frac_chars_dupe_8grams: 1,
    rps_doc_frac_chars_dupe_9grams: 0,
  })
  expect(measure('a b c d e f').values).toMatchObject({
    rps_doc_frac_chars_top_2gram: 0,
    rps_doc_frac_chars_dupe_5grams: 0,
  })
})

test('content: lorem ipsum without punctuation, both curly brackets, listed words and phrases, stop words with their case', () => {
  const lists = { badWords: ['darn', 'the mill'], stopWords: ['is', 'the'] }
  // Normalized: `lorem ipsum the mill is darn`; raw words: Lorem , Ipsum { The } mill is darn !
  expect(measure('Lorem, Ipsum {The} mill is darn!', lists).values).toMatchObject({
    rps_doc_lorem_ipsum: round(1 / 28),
    rps_doc_curly_bracket: round(2 / 32),
    rps_doc_ldnoobw_words: 2,
    rps_doc_stop_word_fraction: 0.1,
  })
  expect(measure('so').values).not.toHaveProperty('rps_doc_ldnoobw_words')
})

test('a text without words leaves out what would be over nothing', () => {
  expect(measure('').values).toEqual({
    lines: 0,
    rps_doc_word_count: 0,
    rps_doc_num_sentences: 0,
    rps_doc_curly_bracket: 0,
    rps_doc_lorem_ipsum: 0,
    ...Object.fromEntries([2, 3, 4].map((n) => [`rps_doc_frac_chars_top_${n}gram`, 0])),
    ...Object.fromEntries([5, 6, 7, 8, 9, 10].map((n) => [`rps_doc_frac_chars_dupe_${n}grams`, 0])),
  })
})

const limits = (least: number, most: number) => ({
  min: { rps_doc_word_count: least },
  max: { lines: most },
})

test('limits given are inclusive, and give the signal as the reason', () => {
  expect(measure('one two', {}, limits(2, 1))).toMatchObject({ keep: true })
  expect(measure('one two', {}, limits(3, 1))).toMatchObject({
    reason: 'rps_doc_word_count',
    value: 2,
    threshold: 3,
  })
  expect(measure('one\ntwo', {}, limits(2, 1))).toMatchObject({ reason: 'lines', value: 2, threshold: 1 })
})

test('eight decimals: of two as near the even one', () => {
  expect([1 / 512, 3 / 512, 1 / 3, 2 / 3, 5.5]).toMatchObject([0.001953125, 0.005859375, 1 / 3, 2 / 3, 5.5])
  expect([1 / 512, 3 / 512, 1 / 3, 2 / 3, 5.5].map(round)).toEqual([
    0.00195312, 0.00585938, 0.33333333, 0.66666667, 5.5,
  ])
})

test('a run of marks that is no text stays as it is: sorting it would take half a minute', () => {
  const { values } = measure(`e\u0301 ${'\u0301\u0323'.repeat(100_000)}`)
  expect(values).toMatchObject({ rps_doc_word_count: 2, rps_doc_mean_word_length: 100_001 })
})
