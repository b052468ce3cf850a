import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { characters, MOST_BLOCKS, pieceHasher, withoutCuts } from '../../../filters/dedup/blocks.ts'
import type { BlockDedup } from '../../../filters/dedup/define-dedup.ts'
import { dedupMethods, dedupPasses, dedupUse, inOrder } from '../../../filters/dedup/index.ts'
import { lines, paragraphs, spans } from '../../../filters/dedup/registered.ts'

const blocksOf = (definition: BlockDedup, text: string): string[] => {
  const bytes = Buffer.from(text)
  const ends = Array.from(definition.create(definition.settings.parse({})).split(bytes))
  return ends.map((end, at) => bytes.subarray(ends[at - 1] ?? 0, end).toString())
}

const cutting = Object.values(dedupMethods).filter((each): each is BlockDedup => each.compares === 'blocks')

describe.each(cutting)('blocks of $name', (definition) => {
  const character = fc.constantFrom('a', 'b', '.', '!', '。', '…', '"', ' ', '\n', '\r', '\u3000', 'é', '😀')

  test('lie side by side over the whole text', () => {
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 60 }), (text) => {
        const blocks = blocksOf(definition, text)
        expect(blocks.join('')).toBe(text)
        expect(blocks.every((block) => block !== '')).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  test.each(['\n', 'a\n', 'a\n\n', '. ', 'a. ', '"', ' '])('are bounded on 4 million of %j', (piece) => {
    const text = Buffer.from(piece.repeat(4_000_000))
    const ends = definition.create(definition.settings.parse({})).split(text)
    expect(ends.length).toBeLessThanOrEqual(MOST_BLOCKS)
  })
})

const hashOf = (text: string, minCharacters = 1): string | undefined => {
  const into = new Uint32Array(3)
  const bytes = Buffer.from(text)
  return pieceHasher(minCharacters)(bytes, 0, bytes.length, into, 0) ? into.join() : undefined
}

const cut = (text: string, ...gone: readonly string[]): string => {
  const bytes = Buffer.from(text)
  const places = gone.map((each) => {
    const start = bytes.indexOf(each)
    return [start, start + Buffer.byteLength(each)] as const
  })
  return Buffer.from(withoutCuts(bytes, places)).toString()
}

describe('what a block is', () => {
  test('lines: with their line feed, and the blank lines after it', () => {
    expect(blocksOf(lines, 'one\ntwo \n\n \nthree')).toEqual(['one\n', 'two \n\n \n', 'three'])
    expect(blocksOf(lines, '\none')).toEqual(['\n', 'one'])
    expect(blocksOf(lines, '')).toEqual([])
  })

  test('paragraphs: between blank lines', () => {
    expect(blocksOf(paragraphs, 'one\ntwo\n \nthree\n\n\nfour')).toEqual([
      'one\ntwo\n \n',
      'three\n\n\n',
      'four',
    ])
  })

  test('sentences: end marks, what closes after them, white space; line feeds', () => {
    expect(blocksOf(spans, 'One. "Two!" Three?\nfour (five.) 3.14 is pi')).toEqual([
      'One. ',
      '"Two!" ',
      'Three?\n',
      'four (five.) ',
      '3.14 is pi',
    ])
    expect(blocksOf(spans, '一。「二！」三 हिन्दी। और')).toEqual(['一。', '「二！」', '三 हिन्दी। ', 'और'])
  })
})

describe('pieces are the same', () => {
  test('up to white space', () => {
    expect(hashOf(' a \u00a0 b\r\n')).toBe(hashOf('a b'))
    expect(hashOf('a b')).not.toBe(hashOf('ab'))
    expect(hashOf('A b')).not.toBe(hashOf('a b'))
    expect(hashOf(' \u3000\n')).toBeUndefined()
  })

  test('and have the least number of letters and digits', () => {
    expect(hashOf('é = {a1}  ', 3)).toBeDefined()
    expect(hashOf('é = {a1}  ', 4)).toBeUndefined()
    expect(hashOf('漢字', 2)).toBeDefined()
    expect(hashOf('==== ----')).toBeUndefined()
    expect(characters(Buffer.from('é😀a'))).toBe(3)
  })
})

describe('withoutCuts', () => {
  test('lines and paragraphs go with their line feeds', () => {
    expect(cut('a\nb\n\nc\n', 'b\n\n')).toBe('a\nc\n')
    expect(cut('a\nb', 'b')).toBe('a')
    expect(cut('a\nb', 'a\n')).toBe('b')
  })

  test('sentences leave the lines around them apart', () => {
    expect(cut('A. B.\nC. D.', 'B.\n')).toBe('A.\nC. D.')
    expect(cut('A. B. C.', 'B. ')).toBe('A. C.')
    expect(cut('A. B.\nC. D.', 'C. ')).toBe('A. B.\nD.')
    expect(cut('A. B. C.', 'C.')).toBe('A. B.')
  })

  test('overlapping cuts are one, and all of the text leaves nothing', () => {
    expect(cut('A. B. C. D. E.', 'B. C. ', 'C. D. ')).toBe('A. E.')
    expect(cut('A. B.', 'A. ', 'B.')).toBe('')
    expect(cut('A. B.')).toBe('A. B.')
  })
})

test('methods that cut run after those of lower places and before those of higher ones', () => {
  const uses = ['minhash', 'spans', 'url', 'lines', 'exact'].map((use) => dedupUse.parse(use))
  const { before, blocks, after } = dedupPasses(inOrder(uses))
  expect([before.names, blocks.names, after.names]).toEqual([
    ['url', 'exact'],
    ['spans', 'lines'],
    ['minhash'],
  ])
  expect([before.first, blocks.first, after.first]).toEqual([0, 2, 4])
  const alone = dedupPasses(inOrder(uses.filter(({ name }) => ['minhash', 'exact'].includes(name))))
  expect([alone.before.names, alone.blocks.names, alone.after.names]).toEqual([['exact', 'minhash'], [], []])
})
