import { forEachRepeated } from '../../lib/text/gram-counts.ts'
import { stripped } from '../../lib/text/lines.ts'
import { charactersOf, type InternedWords, internWords } from './interned-words.ts'
import { codePoints, countOf } from './repeated-parts.ts'
import { mostFrequent } from './repetition.ts'

const MOST = 10
const TOP = 4
const STOP_WORDS = new Set(['the', 'be', 'to', 'of', 'and', 'that', 'have', 'with'])
/** Those without a space: others are no word. */
const ELLIPSES = new Set(['...', '[...]', '…', '(...)', '[…]', '-»'])
const ELLIPSIS_END = /(?:\.\.\.|\[\.\.\.\]|…|\(\.\.\.\)|\[…\]|-»|read more\.\.|read more)$/
const URL = /https?:\/\/(?:[A-Za-z0-9$\-_@.&+/:=?#~!*(),]|%[0-9A-Fa-f]{2})+/g

/** What a paragraph of boilerplate has; of longer sentences of the reference, those that none of the shorter ones is in. */
const POLICIES = [
  'terms of use',
  'privacy policy',
  'cookie policy',
  'uses cookies',
  'privacy overview',
  'use of cookies',
  'use cookies',
  'privacy & cookies policy',
  'privacy and cookies policy',
  'necessary cookies are absolutely essential for the website to function properly. this category only includes cookies that ensures basic functionalities and security features of the website. these cookies do not store any personal information.',
  'any cookies that may not be particularly necessary for the website to function and is used specifically to collect user personal data via analytics, ads, other embedded contents are termed as non-necessary cookies. it is mandatory to procure user consent prior to running these cookies on your website.',
  'if you continue to browse this site without changing your cookie settings, you agree to this use. acceptread more',
]

/** Scores of one text by the reference's names; those over nothing, where it fails, are left out. */
export function nemoScores(text: string): Record<string, number> {
  const own = text.match(NOT_WHITE) ?? []
  const words = internWords(own)
  const values: Record<string, number> = {}
  addCharacters(values, text)
  addWords(values, own, words)
  addLines(values, text)
  addParagraphs(values, text)
  addGrams(values, text, own, words)
  return values
}

/** Shares of the text's characters; 1 of a text without any. */
function addCharacters(values: Record<string, number>, text: string): void {
  const all = codePoints(text)
  const share = (part: number): number => (all === 0 ? 1 : part / all)
  values['alpha_numeric'] = share(all - countOf(text, /[a-zA-Z0-9\n?!,.]/g))
  values['numbers_ratio'] = share(countOf(text, /\d/g))
  values['urls_ratio'] = share((text.match(URL) ?? []).reduce((sum, url) => sum + url.length, 0))
  // oxlint-disable-next-line no-control-regex -- backspace is white space there
  values['white_space'] = share(countOf(text, /[\t\n\r\x08 ]/g))
  values['parentheses_ratio'] = share(countOf(text, /[{}⟨⟩[\]()]/g))
}

function addWords(values: Record<string, number>, own: readonly string[], words: InternedWords): void {
  const count = own.length
  values['word_count'] = count
  values['common_english_words'] = own.filter((word) => STOP_WORDS.has(word)).length
  if (count === 0) return
  let symbols = 0
  let alphabetic = 0
  let longest = 0
  for (const [at, word] of own.entries()) {
    const length = charactersOf(words, at, at + 1)
    longest = Math.max(longest, length)
    if (ELLIPSES.has(word) || (word.includes('#') && (word.match(/#+/g)?.length ?? 0) / length > 0.5))
      symbols++
    if (/\p{Alphabetic}/u.test(word)) alphabetic++
  }
  values['symbol_to_word'] = symbols / count
  values['words_without_alphabets'] = alphabetic / count
  values['mean_word_length'] = charactersOf(words, 0, count) / count
  values['max_word_length'] = longest
}

/** Shares of the lines that are not blank; of repeated ones, how much is left of all. */
function addLines(values: Record<string, number>, text: string): void {
  const lines = text.split('\n').filter((line) => stripped(line) !== '')
  if (lines.length === 0) return
  const share = (is: (line: string) => boolean): number =>
    lines.filter((line) => is(stripped(line))).length / lines.length
  values['bullet_ratio'] = share((line) => /^[•‣⁃⁌⁍∙○●◘◦⦾⦿]/.test(line))
  values['punctuation'] = share((line) => !/[.?!"']$/.test(line))
  values['ellipsis'] = share((line) => ELLIPSIS_END.test(line.toLowerCase()))
  addLeft(values, 'repeated_lines', lines)
}

function addParagraphs(values: Record<string, number>, text: string): void {
  const paragraphs = text.split('\n\n')
  addLeft(values, 'repeated_paragraphs', paragraphs)
  const lower = paragraphs.map((paragraph) => paragraph.toLowerCase())
  const policies = lower.filter((paragraph) => POLICIES.some((policy) => paragraph.includes(policy))).length
  values['boilerplate_string_ratio'] = lower.some((paragraph) => paragraph.includes('lorem ipsum'))
    ? 1
    : policies / paragraphs.length
}

/** Shares of different parts, by their number and by their characters. */
function addLeft(values: Record<string, number>, name: string, parts: readonly string[]): void {
  const different = new Set(parts)
  values[name] = different.size / parts.length
  const all = characters(parts)
  if (all > 0) values[`${name}_char`] = characters(different) / all
}

function characters(parts: Iterable<string>): number {
  let sum = 0
  for (const part of parts) sum += codePoints(part)
  return sum
}

/**
 * How much of the text the most frequent n-gram is, wherever its words stand with a space between, and the n-grams that stood
 * before, with their spaces and without overlaps; 1 of a text of fewer words. Of n-grams as frequent the first one is
 * taken, where the reference takes any.
 */
function addGrams(
  values: Record<string, number>,
  text: string,
  own: readonly string[],
  words: InternedWords,
): void {
  const all = codePoints(text)
  for (let n = 2; n <= MOST; n++) values[gramName(n)] = own.length < n ? 1 : 0
  forEachRepeated(words.ids, MOST, (grams) => {
    const { n } = grams
    if (own.length < n) return
    if (n <= TOP) {
      const { first } = mostFrequent(grams, () => 0)
      const gram = own.slice(first, first + n).join(' ')
      values[gramName(n)] = (occurrences(text, gram) * codePoints(gram)) / all
      return
    }
    let repeated = 0
    let last = -n
    for (const at of grams.positions.subarray(0, grams.count)) {
      if (grams.firsts[at] === at) continue
      const known = Math.max(0, n - (at - last))
      repeated += charactersOf(words, at + known, at + n) + Math.min(n - known, n - 1)
      last = at
    }
    values[gramName(n)] = repeated / all
  })
}

function gramName(n: number): string {
  return n <= TOP ? `repeating_top_${n}grams` : `repeating_dup_${n}gram`
}

/** Without overlaps, from the left. */
function occurrences(text: string, gram: string): number {
  let count = 0
  for (let at = text.indexOf(gram); at >= 0; at = text.indexOf(gram, at + gram.length)) count++
  return count
}

// oxlint-disable-next-line no-control-regex -- Python's white space
const NOT_WHITE = /(?:[^\s\x1c-\x1f\x85]|\ufeff)+/g
