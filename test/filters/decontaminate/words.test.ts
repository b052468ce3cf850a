import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createWords, readWords, wordsOf } from '../../../filters/decontaminate/words.ts'
import { referenceWords } from './reference.ts'

const hashesOf = (text: string): number[] => Array.from(wordsOf(Buffer.from(text)).hashes)

/** Texts of what the rules distinguish, and of anything. */
const texts = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ' ',
        '\n\n',
        "'",
        '’',
        '-',
        '_',
        '½',
        'ﬁ',
        'é',
        'e\u0301',
        'İ',
        'Σ',
        '漢字',
        'カナ',
        '１２',
        '\u00AD',
        '\uFDFA',
        '𝐀𝐁',
        '한글',
        'ß',
      ),
      fc.string({ unit: 'grapheme', maxLength: 8 }),
      fc.constantFrom('The', 'duck', 'EGGS', '16', 'market’s'),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''))

test('words are those of the reference: one hash each, equal where they are equal', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const words = referenceWords(text)
      expect(hashesOf(text)).toEqual(words.map((word) => hashesOf(word)[0]))
    }),
  )
})

test('words lie where they are in the text', () => {
  const text = Buffer.from('Jänet’s  “ducks”, ½ 漢字')
  const { starts, ends } = wordsOf(text)
  const found = Array.from(starts, (start, at) => text.subarray(start, ends[at]).toString())
  expect(found).toEqual(['Jänet’s', 'ducks', '½', '½', '漢', '字'])
})

test('reading in pieces gives the words of the whole', () => {
  const text = Buffer.from(Array.from({ length: 500 }, (_, at) => `word${at} ½ 漢`).join(' '))
  const whole = Array.from(wordsOf(text).hashes)
  const block = createWords(64)
  const pieces: number[] = []
  for (let at = 0; at < text.length; ) {
    const read = readWords(text, at, block, 0)
    pieces.push(...block.hashes.subarray(0, read.count))
    at = read.at
  }
  expect(pieces).toEqual(whole)
})

test('punctuation, case, accents and width do not matter; words do', () => {
  expect(hashesOf('“Janet’s” CAFÉ—ｆｕｌｌ')).toEqual(hashesOf('janets cafe full'))
  expect(hashesOf('duck eggs')).not.toEqual(hashesOf('duckeggs'))
})
