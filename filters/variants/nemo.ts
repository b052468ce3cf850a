import { forEachRepeated } from '../../lib/text/gram-counts.ts'
import { stripped } from '../../lib/text/lines.ts'
import { charactersOf, type InternedWords, internWords, joined } from './interned-words.ts'
import { codePoints, countOf, occurrences, partsOf } from './repeated-parts.ts'
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

const SHORTEST_POLICY = Math.min(...['lorem ipsum', ...POLICIES].map(({ length }) => length))

/** Scores of one text by the reference's names; those over nothing, where it fails, are left out. */
export function nemoScores(text: string): Record<string, number> {
  const words = internWords(text)
  const values: Record<string, number> = {}
  addCharacters(values, text)
  addWords(values, words)
  addLines(values, text)
  addParagraphs(values, text)
  addGrams(values, text, words)
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

function addWords(values: Record<string, number>, words: InternedWords): void {
  const all = words.ids.length
  let stopWords = 0
  let symbols = 0
  let alphabetic = 0
  let longest = 0
  for (const [id, count] of words.counts.entries()) {
    const word = words.word(id)
    const length = codePoints(word)
    longest = Math.max(longest, length)
    if (STOP_WORDS.has(word)) stopWords += count
    if (ELLIPSES.has(word) || (word.includes('#') && hashRuns(word) / length > 0.5)) symbols += count
    if (/\p{Alphabetic}/u.test(word)) alphabetic += count
  }
  values['word_count'] = all
  values['common_english_words'] = stopWords
  if (all === 0) return
  values['symbol_to_word'] = symbols / all
  values['words_without_alphabets'] = alphabetic / all
  values['mean_word_length'] = charactersOf(words, 0, all) / all
  values['max_word_length'] = longest
}

function hashRuns(word: string): number {
  let count = 0
  for (let at = 0; at < word.length; at++) if (word[at] === '#' && word[at - 1] !== '#') count++
  return count
}

/** Shares of the lines that are not blank; of repeated ones, how much is left of all. */
function addLines(values: Record<string, number>, text: string): void {
  let count = 0
  let bullets = 0
  let unpunctuated = 0
  let ellipses = 0
  const lines = differentParts()
  for (const line of partsOf(text, '\n')) {
    const own = stripped(line)
    if (own === '') continue
    lines.add(line)
    count++
    bullets += Number(/^[•‣⁃⁌⁍∙○●◘◦⦾⦿]/.test(own))
    unpunctuated += Number(!/[.?!"']$/.test(own))
    ellipses += Number(ELLIPSIS_END.test(own.toLowerCase()))
  }
  if (count === 0) return
  values['bullet_ratio'] = bullets / count
  values['punctuation'] = unpunctuated / count
  values['ellipsis'] = ellipses / count
  lines.addLeft(values, 'repeated_lines')
}

function addParagraphs(values: Record<string, number>, text: string): void {
  let policies = 0
  let isFiller = false
  const paragraphs = differentParts()
  for (const paragraph of partsOf(text, '\n\n')) {
    paragraphs.add(paragraph)
    const lower = paragraph.toLowerCase()
    if (lower.length < SHORTEST_POLICY) continue
    isFiller ||= lower.includes('lorem ipsum')
    policies += Number(POLICIES.some((policy) => lower.includes(policy)))
  }
  const count = paragraphs.addLeft(values, 'repeated_paragraphs')
  values['boilerplate_string_ratio'] = isFiller ? 1 : policies / count
}

/** Shares of different parts, by their number and by their characters. */
function differentParts() {
  const different = new Set<string>()
  let count = 0
  let characters = 0
  let differentCharacters = 0
  return {
    add(part: string): void {
      const length = codePoints(part)
      count++
      characters += length
      if (different.has(part)) return
      different.add(part)
      differentCharacters += length
    },
    addLeft(values: Record<string, number>, name: string): number {
      values[name] = different.size / count
      if (characters > 0) values[`${name}_char`] = differentCharacters / characters
      return count
    },
  }
}

/**
 * How much of the text the most frequent n-gram is, wherever its words stand with a space between, and the n-grams that stood
 * before, with their spaces and without overlaps; 1 of a text of fewer words. Of n-grams as frequent the first one is
 * taken, where the reference takes any.
 */
function addGrams(values: Record<string, number>, text: string, words: InternedWords): void {
  const all = codePoints(text)
  for (let n = 2; n <= MOST; n++) values[gramName(n)] = words.ids.length < n ? 1 : 0
  forEachRepeated(words.ids, MOST, (grams) => {
    const { n } = grams
    if (words.ids.length < n) return
    if (n <= TOP) {
      const { first } = mostFrequent(grams, () => 0)
      const gram = joined(words, first, first + n)
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
