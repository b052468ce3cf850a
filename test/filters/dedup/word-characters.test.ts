import { expect, test } from 'vitest'
import { wordForms } from '../../../filters/dedup/word-characters.ts'

test('every page of forms is what its characters say one by one', () => {
  // Planes 0 and 1; the pages of others are made in the same way.
  for (let page = 0; page < 512; page++) {
    const expected = Uint32Array.from({ length: 256 }, (_, index) => {
      const character = String.fromCodePoint(page * 256 + index)
      if (character === 'İ' || !/[\p{L}\p{N}_]/u.test(character)) return 0
      const lower = character.toLowerCase().replace('ς', 'σ')
      return Buffer.concat([Buffer.from(lower, 'utf8'), Buffer.alloc(3)]).readUInt32LE(0)
    })
    expect(wordForms(page)).toEqual(expected)
  }
})
