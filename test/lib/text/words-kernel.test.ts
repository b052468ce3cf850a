import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { readLines } from '../../../lib/text/c4-lines.ts'
import { repeatedGramCharacters, topGramCharacters } from '../../../lib/text/grams.ts'
import { countLines, countShortLines, lineCounts } from '../../../lib/text/line-counts.ts'
import { countSentences } from '../../../lib/text/sentences.ts'
import { splitWords } from '../../../lib/text/split-words.ts'
import { emptyWords, type Words } from '../../../lib/text/word-arrays.ts'
import { words } from '../../../lib/text/words.ts'
import { heldBytes } from '../../held-bytes.ts'
import { isSpace } from './reference.ts'

const view = (text: string) => words({ text, id: undefined, url: undefined })
const twin = emptyWords()

/** All that the two have to agree on: ids are numbered by each in its own way, and what is long is told by its digest. */
function facts(text: Words) {
  const { chunkCount, ids, breaks, breakChunks, sums, codePoints, hasPairs, length } = text
  const list = ids.items.subarray(0, ids.length)
  return {
    units: digest(text.units.subarray(0, length)),
    starts: digest(text.chunkStarts.subarray(0, chunkCount)),
    ends: digest(text.chunkEnds.subarray(0, chunkCount)),
    wordEnds: digest(text.wordEnds.subarray(0, chunkCount)),
    marks: digest(text.chunkMarks.subarray(0, chunkCount)),
    sentences: digest(text.chunkSentences.subarray(0, chunkCount)),
    equalChunksHaveEqualHashes: areHashes(text),
    breaks: digest(breaks.items.subarray(0, breaks.length)),
    breakChunks: digest(breakChunks.items.subarray(0, breakChunks.length)),
    equalWords: digest(firstsOf(list)),
    info: digest(list.map((id) => text.info[id]!)),
    sums,
    codePoints,
    hasPairs,
    top: topGramCharacters(text, 4),
    repeated: repeatedGramCharacters(text, 5, 10),
  }
}

function digest(items: Int32Array | Uint16Array | Uint8Array): string {
  return createHash('sha1').update(items).digest('hex')
}

/** Whether equal chunks have equal hashes; different ones may have them too. */
function areHashes({ units, length, chunkCount, chunkStarts, chunkEnds, chunkHashes }: Words): boolean {
  const text = Buffer.from(units.slice(0, length).buffer).toString('utf16le')
  const known = new Map<string, number>()
  for (let i = 0; i < chunkCount; i++) {
    const chunk = text.slice(chunkStarts[i], chunkEnds[i])
    if ((known.get(chunk) ?? chunkHashes[i]) !== chunkHashes[i]) return false
    known.set(chunk, chunkHashes[i]!)
  }
  return true
}

/** Where each stands first. */
function firstsOf(items: Int32Array): Int32Array {
  const firsts = new Map<number, number>()
  for (const [i, item] of items.entries()) if (!firsts.has(item)) firsts.set(item, i)
  return items.map((item) => firsts.get(item)!)
}

const parts = fc.oneof(
  fc.constantFrom(
    'a',
    'the',
    'e.g.',
    "can't",
    ':)',
    '...',
    '…',
    '#',
    '😀',
    '漢字',
    '\ud800',
    '\0',
    '\u00e9',
    '\u212a',
    'see:)',
    'f():',
    '):',
    "it's:",
    '(Mr.)',
    '5km',
    'a.b.com:80/x?',
    'u@h.org',
    '8.8.8.8',
    '1.2.3.4.5',
    'x--y',
    'U.S.A.',
    'US$',
    '3\u00b0C.',
    'https://',
    '.',
    ',',
    '-',
    "'s",
    '9',
    'KB',
    'Javascript',
    'terms',
    'USE',
    'of',
    'ipsum',
    '\u06339\u0645\u0645',
  ),
  fc.constantFrom(
    ' ',
    '  ',
    '\n',
    '\n\n',
    '\r\n',
    '\t',
    '\u0085',
    '\u00a0',
    '\u2028',
    '\u3000',
    '\u001c',
    '\ufeff',
  ),
  fc.constantFrom(
    'x'.repeat(15),
    'x'.repeat(16),
    'x'.repeat(17),
    'y'.repeat(128),
    'y'.repeat(129),
    'ab,'.repeat(60),
  ),
  fc.string({ unit: 'binary', maxLength: 5 }),
)

test('the kernel is there, and leaves texts that do not fit in to its twin', () => {
  expect(view('a b').kernel).toBeDefined()
  expect(view('a '.repeat(1 << 21)).kernel).toBeDefined()
  expect(view('a '.repeat((1 << 21) + 1)).kernel).toBeUndefined()
})

test('finds what its plain twin finds in any text, one after another', () => {
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 200 }), (all) => {
      const text = all.join('')
      expect(facts(view(text))).toEqual(facts(splitWords(text, twin)))
    }),
    { numRuns: 300 },
  )
})

/** Of a text's lines, as the kernel has them and as the twin does. */
function linesOf(text: string) {
  const document = { text, id: undefined, url: undefined }
  const split = words(document)
  const counts = lineCounts(document)
  const short = countShortLines(document, 3)
  const count = split.kernel!.readLines(split)
  const { ends, longest, marks, sentences } = split.kernel!.views.lines
  const byKernel = [ends, longest, marks, sentences].map((items) => [...items.subarray(0, count)])
  const into = {
    ends: new Int32Array(),
    longest: new Int32Array(),
    marks: new Int32Array(),
    sentences: new Int32Array(),
  }
  const twins = readLines(document, into)
  const byTwin = [into.ends, into.longest, into.marks, into.sentences].map((items) => [
    ...items.subarray(0, twins),
  ])
  const filled = text.split('\n').filter((line) => Array.from(line).some((c) => !isSpace(c)))
  return [
    { counts, lines: byKernel, short },
    {
      counts: countLines(document),
      lines: byTwin,
      short: filled.filter((line) => Array.from(line).length <= 3).length,
    },
  ]
}

test('counts of lines what its plain twin counts', () => {
  const few = fc.constantFrom(
    'a',
    'b.',
    '...',
    'a...',
    '…',
    '•',
    '- b',
    '"',
    '?"',
    '!',
    '。',
    '😀',
    '𝪈',
    '\ud83d',
    '[1]',
    '{',
    'use',
    'of',
    'Cookie',
    ' ',
    '  ',
    '\t',
    '\n',
    '\n',
    '\n\n',
    '\n\n',
    '\r\n',
    '\r',
    '\u2028',
    '\u001c',
    'policy',
    'javascript',
    'Terms',
  )
  fc.assert(
    fc.property(fc.array(few, { maxLength: 60 }), (all) => {
      const [byKernel, byTwin] = linesOf(all.join(''))
      expect(byKernel).toEqual(byTwin)
    }),
    { numRuns: 1000 },
  )
})

test('counts the sentences of a line beside the text, which stays what it is', () => {
  const piece = fc.constantFrom(
    'A b.',
    'c',
    '.',
    '?"',
    '."',
    ' ',
    '  ',
    '\t',
    '(Mr.)',
    'see:)',
    '😀!',
    'ab,'.repeat(60),
  )
  const pieces = fc.array(piece, { maxLength: 20 }).map((all) => all.join(''))
  fc.assert(
    fc.property(pieces, pieces, (text, line) => {
      const split = view(text)
      const before = facts(split)
      const edited = splitWords(line, emptyWords())
      const range = { first: 0, end: edited.chunkCount, start: 0, stop: line.length }
      expect(split.kernel!.sentencesOf(line, split)).toBe(countSentences(edited, range))
      expect(facts(split)).toEqual(before)
    }),
    { numRuns: 200 },
  )
})

test('finds what its plain twin finds where much stands twice', () => {
  const few = fc.array(fc.constantFrom('a ', 'b ', 'bc ', 'ab ', 'c', ' ', '😀 ', '\n'), { maxLength: 200 })
  fc.assert(
    fc.property(few, (all) => {
      const text = all.join('')
      expect(facts(view(text))).toEqual(facts(splitWords(text, twin)))
    }),
    { numRuns: 300 },
  )
})

test.each([
  ['nothing', ''],
  ['white space', ' \n'.repeat(100)],
  ['as much as fits in, one chunk', 'ab'.repeat(1 << 18)],
  ['as much as fits in, one word again and again', 'a '.repeat(1 << 18)],
  ['as much as fits in, words of a chunk', ')'.repeat(1 << 19)],
  ['as much as fits in, lines', '\n'.repeat(1 << 19)],
  ['words that all differ', Array.from({ length: 40_000 }, (_, i) => `w${i.toString(36)}`).join(' ')],
  ['a long text', Array.from({ length: 60_000 }, (_, i) => `${i},b${i % 99} c${i.toString(36)}`).join(' ')],
  [
    'long chunks beside short ones',
    Array.from({ length: 500 }, (_, i) => `${'a-'.repeat(i)} b${i}`).join('\n'),
  ],
])('finds what its plain twin finds: %s', (_, text) => {
  expect(facts(view(text))).toEqual(facts(splitWords(text, twin)))
})

function lookForGrams(text: string): void {
  const seen = view(text)
  topGramCharacters(seen, 4)
  repeatedGramCharacters(seen, 5, 10)
}

const HUGE = (1 << 22) + 1

test('counts the sequences themselves where different ones have the hash of the most', () => {
  // 60 words are counted in 256 buckets: most texts have two different pairs in one, many have three. Of lengths that tell
  // which pair was found.
  const word = fc.integer({ min: 1, max: 45 }).map((length) => `${'x'.repeat(length)} `)
  fc.assert(
    fc.property(fc.array(word, { minLength: 50, maxLength: 64 }), (all) => {
      const text = all.join('')
      const own = view(text)
      const kernel = topGramCharacters(own, 4)
      expect(kernel).toEqual(topGramCharacters(splitWords(text, twin), 4))
    }),
    { numRuns: 300 },
  )
})

test('what a huge text needs is bounded, and given back with the next short one', async () => {
  lookForGrams('a b')
  const before = await heldBytes()
  lookForGrams('['.repeat(HUGE))
  const during = await heldBytes()
  lookForGrams('a c')
  expect(during - before).toBeGreaterThan(50e6)
  // By UTF-16 unit, where each is a word.
  expect((during - before) / HUGE).toBeLessThan(41)
  expect((await heldBytes()) - before).toBeLessThan((during - before) / 4)
})
