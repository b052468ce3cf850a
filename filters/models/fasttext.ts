import type { FastTextModel } from './fasttext-file.ts'

/** The best label of a text and its probability. fastText adds 1e-5 before each logarithm: it may pass 1 by a little. */
export interface Prediction {
  readonly label: string
  readonly score: number
}

/** Words to this many bytes have their sum kept; longer ones are rare, or text without spaces, which never repeats. */
const CACHED_BYTES = 32
/** Words whose sums are kept: with 16 dimensions about 13 MB. */
const CACHED_WORDS = 2 ** 17
/** The text's UTF-8 buffer is kept from text to text up to this many bytes. */
const KEPT_BYTES = 2 ** 21

const LABEL = new TextEncoder().encode('__label__')
const END = new TextEncoder().encode('</s>')
const LESS = 0x3c
const GREATER = 0x3e

/**
 * Predicts as fastText does with k = 1 on the text as one line: line feeds are separators like spaces, and the line's
 * end counts as the word `</s>`. A text without a known word or n-gram, in a model without `</s>`, gives `und` and 0.
 *
 * The text's vector is the mean of the rows of its words and their character n-grams. "to" gives the row of `to` if it
 * is in the dictionary, and of the n-grams of `<to>`: `<t`, `<to`, `<to>`, `to`, `to>`, `o>` for lengths 2 to 4.
 * Pruned n-grams count for nothing. Sums are made a word at a time and kept for the next time the word is seen; a kept
 * sum is exactly what is computed anew, so that no result depends on what was predicted before.
 */
export function createFastText(model: FastTextModel): (text: string) => Prediction {
  const { dim, endRow, rows } = model
  const sums = wordSums(model)
  const hidden = new Float64Array(dim)
  const best = model.loss === 'softmax' ? softmaxBest(model) : treeBest(model)
  let kept = Buffer.alloc(0)

  return (text) => {
    // One byte before the text and one after it, for the marks of the first and the last word.
    const need = text.length * 3 + 2
    const bytes = need <= kept.length ? kept : Buffer.allocUnsafeSlow(need)
    if (need <= KEPT_BYTES) kept = bytes
    const end = 1 + bytes.write(text, 1)
    bytes[end] = 0x20
    hidden.fill(0)
    let count = sums(bytes, end, hidden)
    if (endRow >= 0) {
      for (let d = 0; d < dim; d++) hidden[d] = (hidden[d] ?? 0) + (rows[endRow * dim + d] ?? 0)
      count++
    }
    if (count === 0) return { label: 'und', score: 0 }
    for (let d = 0; d < dim; d++) hidden[d] = (hidden[d] ?? 0) / count
    return best(hidden)
  }
}

/** Adds the rows of all words in `bytes[1, end)` to `total`; how many rows. `bytes[end]` is a separator. */
function wordSums(model: FastTextModel): (bytes: Uint8Array, end: number, total: Float64Array) => number {
  const { dim } = model
  const word = new Float64Array(dim)
  const addWord = wordAdder(model, word)
  const keptSums = new Float32Array(CACHED_WORDS * dim)
  const keptRows = new Uint16Array(CACHED_WORDS)
  const keptBytes = new Uint8Array(CACHED_WORDS * CACHED_BYTES)
  const keptLengths = new Uint8Array(CACHED_WORDS)

  return (bytes, end, total) => {
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
        for (let d = 0; d < dim; d++) total[d] = (total[d] ?? 0) + (word[d] ?? 0)
        continue
      }
      // Each word has one place; what was there before makes room. FNV's low bits alone would share their fate with
      // the dictionary's, its high bits are mixed in.
      const slot = (hash ^ (hash >>> 15)) & (CACHED_WORDS - 1)
      const key = slot * CACHED_BYTES
      const sum = slot * dim
      let same = keptLengths[slot] === length
      for (let i = 0; same && i < length; i++) same = keptBytes[key + i] === bytes[start + i]
      if (!same) {
        // A literal </s> ends the line; a label in the text is no word of it.
        if (length === END.length && startsWith(bytes, start, at, END)) return count
        if (startsWith(bytes, start, at, LABEL)) continue
        for (let i = 0; i < length; i++) keptBytes[key + i] = bytes[start + i] ?? 0
        keptLengths[slot] = length
        keptRows[slot] = addWord(bytes, start, at, hash)
        for (let d = 0; d < dim; d++) keptSums[sum + d] = word[d] ?? 0
      }
      count += keptRows[slot] ?? 0
      for (let d = 0; d < dim; d++) total[d] = (total[d] ?? 0) + (keptSums[sum + d] ?? 0)
    }
    return count
  }
}

/** Sums the rows of the word `bytes[start, end)` into `sum`; how many rows. Overwrites the bytes beside the word. */
function wordAdder(
  model: FastTextModel,
  sum: Float64Array,
): (bytes: Uint8Array, start: number, end: number, hash: number) => number {
  const { dim, minn, maxn, bucket, rows, words, bucketRows, bucketBits } = model
  const pruned = bucketBits.length > 0
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
        for (let d = 0; d < dim; d++) sum[d] = (sum[d] ?? 0) + (rows[base + d] ?? 0)
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

/** Highest leaf of the label tree, depth first; a branch that is already below the best leaf is left out. */
function treeBest({ dim, labels, left, right, output }: FastTextModel): (hidden: Float64Array) => Prediction {
  const leaves = labels.length
  const nodes = new Int32Array(leaves + 1)
  const scores = new Float64Array(leaves + 1)
  return (hidden) => {
    let best = -1
    let bestScore = -Infinity
    let depth = 1
    nodes[0] = 2 * leaves - 2
    scores[0] = 0
    while (depth > 0) {
      depth--
      const node = nodes[depth] ?? 0
      const score = scores[depth] ?? 0
      if (score < bestScore) continue
      if (node < leaves) {
        best = node
        bestScore = score
        continue
      }
      const inner = node - leaves
      const toRight = 1 / (1 + Math.exp(-dot(output, inner * dim, hidden)))
      nodes[depth] = right[inner] ?? 0
      scores[depth] = score + Math.log(toRight + 1e-5)
      depth++
      nodes[depth] = left[inner] ?? 0
      scores[depth] = score + Math.log(1 - toRight + 1e-5)
      depth++
    }
    return { label: labels[best] ?? 'und', score: Math.exp(bestScore) }
  }
}

function softmaxBest({ dim, labels, output }: FastTextModel): (hidden: Float64Array) => Prediction {
  return (hidden) => {
    const logits = labels.map((_, label) => dot(output, label * dim, hidden))
    const highest = logits.reduce((a, b) => Math.max(a, b), -Infinity)
    const sum = logits.reduce((total, logit) => total + Math.exp(logit - highest), 0)
    // As in fastText, which takes the exponential of log(p + 1e-5).
    return { label: labels[logits.indexOf(highest)] ?? 'und', score: 1 / sum + 1e-5 }
  }
}

function dot(output: Float32Array, from: number, hidden: Float64Array): number {
  let sum = 0
  for (let d = 0; d < hidden.length; d++) sum += (output[from + d] ?? 0) * (hidden[d] ?? 0)
  return sum
}
