/**
 * Numbers those documents of a corpus that were added, in the order of the documents. A bit for each document, and for each
 * 128 a sum: an eighth and a 32nd of a byte a document, whatever their number, and nothing for a million in a row of which
 * none was added.
 */
export interface MemberNumbers {
  add(document: number): void
  /** After the last `add`: how many there are. */
  count(): number
  /** After `count`: the number of a document that was added, from 0. */
  numberOf(document: number): number
  /** All that were added, in order. */
  documents(): Iterable<number>
}

const CHUNK_DOCUMENTS = 1 << 20
const BLOCK_WORDS = 4

interface Chunk {
  readonly bits: Uint32Array
  /** Members of the chunk before each block. */
  readonly before: Uint32Array
  /** Members before the chunk. */
  first: number
}

export function memberNumbers(): MemberNumbers {
  const chunks = new Map<number, Chunk>()
  const chunkOf = (document: number): Chunk | undefined => chunks.get(Math.floor(document / CHUNK_DOCUMENTS))
  const inOrder = (): [number, Chunk][] => [...chunks].toSorted(([a], [b]) => a - b)
  return {
    add(document) {
      let chunk = chunkOf(document)
      if (chunk === undefined) {
        const words = CHUNK_DOCUMENTS / 32
        chunk = { bits: new Uint32Array(words), before: new Uint32Array(words / BLOCK_WORDS), first: 0 }
        chunks.set(Math.floor(document / CHUNK_DOCUMENTS), chunk)
      }
      const bit = document % CHUNK_DOCUMENTS
      chunk.bits[bit >>> 5] = (chunk.bits[bit >>> 5] ?? 0) | (1 << (bit & 31))
    },
    count() {
      let count = 0
      for (const [, chunk] of inOrder()) {
        chunk.first = count
        let own = 0
        for (const [at, word] of chunk.bits.entries()) {
          if (at % BLOCK_WORDS === 0) chunk.before[at / BLOCK_WORDS] = own
          own += ones(word)
        }
        count += own
      }
      return count
    },
    numberOf(document) {
      const chunk = chunkOf(document)
      if (chunk === undefined) return -1
      const bit = document % CHUNK_DOCUMENTS
      const word = bit >>> 5
      const block = Math.floor(word / BLOCK_WORDS)
      let number = chunk.first + (chunk.before[block] ?? 0)
      for (let at = block * BLOCK_WORDS; at < word; at++) number += ones(chunk.bits[at] ?? 0)
      return number + ones((chunk.bits[word] ?? 0) & ((1 << (bit & 31)) - 1))
    },
    *documents() {
      for (const [place, { bits }] of inOrder()) {
        for (const [at, word] of bits.entries()) {
          for (let left = word; left !== 0; left &= left - 1)
            yield place * CHUNK_DOCUMENTS + at * 32 + 31 - Math.clz32(left & -left)
        }
      }
    },
  }
}

/** Bits of a 32-bit word that are set: sums of neighbours, in pairs, fours, bytes, and the word. */
function ones(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555)
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333)
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}
