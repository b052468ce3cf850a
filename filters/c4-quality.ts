import { z } from 'zod'
import type { Document } from '../lib/documents/document.ts'
import { forEachLine, type Line } from '../lib/text/c4-lines.ts'
import { stripped } from '../lib/text/lines.ts'
import { listedWordFinder } from '../lib/text/listed-words.ts'
import { wordCounter } from '../lib/text/word-kinds.ts'
import { defineFilter, drop, keep, type Verdict } from './define-filter.ts'
import { linesOfFile } from './list-file.ts'
import { dolmaC4 } from './variants/c4.ts'

/** A limit that is the variant's own. */
const REFERENCE = 'reference'

const settings = z.strictObject({
  variant: z
    .enum(['datatrove', 'dolma', 'tfds'])
    .default('datatrove')
    .describe(
      'Whose reading of the rules: see filters/VARIANTS.md. dolma has no longest word, citations, policies and sentences; tfds are the rules that made C4.',
    ),
  terminalPunctuation: z
    .boolean()
    .default(true)
    .describe(
      "Remove lines that do not end in . ? ! \" or ' (tfds: not in '), and those that end in three full stops.",
    ),
  removeCitations: z
    .boolean()
    .default(true)
    .describe('Remove [1], [], [edit] and [citation needed] from lines.'),
  maxWordLength: z
    .int()
    .min(0)
    .nullable()
    .default(1000)
    .describe(
      'Remove lines with a longer word between white space, in characters, inclusive. null: no limit.',
    ),
  minWordsPerLine: z
    .union([z.literal(REFERENCE), z.int().min(0)])
    .nullable()
    .default(REFERENCE)
    .describe(
      "Remove lines with fewer words between white space, inclusive, citations among them (tfds: not). reference: the variant's, 3 and for tfds 5. null: no limit.",
    ),
  loremIpsum: z.boolean().default(true).describe('Drop documents with "lorem ipsum" in a line that is left.'),
  javascript: z.boolean().default(true).describe('Remove lines with "javascript".'),
  curlyBracket: z.boolean().default(true).describe('Drop documents with "{" in a line that is left.'),
  policy: z.boolean().default(true).describe('Remove lines about cookies, terms of use or a privacy policy.'),
  minSentences: z
    .union([z.literal(REFERENCE), z.int().min(0)])
    .nullable()
    .default(REFERENCE)
    .describe(
      "Drop documents with fewer sentences left, inclusive. reference: the variant's, 5 and for tfds 3. null: no limit.",
    ),
  badWords: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      'Path of a text file with words or phrases, one a line: drop documents with one in what is left. null: none.',
    ),
  badWordsInside: z
    .boolean()
    .default(false)
    .describe('Find bad words inside of words too, as for Japanese, Thai and Chinese.'),
})

/**
 * The rules of C4 (Raffel et al. 2020, JMLR 21/140) as datatrove 0.10.1 reads them: lines are judged one by one and
 * the text becomes those that are left; the rules of a line apply in the order below, so that a `{` in a line that is
 * removed anyway drops no document. `…` is no final punctuation, nor is a space that a removed citation left. Bad words
 * are looked for in the text that is left, without regard to case; there, capitals in the list are never found.
 * `variant: tfds` is what made C4: TensorFlow Datasets' `c4_utils.py` 4.9, whose lines need five words without their
 * citations, and texts three sentences (counted here as spaCy does, there by a trained model of NLTK).
 * `variant: dolma` is in `variants/c4.ts`.
 */
export const c4Quality = defineFilter({
  name: 'c4-quality',
  summary:
    'Removes lines that are no prose, and drops texts with too little left (C4 rules, as in datatrove).',
  revision: 1,
  settings,
  paths: ['badWords'],
  reasons: [
    'lorem_ipsum',
    'curly_bracket',
    'javascript',
    'too_few_sentences',
    'document_removed_with_badwords',
  ],
  values: {
    lines: 'number',
    linesWithLongWord: 'number',
    linesWithoutEnd: 'number',
    linesTooShort: 'number',
    linesWithLoremIpsum: 'number',
    linesWithJavascript: 'number',
    linesWithCurlyBracket: 'number',
    linesWithPolicy: 'number',
    linesKept: 'number',
    sentences: 'number',
    badWords: 'number',
  },
  // Lower-casing.
  unicode: ({ badWords }) => badWords !== null,
  edits: 'text',
  rules: (settings) =>
    settings.variant === 'dolma'
      ? []
      : [
          {
            value: 'sentences',
            min: limitsOf(settings).minSentences,
            setting: 'minSentences',
            reason: 'too_few_sentences',
          },
        ],
  load: ({ badWords }): Promise<readonly string[]> =>
    badWords === null ? Promise.resolve([]) : linesOfFile(badWords, 'c4-quality'),
  create: (given, badWords) => {
    const settings = limitsOf(given)
    if (settings.variant === 'dolma') return asDolma(settings, badWords)
    const find = settings.badWords === null ? undefined : listedWordFinder(badWords, settings.badWordsInside)
    const kept = keptLines()
    return (document) => {
      const counts = emptyCounts()
      kept.clear()
      let fatal: 'linesWithLoremIpsum' | 'linesWithCurlyBracket' | undefined
      forEachLine(document, settings.removeCitations, (line) => {
        const fate = judge(document.text, line, settings)
        counts.lines++
        counts[fate]++
        if (fate === 'linesWithLoremIpsum' || fate === 'linesWithCurlyBracket') fatal ??= fate
        if (fate !== 'linesKept') return
        counts.sentences += line.sentences()
        kept.add(document.text, line)
      })
      if (fatal !== undefined) {
        const reason = fatal === 'linesWithLoremIpsum' ? 'lorem_ipsum' : 'curly_bracket'
        return drop(reason, counts[fatal], 0, { ...counts })
      }
      if (settings.minSentences !== null && counts.sentences < settings.minSentences) {
        return drop('too_few_sentences', counts.sentences, settings.minSentences, { ...counts })
      }
      const text = stripped(kept.join(document.text))
      if (find === undefined) return edited(document.text, text, { ...counts })
      const { count, first } = find(text)
      const values = { ...counts, badWords: count }
      if (first !== undefined) return drop('document_removed_with_badwords', first, null, values)
      return edited(document.text, text, values)
    }
  },
})

/** What its tagger marks decides: a text with `lorem ipsum`, `{` or the word `javascript` in any line goes, as do marked lines. */
function asDolma(limits: Limits, badWords: readonly string[]): (document: Document) => Verdict {
  const measure = dolmaC4(limits, badWords)
  return (document) => {
    const { values, text, ...bad } = measure(document.text)
    const recorded = limits.badWords === null ? values : { ...values, badWords: bad.badWords }
    for (const [name, value, reason] of [
      ['loremIpsum', 'linesWithLoremIpsum', 'lorem_ipsum'],
      ['curlyBracket', 'linesWithCurlyBracket', 'curly_bracket'],
      ['javascript', 'linesWithJavascript', 'javascript'],
    ] as const) {
      if (limits[name] && values[value] > 0) return drop(reason, values[value], 0, recorded)
    }
    if (bad.firstBadWord !== undefined)
      return drop('document_removed_with_badwords', bad.firstBadWord, null, recorded)
    return edited(document.text, text, recorded)
  }
}

/** Lines that are kept; neighbours between which one line feed stands are one piece of the text. */
function keptLines() {
  let pieces: string[] = []
  let start = -1
  let end = -1
  const addPiece = (source: string) => {
    if (start !== -1) pieces.push(source.slice(start, end))
    start = -1
    end = -1
  }
  return {
    clear: () => {
      pieces = []
      start = -1
      end = -1
    },
    add: (source: string, line: Line) => {
      const isNext = line.cited === undefined && line.start === end + 1 && source.charCodeAt(end) === 0x0a
      if (isNext && start !== -1 && line.words > 0) {
        end = line.end
        return
      }
      addPiece(source)
      if (line.cited !== undefined) pieces.push(line.cited)
      else {
        start = line.start
        end = line.end
      }
    },
    /** All of them, as lines. */
    join: (source: string) => {
      addPiece(source)
      return pieces.length === 1 ? (pieces[0] ?? '') : pieces.join('\n')
    },
  }
}

/** Lines by what became of them, and the sentences of those that were kept. */
function emptyCounts() {
  return {
    lines: 0,
    linesWithLongWord: 0,
    linesWithoutEnd: 0,
    linesTooShort: 0,
    linesWithLoremIpsum: 0,
    linesWithJavascript: 0,
    linesWithCurlyBracket: 0,
    linesWithPolicy: 0,
    linesKept: 0,
    sentences: 0,
  }
}

type Fate = Exclude<keyof ReturnType<typeof emptyCounts>, 'lines' | 'sentences'>

type Settings = z.output<typeof settings>

/** The settings with the variant's own limits. */
function limitsOf(given: Settings) {
  const isTfds = given.variant === 'tfds'
  return {
    ...given,
    minWordsPerLine: given.minWordsPerLine === REFERENCE ? (isTfds ? 5 : 3) : given.minWordsPerLine,
    minSentences: given.minSentences === REFERENCE ? (isTfds ? 3 : 5) : given.minSentences,
  }
}

type Limits = ReturnType<typeof limitsOf>

function judge(text: string, line: Line, limits: Limits): Fate {
  const isTfds = limits.variant === 'tfds'
  if (limits.maxWordLength !== null && line.longestWord > limits.maxWordLength) return 'linesWithLongWord'
  const isEnded = line.endsInPunctuation && !(isTfds && lastOf(text, line) === "'")
  if (limits.terminalPunctuation && !isEnded) return 'linesWithoutEnd'
  const words = isTfds && line.cited !== undefined ? wordsOf(line.cited) : line.words
  if (limits.minWordsPerLine !== null && words < limits.minWordsPerLine) return 'linesTooShort'
  if (limits.loremIpsum && line.loremIpsum) return 'linesWithLoremIpsum'
  if (limits.javascript && line.javascript) return 'linesWithJavascript'
  if (limits.curlyBracket && line.curlyBracket) return 'linesWithCurlyBracket'
  if (limits.policy && line.policy) return 'linesWithPolicy'
  return 'linesKept'
}

function lastOf(text: string, { cited, end }: Line): string {
  return cited === undefined ? text.charAt(end - 1) : cited.slice(-1)
}

const wordsOf = wordCounter('whitespace')

function edited(before: string, after: string, values: Verdict['values']): Verdict {
  return after === before ? keep(values) : keep(values, after)
}
