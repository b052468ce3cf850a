import { createHash } from 'node:crypto'
import type { DedupMethod } from '../../../filters/dedup/define-dedup.ts'
import type { Members, Walked } from '../../../filters/dedup/walk.ts'

/** Slow, readable twins of the dedup kernels, and the exact Jaccard similarity that MinHash estimates. */

/** Lower-cased words as Python's `re.findall(r'\w+', text.lower())` finds them; a final sigma counts as a sigma. */
export function wordsOf(text: string): string[] {
  return (
    text
      .toLowerCase()
      .replaceAll('ς', 'σ')
      .match(/[\p{L}\p{N}_]+/gu) ?? []
  )
}

/** The word n-grams in text order; all words as one where there are fewer than n; none where there is no word. */
export function gramsOf(text: string, ngram: number): string[][] {
  const words = wordsOf(text)
  if (words.length < ngram) return words.length === 0 ? [] : [words]
  return Array.from({ length: words.length - ngram + 1 }, (_, at) => words.slice(at, at + ngram))
}

/** Exact Jaccard similarity of the sets of word n-grams; two empty sets have 1. */
export function jaccard(a: string, b: string, ngram = 5): number {
  const left = new Set(gramsOf(a, ngram).map((gram) => gram.join(' ')))
  const right = new Set(gramsOf(b, ngram).map((gram) => gram.join(' ')))
  let both = 0
  for (const gram of left) if (right.has(gram)) both++
  const either = left.size + right.size - both
  return either === 0 ? 1 : both / either
}

/** A 32-bit word as an unsigned BigInt. */
const wrap = (value: bigint): bigint => BigInt.asUintN(32, value)

function mix(value: bigint): bigint {
  let hash = wrap((value ^ (value >> 16n)) * 0x85ebca6bn)
  hash = wrap((hash ^ (hash >> 13n)) * 0xc2b2ae35n)
  return hash ^ (hash >> 16n)
}

function wordHash(word: string): bigint {
  const bytes = Buffer.from(word, 'utf8')
  const eights = Buffer.alloc(Math.ceil(bytes.length / 8) * 8)
  bytes.copy(eights)
  let hash = 0x2545f491n
  for (let at = 0; at < eights.length; at += 8) {
    hash = wrap((hash ^ BigInt(eights.readUInt32LE(at))) * 0x9e3779b1n)
    hash ^= hash >> 15n
    hash = wrap((hash ^ BigInt(eights.readUInt32LE(at + 4))) * 0x85ebca77n)
    hash ^= hash >> 13n
  }
  return mix(hash)
}

/** Hashes of the n-grams, each computed from its words alone. */
export function shinglesOf(text: string, ngram: number): number[] {
  return gramsOf(text, ngram).map((gram) => {
    let hash = 0n
    for (const word of gram) hash = wrap(hash * 0x2c9277b5n + wordHash(word))
    return Number(BigInt.asIntN(32, mix(hash)))
  })
}

/** How often a chain's A and B are in its eight hash functions. */
const MULTIPLES = [
  [1n, 0n],
  [0n, 1n],
  [1n, 1n],
  [1n, 2n],
  [2n, 3n],
  [3n, 5n],
  [5n, 8n],
  [8n, 13n],
] as const

/**
 * MinHash signature: value v is the least, taken as signed, of p·A + q·B mod 2^32 over the shingles x, where A = a·x + s and
 * B = b·x + t with the constants of chain v mod 14, and of 14 more from value 112 on, and so forth.
 */
export function signatureOf(text: string, ngram: number, values: number): Uint32Array {
  const shingles = shinglesOf(text, ngram).map(BigInt)
  return Uint32Array.from({ length: values }, (_, value) => {
    const chain = 14 * Math.floor(value / 112) + (value % 14)
    const [p, q] = MULTIPLES[Math.floor((value % 112) / 14)]!
    const digest = createHash('sha256').update(`millrace minhash ${chain}`).digest()
    const word = (at: number): bigint => BigInt(digest.readUInt32LE(4 * at))
    const [a, s, b, t] = [word(0), word(1), word(2), word(3)]
    let least = 0x7fffffffn
    for (const x of shingles) {
      const [ofA, ofB] = [((a & ~7n) | 1n) * x + s, ((b & ~7n) | 3n) * x + t]
      const hash = BigInt.asIntN(32, p * ofA + q * ofB)
      if (hash < least) least = hash
    }
    return Number(wrap(least))
  })
}

/** SHA-256 of the text as `exact` normalises it. */
export function exactDigest(text: string, normalize: 'none' | 'whitespace'): Buffer {
  const white = '[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]'
  const normal =
    normalize === 'none'
      ? text
      : text
          .replace(new RegExp(`^${white}+`, 'u'), '')
          .replace(new RegExp(`${white}+`, 'gu'), ' ')
          .replace(/ $/u, '')
  return createHash('sha256').update(Buffer.from(normal, 'utf8')).digest()
}

/** The keys of a member, as hexadecimal strings. */
export function keysOf(method: DedupMethod, sketches: Uint32Array, at: number): string[] {
  const keys = new Uint32Array(2 * method.maxKeys)
  const count = method.keys(sketches, at, keys, 0)
  return Array.from(
    { length: count },
    (_, key) => `${keys[2 * key]!.toString(16)}:${keys[2 * key + 1]!.toString(16)}`,
  )
}

/** The walk by its definition: every member against every kept one before it. */
export function walkAll({ count, sketches }: Members, methods: readonly DedupMethod[]): Walked {
  const duplicateOf = new Int32Array(count).fill(-1)
  const similarity = new Float32Array(count)
  const decided = new Uint8Array(count)
  const kept: number[] = []
  for (let member = 0; member < count; member++) {
    for (const [place, method] of methods.entries()) {
      const words = method.sketchWords
      const own = new Set(keysOf(method, sketches[place]!, member * words))
      const matches = kept.flatMap((other) => {
        if (!keysOf(method, sketches[place]!, other * words).some((key) => own.has(key))) return []
        const found = method.compare(sketches[place]!, member * words, sketches[place]!, other * words)
        return found === null ? [] : [{ other, found }]
      })
      if (matches.length === 0) continue
      const best = matches.toSorted((a, b) => b.found - a.found || a.other - b.other)[0]!
      duplicateOf[member] = best.other
      similarity[member] = best.found
      decided[member] = place
      break
    }
    if (duplicateOf[member] === -1) kept.push(member)
  }
  return { duplicateOf, similarity, method: decided }
}
