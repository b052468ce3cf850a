import { addRow } from './add-row.ts'
import type { FastTextModel } from './fasttext-file.ts'
import { createKernel, MOST_UNITS } from './fasttext-kernel.ts'
import { bestLabel, labelScores, type Prediction } from './fasttext-output.ts'
import { type WordGrams, wordGramAdder } from './fasttext-word-grams.ts'

/** Words to this many bytes have their sum kept; longer ones are rare, or text without spaces, which never repeats. */
const CACHED_BYTES = 32
/** Bytes of the words' sums that are kept; with 16 dimensions those of 2 ** 19 words, and half as much for the words. */
const CACHE_BYTES = 2 ** 25
const MOST_CACHED_WORDS = 2 ** 19
/** The text's UTF-8 buffer is kept from text to text up to this many bytes. */
const KEPT_BYTES = 2 ** 21

const LABEL = new TextEncoder().encode('__label__')
const END = new TextEncoder().encode('</s>')
const LESS = 0x3c
const GREATER = 0x3e

/**
 * Predicts as fastText does with k = 1 on the text as one line: line feeds are separators like spaces, and the line's
 * end counts as the word `</s>`. A text without a known word or n-gram, in a model without `</s>`, gives `und` and 0.
 */
export function createFastText(model: FastTextModel): (text: string) => Prediction {
  const vectorOf = textVector(model)
  const best = bestLabel(model)
  return (text) => {
    const hidden = vectorOf(text)
    return hidden === undefined ? { label: 'und', score: 0 } : best(hidden)
  }
}

/**
 * The probabilities of all labels, as fastText gives them with k = -1, in the order of `model.labels`; undefined for a
 * text without a known word or n-gram in a model without `</s>`. The next text overwrites what is returned.
 */
export function createFastTextScores(model: FastTextModel): (text: string) => Float64Array | undefined {
  const vectorOf = textVector(model)
  const scoresOf = labelScores(model)
  return (text) => {
    const hidden = vectorOf(text)
    return hidden === undefined ? undefined : scoresOf(hidden)
  }
}

const vectors = new WeakMap<FastTextModel, ReturnType<typeof makeTextVector>>()

/** The model's `makeTextVector` of this thread: kept sums take 55 to 68 MB, and serve every source that asks for the model. */
function textVector(model: FastTextModel): ReturnType<typeof makeTextVector> {
  const known = vectors.get(model) ?? makeTextVector(model)
  vectors.set(model, known)
  return known
}

/**
 * The text's vector: the mean of the rows of its words, their character n-grams and its word n-grams; undefined where it
 * has none. The next text overwrites it. "to" gives the row of `to` if it is in the dictionary, and of the n-grams of
 * `<to>`: `<t`, `<to`, `<to>`, `to`, `to>`, `o>` for lengths 2 to 4. Pruned n-grams count for nothing. Sums are made a
 * word at a time and kept for the next time the word is seen; a kept sum is exactly what is computed anew, so that no
 * result depends on what was predicted before.
 */
function makeTextVector(model: FastTextModel): (text: string) => Float64Array | undefined {
  const kernel = createKernel(model)
  if (kernel === undefined) return plainTextVector(model)
  const { total, sum } = kernel
  let plain: ReturnType<typeof plainTextVector> | undefined
  return (text) => {
    if (text.length <= MOST_UNITS) return finishVector(model, total, sum(text))
    plain ??= plainTextVector(model)
    return plain(text)
  }
}

/** The twin of the kernel, and what other models and long texts are for. */
export function plainTextVector(model: FastTextModel): (text: string) => Float64Array | undefined {
  const hidden = new Float64Array(model.dim)
  const grams = wordGramAdder(model, hidden)
  const sums = wordSums(model, grams?.add)
  let kept = Buffer.alloc(0)

  return (text) => {
    // One byte before the text and one after it, for the marks of the first and the last word; words are compared by
    // four bytes, which may reach three further.
    const need = text.length * 3 + 5
    const bytes = need <= kept.length ? kept : Buffer.allocUnsafeSlow(need)
    if (need <= KEPT_BYTES) kept = bytes
    const end = 1 + bytes.write(text, 1)
    bytes[end] = 0x20
    hidden.fill(0)
    return finishVector(model, hidden, sums(bytes, end, hidden), grams)
  }
}

/** The line's end, and from sums to means; undefined where there is no row. */
function finishVector(
  { dim, endRow, rows }: FastTextModel,
  hidden: Float64Array,
  ofWords: number,
  grams?: WordGrams,
): Float64Array | undefined {
  let count = ofWords
  if (endRow >= 0) {
    for (let d = 0; d < dim; d++) hidden[d] = (hidden[d] ?? 0) + (rows[endRow * dim + d] ?? 0)
    count++
  }
  if (grams !== undefined) count += grams.finish()
  if (count === 0) return undefined
  for (let d = 0; d < dim; d++) hidden[d] = (hidden[d] ?? 0) / count
  return hidden
}

/**
 * Adds the rows of all words in `bytes[1, end)` to `total`; how many rows. `bytes[end]` is a separator. `onWord` gets the
 * hash of each word, in order.
 */
function wordSums(
  model: FastTextModel,
  onWord?: (hash: number) => void,
): (bytes: Uint8Array, end: number, total: Float64Array) => number {
  const { dim } = model
  const word = new Float64Array(dim)
  const addWord = wordAdder(model, word)
  const cached = Math.min(MOST_CACHED_WORDS, 2 ** Math.floor(Math.log2(CACHE_BYTES / (dim * 4))))
  const keptSums = new Float32Array(cached * dim)
  // The length, in the upper half of the first of nine integers the count of rows, then the word's bytes.
  const kept = new Int32Array(cached * ENTRY)
  // One place a hash; words lie in the order of their first appearance, so that common ones lie close together.
  const places = new Int32Array(2 * cached)
  let keptWords = 0
  let view: DataView = new DataView(new ArrayBuffer(0))

  return (bytes, end, total) => {
    if (view.buffer !== bytes.buffer) view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    let count = 0
    for (let at = 1; at < end; at++) {
      let byte = bytes[at] ?? 0
      if (byte <= 0x20 && isSeparator(byte)) continue
      const start = at
      let hash = 0x811c9dc5 | 0
      do {
        hash = Math.imul(hash ^ ((byte << 24) >> 24), 0x01000193)
        byte = bytes[++at] ?? 0
      } while (byte > 0x20 || !isSeparator(byte))
      const length = at - start
      if (length > CACHED_BYTES) {
        if (startsWith(bytes, start, at, LABEL)) continue
        count += addWord(bytes, start, at, hash)
        onWord?.(hash)
        for (let d = 0; d < dim; d++) total[d] = (total[d] ?? 0) + (word[d] ?? 0)
        continue
      }
      // Of two words of one place the later one is found. FNV's low bits alone would share their fate with the
      // dictionary's, its high bits are mixed in.
      const place = (hash ^ (hash >>> 15)) & (2 * cached - 1)
      let number = (places[place] ?? 0) - 1
      let entry = number * ENTRY
      if (
        number < 0 ||
        ((kept[entry] ?? 0) & 0xffff) !== length ||
        !isKept(kept, entry, view, start, length)
      ) {
        // A literal </s> ends the line; a label in the text is no word of it.
        if (length === END.length && startsWith(bytes, start, at, END)) return count
        if (startsWith(bytes, start, at, LABEL)) continue
        // The word that had the place gives its row: else words of one place would use up row after row.
        if (number < 0) {
          if (keptWords === cached) {
            places.fill(0)
            keptWords = 0
          }
          number = keptWords++
          places[place] = number + 1
          entry = number * ENTRY
        }
        keepWord(kept, entry, view, start, length)
        kept[entry] = (addWord(bytes, start, at, hash) << 16) | length
        for (let d = 0; d < dim; d++) keptSums[number * dim + d] = word[d] ?? 0
      }
      const sum = number * dim
      count += (kept[entry] ?? 0) >>> 16
      addRow(total, keptSums, sum, dim)
      onWord?.(hash)
    }
    return count
  }
}

/** Integers of a kept word. */
const ENTRY = 1 + CACHED_BYTES / 4
/** By length modulo 4: what is left of the last integer of a word's bytes. */
const LAST_MASKS = Int32Array.of(-1, 0xff, 0xffff, 0xffffff)

function isKept(kept: Int32Array, entry: number, view: DataView, start: number, length: number): boolean {
  let at = 0
  let field = entry + 1
  for (; at + 4 < length; at += 4) if (view.getInt32(start + at, true) !== kept[field++]) return false
  return (view.getInt32(start + at, true) & (LAST_MASKS[length & 3] ?? 0)) === kept[field]
}

function keepWord(kept: Int32Array, entry: number, view: DataView, start: number, length: number): void {
  let at = 0
  let field = entry + 1
  for (; at + 4 < length; at += 4) kept[field++] = view.getInt32(start + at, true)
  kept[field] = view.getInt32(start + at, true) & (LAST_MASKS[length & 3] ?? 0)
}

/** Sums the rows of the word `bytes[start, end)` into `sum`; how many rows. Overwrites the bytes beside the word. */
function wordAdder(
  model: FastTextModel,
  sum: Float64Array,
): (bytes: Uint8Array, start: number, end: number, hash: number) => number {
  const { dim, minn, maxn, bucket, rows, words, bucketRows, bucketBits } = model
  const pruned = model.isPruned
  const find = wordFinder(model)
  const perBucket = 1 / bucket

  return (bytes, start, end, wordHash) => {
    sum.fill(0)
    let count = 0
    const id = find(bytes, start, end, wordHash)
    if (id >= 0) {
      count = 1
      for (let d = 0; d < dim; d++) sum[d] = rows[id * dim + d] ?? 0
    }
    bytes[start - 1] = LESS
    bytes[end] = GREATER
    for (let from = start - 1; from <= end; from++) {
      if (((bytes[from] ?? 0) & 0xc0) === 0x80) continue
      let hash = 0x811c9dc5 | 0
      let to = from
      for (let n = 1; n <= maxn && to <= end; n++) {
        do {
          hash = Math.imul(hash ^ (((bytes[to] ?? 0) << 24) >> 24), 0x01000193)
          to++
        } while (to <= end && ((bytes[to] ?? 0) & 0xc0) === 0x80)
        // A mark alone is no n-gram.
        if (n < minn || (n === 1 && (from === start - 1 || to > end))) continue
        // hash mod bucket by the reciprocal: an integer division of a variable is several times dearer.
        const unsigned = hash >>> 0
        let index = (unsigned - Math.floor(unsigned * perBucket) * bucket) | 0
        if (index < 0) index += bucket
        else if (index >= bucket) index -= bucket
        let row = words + index
        if (pruned) {
          if ((((bucketBits[index >>> 5] ?? 0) >>> (index & 31)) & 1) === 0) continue
          row = bucketRows[index] ?? 0
        }
        count++
        const base = row * dim
        addRow(sum, rows, base, dim)
      }
    }
    return count
  }
}

function wordFinder(
  model: FastTextModel,
): (bytes: Uint8Array, start: number, end: number, hash: number) => number {
  const { wordBytes, wordEnds, wordTable } = model
  const mask = wordTable.length - 1
  return (bytes, start, end, hash) => {
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = (wordTable[slot] ?? 0) - 1
      if (id < 0) return -1
      const from = id === 0 ? 0 : (wordEnds[id - 1] ?? 0)
      if ((wordEnds[id] ?? 0) - from !== end - start) continue
      let i = 0
      while (i < end - start && wordBytes[from + i] === bytes[start + i]) i++
      if (i === end - start) return id
    }
  }
}

/** fastText's separators: space \t \n \v \f \r \0. Other control characters belong to words. */
function isSeparator(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0
}

function startsWith(bytes: Uint8Array, start: number, end: number, prefix: Uint8Array): boolean {
  if (end - start < prefix.length) return false
  for (let i = 0; i < prefix.length; i++) if (bytes[start + i] !== prefix[i]) return false
  return true
}
