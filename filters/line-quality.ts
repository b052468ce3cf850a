import { z } from 'zod'
import { usesUnicodeWords, wordCounter, wordsSetting } from '../lib/text/word-kinds.ts'
import { defineFilter, drop, keep } from './define-filter.ts'

const settings = z.strictObject({
  words: wordsSetting('whitespace'),
  maxUpperCase: z
    .number()
    .min(0)
    .nullable()
    .default(0.5)
    .describe('Remove lines with a greater share of ASCII capitals among their characters. null: keep them.'),
  numeric: z.boolean().default(true).describe('Remove lines of digits, punctuation and white space alone.'),
  counters: z.boolean().default(true).describe('Remove lines that are a counter: `3 likes`, `12 comments`.'),
  minWords: z
    .int()
    .min(0)
    .nullable()
    .default(2)
    .describe('Remove lines with fewer words, inclusive; blank lines stay. null: no limit.'),
  buttons: z
    .boolean()
    .default(true)
    .describe('Remove short lines that begin with sign-in, end in read more, or have items in cart.'),
  buttonWords: z.int().min(0).default(10).describe('What a short line is: at most so many words.'),
  maxRemovedWords: z
    .number()
    .min(0)
    .nullable()
    .default(0.05)
    .describe('Greatest share of the words that may go with removed lines, inclusive. null: no limit.'),
})

/**
 * The line rules of RefinedWeb (Penedo et al. 2023, arXiv 2306.01116, appendix G.2), which DCLM runs too: lines that are
 * interface rather than text go, and a document that would lose more than 5 % of its words goes as a whole.
 */
export const lineQuality = defineFilter({
  name: 'line-quality',
  summary:
    'Removes lines of capitals, numbers, counters and buttons, and drops texts that lose too much (RefinedWeb).',
  revision: 2,
  settings,
  reasons: ['removed_words'],
  values: {
    lines: 'number',
    linesUpperCase: 'number',
    linesNumeric: 'number',
    linesCounter: 'number',
    linesTooShort: 'number',
    linesButton: 'number',
    linesKept: 'number',
    removedWords: 'number',
  },
  unicode: usesUnicodeWords,
  edits: 'text',
  rules: ({ maxRemovedWords }) => [
    { value: 'removedWords', max: maxRemovedWords, setting: 'maxRemovedWords', reason: 'removed_words' },
  ],
  create: (limits) => {
    const countWords = wordCounter(limits.words)
    return ({ text }, earlier) => {
      const counts = {
        lines: 0,
        linesUpperCase: 0,
        linesNumeric: 0,
        linesCounter: 0,
        linesTooShort: 0,
        linesButton: 0,
        linesKept: 0,
      }
      const kept: string[] = []
      let words = 0
      let removed = 0
      for (const line of text.split('\n')) {
        const count = countWords(line, earlier)
        const fate = count === 0 ? 'blank' : fateOf(line, count, limits)
        words += count
        if (fate === 'blank' || fate === 'linesKept') kept.push(line)
        else removed += count
        if (fate === 'blank') continue
        counts.lines++
        counts[fate]++
      }
      const removedWords = words === 0 ? 0 : removed / words
      const values = { ...counts, removedWords }
      if (limits.maxRemovedWords !== null && removedWords > limits.maxRemovedWords) {
        return drop('removed_words', removedWords, limits.maxRemovedWords, values)
      }
      return counts.lines === counts.linesKept ? keep(values) : keep(values, kept.join('\n'))
    }
  },
})

type Fate = 'linesUpperCase' | 'linesNumeric' | 'linesCounter' | 'linesTooShort' | 'linesButton' | 'linesKept'

function fateOf(line: string, words: number, limits: z.output<typeof settings>): Fate {
  if (limits.maxUpperCase !== null && capitals(line) > limits.maxUpperCase * line.length)
    return 'linesUpperCase'
  if (limits.numeric && isNumeric(line)) return 'linesNumeric'
  const isShort = line.length <= LONGEST_BUTTON
  if (limits.counters && isShort && COUNTER.test(line)) return 'linesCounter'
  if (limits.minWords !== null && words < limits.minWords) return 'linesTooShort'
  if (limits.buttons && isShort && words <= limits.buttonWords && BUTTON.test(line)) return 'linesButton'
  return 'linesKept'
}

/** Units of a line that can be a counter or a button: it bounds what the patterns read. */
const LONGEST_BUTTON = 200
const COUNTER =
  /^\s*[\d.,]{1,12}\s?[km]?\+?\s(?:likes?|shares?|comments?|retweets?|reposts?|quotes?|bookmarks?|upvotes?|downvotes?|downloads?|views?|followers?|replies|reply|tweets?|votes?|reads?)\s*$/i
const BUTTON = /^\s*sign[- ]in|read more(?:\.{3}|…)?\s*$|items in cart/i

function capitals(line: string): number {
  let count = 0
  for (let at = 0; at < line.length; at++) {
    const code = line.charCodeAt(at)
    if (code >= 0x41 && code <= 0x5a) count++
  }
  return count
}

/** A digit, and nothing but digits, ASCII punctuation and white space. */
function isNumeric(line: string): boolean {
  let digits = 0
  for (let at = 0; at < line.length; at++) {
    const code = line.charCodeAt(at)
    if (code > 0x7e || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)) return false
    if (code >= 0x30 && code <= 0x39) digits++
  }
  return digits > 0
}
