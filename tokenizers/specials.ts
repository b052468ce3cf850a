import { createHash } from 'node:crypto'
import { MillraceError } from '../lib/errors.ts'
import { createLongestMatch } from './bpe/longest-match.ts'
import type { Tokenizer } from './define-tokenizer.ts'
import { toTokenIds } from './token-ids.ts'

/** Bytes of a special token's text: what is looked at, at most, at each byte of a document. */
const MAX_SPECIAL_BYTES = 256

/**
 * The tokenizer, but that a special token's text in a document gives its id: leftmost first, the longest where several
 * begin. What is between is encoded as a text of its own: a vocabulary with a space in front has one after each.
 *
 *     a</s>b  ->  [...encode('a'), eos, ...encode('b')]
 *
 * @throws MillraceError `MODEL_INVALID` for a special token of more than 256 bytes
 */
export function withSpecialsMatched(tokenizer: Tokenizer): Tokenizer {
  const specials = specialsOf(tokenizer)
  const find = createLongestMatch(specials)
  const begins = new Uint8Array(256)
  for (const [name] of specials) begins[name[0] ?? 0] = 1

  return {
    ...tokenizer,
    fingerprint: createHash('sha256').update(`specials matched\n${tokenizer.fingerprint}\n`).digest('hex'),
    encode(text) {
      const bytes = typeof text === 'string' ? Buffer.from(text) : text
      let ids = new Int32Array(0)
      let count = 0
      const append = (more: ArrayLike<number>): void => {
        if (count + more.length > ids.length) {
          const grown = new Int32Array(Math.max(count + more.length, 2 * ids.length, 256))
          grown.set(ids.subarray(0, count))
          ids = grown
        }
        ids.set(more, count)
        count += more.length
      }
      let from = 0
      for (let at = 0; at < bytes.length; ) {
        const match = begins[bytes[at] ?? 0] === 1 ? find?.(bytes, at, bytes.length) : undefined
        if (match === undefined) {
          at++
          continue
        }
        if (at > from) append(tokenizer.encode(bytes.subarray(from, at)))
        append([match.id])
        at += match.length
        from = at
      }
      if (count === 0) return tokenizer.encode(text)
      if (from < bytes.length) append(tokenizer.encode(bytes.subarray(from)))
      return toTokenIds(ids.subarray(0, count), tokenizer.vocabularySize)
    },
  }
}

/** Texts and ids of the special tokens. */
function specialsOf(tokenizer: Tokenizer): [name: Uint8Array, id: number][] {
  const specials: [Uint8Array, number][] = []
  for (let id = 0; id < tokenizer.vocabularySize; id++) {
    const piece = tokenizer.piece(id)
    if (piece === '' || tokenizer.control?.(piece) !== id) continue
    const name = Buffer.from(piece)
    if (name.length > MAX_SPECIAL_BYTES) {
      const message = `${tokenizer.name}: the special token ${id} has ${name.length} bytes, too many to match`
      const fix = 'Leave tokenizer.matchSpecials out, or shorten the token.'
      throw new MillraceError('MODEL_INVALID', message, { got: name.length, limit: MAX_SPECIAL_BYTES, fix })
    }
    specials.push([name, id])
  }
  return specials
}
