import { addRow } from './add-row.ts'
import { type FastTextModel, fnv1a } from './fasttext-file.ts'

const END_HASH = fnv1a(new TextEncoder().encode('</s>'))
/** Between the hashes of two words of an n-gram (`Dictionary::addWordNgrams`); below 2 ** 27. */
const FACTOR = 116049371
const LIMB = 2 ** 16

/** Adds the rows of a text's word n-grams to its vector. */
export interface WordGrams {
  /** The next word, by its hash as a signed integer of 32 bits. */
  add(this: void, hash: number): void
  /** The line's end, which is a word of the n-grams too; how many rows were added since the last end. */
  finish(this: void): number
}

/**
 * Word n-grams of 2 to `wordNgrams` words. Their hash is 64 bits wide, of signed word hashes: h = h * 116049371 + word,
 * modulo 2 ** 64 and then modulo the buckets. Undefined where the model has none.
 */
export function wordGramAdder(model: FastTextModel, total: Float64Array): WordGrams | undefined {
  const { dim, wordNgrams, bucket, rows, words, bucketRows, bucketBits } = model
  if (wordNgrams < 2) return undefined
  const pruned = model.isPruned
  // The hashes of the n-grams that begin with each of the last words, upper and lower halves, in a ring.
  const highs = new Float64Array(wordNgrams - 1)
  const lows = new Float64Array(wordNgrams - 1)
  let seen = 0
  let count = 0

  const addBucket = (high: number, low: number): void => {
    let index = high % bucket
    index = (index * LIMB + Math.floor(low / LIMB)) % bucket
    index = (index * LIMB + (low % LIMB)) % bucket
    let row = words + index
    if (pruned) {
      if ((((bucketBits[index >>> 5] ?? 0) >>> (index & 31)) & 1) === 0) return
      row = bucketRows[index] ?? 0
    }
    count++
    addRow(total, rows, row * dim, dim)
  }

  const add = (hash: number): void => {
    const size = highs.length
    for (let at = 0; at < size && at < seen; at++) {
      const low = lows[at] ?? 0
      const first = (low % LIMB) * FACTOR
      const second = Math.floor(low / LIMB) * FACTOR + Math.floor(first / LIMB)
      const carry = Math.floor(second / LIMB)
      const sum = (second % LIMB) * LIMB + (first % LIMB) + (hash >>> 0)
      const overflow = sum >= 2 ** 32 ? 1 : 0
      const high = (Math.imul(highs[at] ?? 0, FACTOR) + carry + (hash >> 31) + overflow) >>> 0
      lows[at] = sum - overflow * 2 ** 32
      highs[at] = high
      addBucket(high, lows[at] ?? 0)
    }
    const place = seen % size
    lows[place] = hash >>> 0
    highs[place] = (hash >> 31) >>> 0
    seen++
  }

  return {
    add,
    finish() {
      add(END_HASH)
      const added = count
      seen = 0
      count = 0
      return added
    },
  }
}
