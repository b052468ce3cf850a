import { createHash, type Hash } from 'node:crypto'
import { z } from 'zod'
import { defineDedup } from './define-dedup.ts'
import { scope } from './scope.ts'

/**
 * Documents with the same text. The sketch is the first 128 bits of the SHA-256 of the normalised text in UTF-8, as
 * four big-endian words; its first 64 bits are the only key. Two documents of one build differ there by chance with
 * probability 2^-128, so that equal sketches are taken for equal texts: similarity 1.
 *
 * - `whitespace`: each run of characters with the Unicode property White_Space (U+0009–000D, U+0020, U+0085, U+00A0,
 *   U+1680, U+2000–200A, U+2028, U+2029, U+202F, U+205F, U+3000; the list is fixed here, so no runtime can change it)
 *   becomes one U+0020, and those at the start and the end go.
 * - `none`: the text as it stands.
 *
 * A lone surrogate counts as U+FFFD, which is what any output of the text would hold. The empty text is a text like
 * others: all empty documents are duplicates of each other.
 */
export const exact = defineDedup({
  name: 'exact',
  summary: 'Drops documents whose text is the same as that of a kept one, by SHA-256.',
  revision: 1,
  reads: 'text',
  place: 1,
  unicode: false,
  settings: z.strictObject({
    normalize: z
      .enum(['none', 'whitespace'])
      .default('whitespace')
      .describe(
        'What is taken out of the comparison: none, or whitespace (trim, and one space for each run of white space).',
      ),
    scope,
  }),
  create({ normalize, scope }) {
    const hashText = normalize === 'whitespace' ? hashCollapsed() : hashAsIs()
    return {
      scope,
      sketchWords: WORDS,
      maxKeys: 1,
      sketch({ text }, into, at) {
        const digest = hashText(text)
        for (let word = 0; word < WORDS; word++) into[at + word] = digest.readUInt32BE(4 * word)
      },
      keys(sketches, at, into, intoAt) {
        into[intoAt] = sketches[at] ?? 0
        into[intoAt + 1] = sketches[at + 1] ?? 0
        return 1
      },
      compare(a, aAt, b, bAt) {
        for (let word = 0; word < WORDS; word++) if (a[aAt + word] !== b[bAt + word]) return null
        return 1
      },
    }
  },
})

/** 32-bit words of a sketch: 128 bits. */
const WORDS = 4

/** UTF-16 units encoded at once: bounds the memory, whatever the text's length. */
const UNITS = 1 << 14

type HashText = (text: string) => Buffer

function hashAsIs(): HashText {
  const encode = blockEncoder()
  return (text) => {
    const hash = createHash('sha256')
    encode(text, (bytes, length) => hash.update(bytes.subarray(1, 1 + length)))
    return hash.digest()
  }
}

function hashCollapsed(): HashText {
  const encode = blockEncoder()
  return (text) => {
    const hash = createHash('sha256')
    const collapse = collapser(hash)
    encode(text, collapse)
    return hash.digest()
  }
}

/** Calls `take` with each block of the text in UTF-8: `length` bytes from 1 on (byte 0 is for the taker's use). */
function blockEncoder(): (text: string, take: (bytes: Uint8Array, length: number) => void) => void {
  const encoder = new TextEncoder()
  // A UTF-16 unit takes at most three bytes.
  const bytes = new Uint8Array(1 + 3 * UNITS)
  const body = bytes.subarray(1)
  return (text, take) => {
    for (let start = 0; start < text.length; ) {
      let end = Math.min(start + UNITS, text.length)
      // A block does not end between the halves of a surrogate pair.
      if (end < text.length && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end--
      take(bytes, encoder.encodeInto(text.slice(start, end), body).written)
      start = end
    }
  }
}

/**
 * Collapses white space in place, block after block. A space is written only before the next other character, which
 * trims the end; a space pending from the block before is what byte 0 of a block is for.
 */
function collapser(hash: Hash): (bytes: Uint8Array, length: number) => void {
  let started = false
  let pending = false
  return (bytes, length) => {
    let to = 0
    for (let from = 1; from <= length; ) {
      const byte = bytes[from] ?? 0
      const white = byte > 0x20 && byte < 0xc2 ? 0 : whiteSpaceAt(bytes, from, byte)
      if (white > 0) {
        pending = started
        from += white
        continue
      }
      if (pending) {
        bytes[to++] = 0x20
        pending = false
      }
      started = true
      bytes[to++] = byte
      from++
    }
    hash.update(bytes.subarray(0, to))
  }
}

/** Bytes of the white-space character that starts at `at` with `lead`; 0 if none does. */
export function whiteSpaceAt(bytes: Uint8Array, at: number, lead: number): 0 | 1 | 2 | 3 {
  if (lead < 0x80) return lead === 0x20 || (lead >= 0x09 && lead <= 0x0d) ? 1 : 0
  const second = bytes[at + 1]
  if (lead === 0xc2) return second === 0x85 || second === 0xa0 ? 2 : 0
  const third = bytes[at + 2] ?? 0
  if (lead === 0xe1) return second === 0x9a && third === 0x80 ? 3 : 0 // U+1680
  if (lead === 0xe3) return second === 0x80 && third === 0x80 ? 3 : 0 // U+3000
  if (lead !== 0xe2) return 0
  if (second === 0x81) return third === 0x9f ? 3 : 0 // U+205F
  if (second !== 0x80) return 0
  // U+2000–200A, U+2028, U+2029, U+202F
  return third <= 0x8a || third === 0xa8 || third === 0xa9 || third === 0xaf ? 3 : 0
}
