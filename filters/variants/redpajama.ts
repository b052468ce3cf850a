import { normalized } from '../../lib/documents/normalize.ts'
import { classesOf, SPACE, WORD_CHARACTER } from '../../lib/text/character-classes.ts'
import { forEachRepeated } from '../../lib/text/gram-counts.ts'
import { stripped } from '../../lib/text/lines.ts'
import { WHITE } from '../../lib/text/split-words.ts'
import { charactersOf, type InternedWords, internWords, joined } from './interned-words.ts'
import { codePoints, countOf, occurrences } from './repeated-parts.ts'
import { mostFrequent } from './repetition.ts'

/** Lists that some signals ask for; undefined: they are left out. */
export interface SignalLists {
  readonly badWords: readonly string[] | undefined
  readonly stopWords: readonly string[] | undefined
}

const MOST = 10
const TOP = 4

/** Signals of one text by their published names; one that has no value (a mean over no words) is left out. */
export function redpajamaSignals({
  badWords,
  stopWords,
}: SignalLists): (text: string) => Record<string, number> {
  const blocked = badWords === undefined ? undefined : blockedGrams(badWords)
  const stops = stopWords === undefined ? undefined : new Set(stopWords)
  return (text) => {
    const length = codePoints(text)
    const plain = normalize(text)
    const words = internWords(plain)
    const { length: count } = words.ids
    const values: Record<string, number> = {
      rps_doc_num_sentences: countSentences(text),
      rps_doc_word_count: count,
      rps_doc_curly_bracket: length === 0 ? 0 : round(countOf(text, /[{}]/g) / length),
      rps_doc_lorem_ipsum: loremIpsum(plain),
    }
    if (count > 0) {
      values['rps_doc_mean_word_length'] = round(charactersOf(words, 0, count) / count)
      values['rps_doc_frac_unique_words'] = round(words.counts.length / count)
      values['rps_doc_unigram_entropy'] = round(entropy(words.counts, count))
    }
    addRawWords(values, text, stops, count)
    addLines(values, text)
    addGrams(values, words)
    if (blocked !== undefined) values['rps_doc_ldnoobw_words'] = countBlocked(words, blocked)
    return values
  }
}

/** Without ASCII punctuation, in lower case, one space between words, decomposed (NFD) but for runs of marks that are no text. */
function normalize(text: string): string {
  return normalized(singleSpaced(stripped(text.replace(/[!-/:-@[-`{-~]/g, '').toLowerCase())), 'NFD')
}

// oxlint-disable-next-line no-control-regex -- Python's white space
const WHITE_RUN = /(?:(?!\ufeff)[\s\x1c-\x1f\x85])+/g
/** UTF-16 units, at least, that are replaced in at a time: what a replacement holds for each place does not add up. */
const PIECE = 1 << 16

function singleSpaced(text: string): string {
  let all = ''
  for (let at = 0; at < text.length; ) {
    let end = at + PIECE
    // A run of white space is in one piece.
    while (WHITE[text.charCodeAt(end)] === 1) end++
    all += text.slice(at, end).replace(WHITE_RUN, ' ')
    at = end
  }
  return all
}

/** `\b[^.!?]+[.!?]*`: from the edge of a word to a mark, and the marks after it. */
function countSentences(text: string): number {
  let count = 0
  let before = false
  let inside = false
  let marks = false
  for (let at = 0; at < text.length; ) {
    const point = text.codePointAt(at) ?? 0
    at += point > 0xffff ? 2 : 1
    const isMark = point === 0x2e || point === 0x21 || point === 0x3f
    const isWord = (classesOf(point) & WORD_CHARACTER) !== 0
    if (inside && marks && !isMark) inside = false
    if (inside) marks ||= isMark
    else if (!isMark && isWord !== before) {
      count++
      inside = true
      marks = false
    }
    before = isWord
  }
  return count
}

function loremIpsum(plain: string): number {
  const count = occurrences(plain, 'lorem ipsum')
  return count === 0 ? 0 : round(count / codePoints(plain))
}

function entropy(counts: Int32Array, total: number): number {
  let sum = 0
  for (const count of counts) sum += (-count / total) * Math.log(count / total)
  return sum
}

/** Signals of the text's own words: runs of letters, digits and `_`, and runs of what is neither these nor white space. */
function addRawWords(
  values: Record<string, number>,
  text: string,
  stops: ReadonlySet<string> | undefined,
  normalizedWords: number,
): void {
  let words = 0
  let alphabetic = 0
  let capitals = 0
  let stopWords = 0
  for (let at = 0; at < text.length; ) {
    const start = at
    const kind = kindAt(text, at)
    let hasLetter = false
    let hasUpper = false
    let hasLower = false
    while (at < text.length && kindAt(text, at) === kind) {
      const point = text.codePointAt(at) ?? 0
      if (point < 0x80) {
        const isUpper = point >= 0x41 && point <= 0x5a
        const isLower = point >= 0x61 && point <= 0x7a
        hasLetter ||= isUpper || isLower
        hasUpper ||= isUpper
        hasLower ||= isLower
      } else {
        const character = String.fromCodePoint(point)
        hasUpper ||= /\p{Uppercase}/u.test(character)
        hasLower ||= /[\p{Lowercase}\p{Lt}]/u.test(character)
      }
      at += point > 0xffff ? 2 : 1
    }
    if (kind === SPACE) continue
    words++
    if (hasLetter) alphabetic++
    if (hasUpper && !hasLower) capitals++
    if (stops?.has(text.slice(start, at)) === true) stopWords++
  }
  if (stops !== undefined)
    values['rps_doc_stop_word_fraction'] = normalizedWords === 0 ? 0 : round(stopWords / words)
  if (words === 0) return
  const symbols = ['#', '...', '…'].reduce((sum, symbol) => sum + occurrences(text, symbol), 0)
  values['rps_doc_symbol_to_word_ratio'] = round(symbols / words)
  values['rps_doc_frac_no_alph_words'] = round(1 - alphabetic / words)
  values['rps_doc_frac_all_caps_words'] = round(capitals / words)
}

function kindAt(text: string, at: number): number {
  return classesOf(text.codePointAt(at) ?? 0) & (SPACE | WORD_CHARACTER)
}

/** Of a line, of it without the white space around it, and of it normalized. */
type LineSignal = (line: string, own: string, plain: string) => number

const LINE_SIGNALS: readonly (readonly [string, LineSignal])[] = [
  ['rps_doc_frac_lines_end_with_ellipsis', (_, own) => Number(own.endsWith('...') || own.endsWith('…'))],
  ['rps_lines_ending_with_terminal_punctution_mark', (_, own) => Number(/[.!?”]$/.test(own))],
  ['rps_lines_start_with_bulletpoint', (_, own) => Number(/^[•‣▶◀◦■□▪▫–]/.test(own))],
  [
    'rps_lines_uppercase_letter_fraction',
    (line) => round(countOf(line, /\p{Uppercase}/gu) / codePoints(line)),
  ],
  ['rps_lines_num_words', (_, __, plain) => (plain === '' ? 0 : occurrences(plain, ' ') + 1)],
  ['rps_lines_javascript_counts', (_, __, plain) => plain.match(/(?<![^ ])javascript(?![^ ])/g)?.length ?? 0],
  [
    'rps_lines_numerical_chars_fraction',
    (_, __, plain) => (plain === '' ? 0 : round(countOf(plain, NUMERIC) / codePoints(plain))),
  ],
]

/** Lines with their line feeds; of each signal of lines, the mean. */
function addLines(values: Record<string, number>, text: string): void {
  const sums = new Float64Array(LINE_SIGNALS.length)
  let lines = 0
  for (let start = 0; start < text.length; lines++) {
    const feed = text.indexOf('\n', start)
    const end = feed === -1 ? text.length : feed + 1
    const line = text.slice(start, end)
    const own = stripped(line)
    const plain = normalize(line)
    for (let i = 0; i < sums.length; i++)
      sums[i] = (sums[i] ?? 0) + (LINE_SIGNALS[i]?.[1](line, own, plain) ?? 0)
    start = end
  }
  values['lines'] = lines
  if (lines === 0) return
  for (const [i, [name]] of LINE_SIGNALS.entries()) values[name] = (sums[i] ?? 0) / lines
  values['rps_doc_frac_lines_end_with_ellipsis'] = round(values['rps_doc_frac_lines_end_with_ellipsis'] ?? 0)
}

/** Python's `isnumeric`: numbers, and the ideographs to which Unihan gives a number. */
const NUMERIC =
  /[\p{N}㐅㒃㠪㭍一七万三九二五亖亿什仟仨伍佰億兆兩八六十千卄卅卌叁参參叄四壱壹幺廾廿弌弍弎弐拾捌柒漆玖百肆萬貮貳贰阡陆陌陸零𠀁𠁤𠃢𠄡𠤪𠦃𠦌𠦜𠫪𠫽𠬙𢎐𢦘𣬛𦉭]/gu

/** Shares of the characters of words: the most frequent n-gram's, if it stands twice; those of repeated ones, each once. */
function addGrams(values: Record<string, number>, words: InternedWords): void {
  const count = words.ids.length
  const all = charactersOf(words, 0, count)
  for (let n = 2; n <= MOST; n++) values[gramName(n)] = 0
  forEachRepeated(words.ids, MOST, (grams) => {
    const { n } = grams
    if (count < n || grams.count === 0) return
    if (n <= TOP) {
      const { first, occurrences } = mostFrequent(grams, () => 0)
      values[gramName(n)] = round((charactersOf(words, first, first + n) * occurrences) / all)
      return
    }
    let repeated = 0
    let end = 0
    for (const start of grams.positions.subarray(0, grams.count)) {
      repeated += charactersOf(words, Math.max(start, end), start + n)
      end = start + n
    }
    values[gramName(n)] = round(repeated / all)
  })
}

function gramName(n: number): string {
  return n <= TOP ? `rps_doc_frac_chars_top_${n}gram` : `rps_doc_frac_chars_dupe_${n}grams`
}

/** Listed words and phrases by how many words they have. */
function blockedGrams(listed: readonly string[]): ReadonlyMap<number, ReadonlySet<string>> {
  const grams = new Map<number, Set<string>>()
  for (const entry of listed) {
    const n = entry.split(' ').length
    const known = grams.get(n) ?? new Set()
    grams.set(n, known.add(entry))
  }
  return grams
}

function countBlocked(words: InternedWords, blocked: ReadonlyMap<number, ReadonlySet<string>>): number {
  let count = 0
  for (const [n, grams] of blocked) {
    for (let at = 0; at + n <= words.ids.length; at++) if (grams.has(joined(words, at, at + n))) count++
  }
  return count
}

/** Eight decimals as Python rounds: of two as near, the even one, which only multiples of 1/512 have. */
export function round(value: number): number {
  if (Number.isInteger(value)) return value
  const rounded = Number(value.toFixed(8))
  const halves = value * 512
  if (!Number.isInteger(halves) || halves % 2 === 0) return rounded
  const below = Math.floor(value * 1e8)
  return (below % 2 === 0 ? below : below + 1) / 1e8
}
