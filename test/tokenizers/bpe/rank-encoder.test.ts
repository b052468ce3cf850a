import { expect, test } from 'vitest'
import { createRankDecoder, createRankEncoder, readablePiece } from '../../../tokenizers/bpe/rank-encoder.ts'
import { buildRankTables } from '../../../tokenizers/bpe/rank-tables.ts'

const bytes = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte))
/** Rank 257 has no token: where a special token has its id. "xyz" is not what merging gives, as "xy" and "yz" are none. */
const tokens = [...bytes, 'ab', '', 'abc', 'xyz']

test.each([
  ['special tokens after the ranks', 0],
  ['special tokens before them', 7],
])('%s', (_, firstId) => {
  const tables = buildRankTables(tokens, firstId)
  const encode = createRankEncoder(tables, (_bytes, _from, end) => end)
  const ids = (text: string) => Array.from(encode(text), (id) => id - firstId)
  expect(ids('abcab')).toEqual([258, 256])
  expect(ids('xyz')).toEqual([259])
  expect(ids('xyza')).toEqual([120, 121, 122, 97])
  const decode = createRankDecoder(tables, 300)
  expect(decode([258, 257, 256].map((rank) => rank + firstId))).toBe('abcab')
  expect(decode([290, 258 + firstId, 299])).toBe('abc')
  expect(() => decode([300])).toThrow(RangeError)
  expect(readablePiece(tables, 258 + firstId)).toBe('abc')
  expect(readablePiece(tables, 0xe2 + firstId)).toBe('<0xE2>')
})

test('an id before the first rank decodes to nothing', () => {
  expect(createRankDecoder(buildRankTables(tokens, 7), 300)([0, 6, 7 + 97])).toBe('a')
})
