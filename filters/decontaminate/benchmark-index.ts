/**
 * What is looked for: the words of all benchmarks' texts, and where in them each seed (five words in a row) is. All arrays
 * are SharedArrayBuffers, so that a process has them once. About 25 bytes a word of the benchmarks, and the texts.
 */

import { sortedOrder } from '../../lib/kernels/sort-rows.ts'
import { mix } from '../dedup/shingles.ts'
import type { BenchmarkItem } from './benchmarks/index.ts'
import { ITEM_PARTS, itemTexts } from './item-texts.ts'
import { type MatchSettings, SEED_WORDS } from './settings.ts'
import { createSharedBytes, createSharedWords } from './shared-lists.ts'
import { wordsOf } from './words.ts'

export interface IndexedBenchmark {
  readonly name: string
  readonly items: number
  /** Items none of whose texts can be looked for: all are too short, or boilerplate. */
  readonly uncheckable: number
  /** Number of its first item among those of all benchmarks. */
  readonly firstItem: number
}

export interface BenchmarkIndex {
  readonly settings: MatchSettings
  readonly benchmarks: readonly IndexedBenchmark[]
  /** Hashes of the words of all texts, one text after another; text t is `[textStarts[t], textStarts[t + 1])`. */
  readonly words: Uint32Array
  readonly textStarts: Uint32Array
  /** Place of the text's part among `ITEM_PARTS`. */
  readonly textParts: Uint8Array
  /** Items that have text t: `textItems[textItemStarts[t] … textItemStarts[t + 1])`. Equal texts of a benchmark are one. */
  readonly textItemStarts: Uint32Array
  readonly textItems: Uint32Array
  /** UTF-8 of the texts, and of the items' ids, with their ends. */
  readonly textBytes: Uint8Array
  readonly textByteEnds: Uint32Array
  readonly idBytes: Uint8Array
  readonly idByteEnds: Uint32Array
  /** 1 where an item can be looked for. */
  readonly checkable: Uint8Array
  /** Seeds by hash, equal ones by position: hash, first word in `words`, text. */
  readonly seedHashes: Uint32Array
  readonly seedPositions: Uint32Array
  readonly seedTexts: Uint32Array
  /** First seed whose hash has these top `32 - shift` bits. */
  readonly buckets: Uint32Array
  readonly shift: number
  /** One bit a low part of a hash: 0 where no seed has it. */
  readonly bits: Uint32Array
}

const SEED_FACTOR = 0x2c9277b5
/** SEED_FACTOR ** SEED_WORDS mod 2^32: what the word that leaves was multiplied with. */
const LEAVING = ((): number => {
  let power = 1
  for (let word = 0; word < SEED_WORDS; word++) power = Math.imul(power, SEED_FACTOR)
  return power
})()

/** The rolling polynomial over words: `entering` comes in, `leaving` goes. */
export function rollSeed(sum: number, entering: number, leaving: number): number {
  return (Math.imul(sum, SEED_FACTOR) + entering - Math.imul(leaving, LEAVING)) | 0
}

export function seedHash(sum: number): number {
  return mix(sum) >>> 0
}

export interface IndexBuilder {
  /** Items that follow are of the benchmark of this name. */
  begin(name: string): void
  add(item: BenchmarkItem): void
  finish(): BenchmarkIndex
}

export function createIndexBuilder(settings: MatchSettings, ignore: readonly string[] = []): IndexBuilder {
  const ignored = ignoredSeeds(ignore)
  const benchmarks: { name: string; firstItem: number }[] = []
  const words = createSharedWords()
  const textStarts = createSharedWords()
  const textParts = createSharedBytes()
  const textBenchmarks = createSharedWords()
  const textBytes = createSharedBytes()
  const textByteEnds = createSharedWords()
  const idBytes = createSharedBytes()
  const idByteEnds = createSharedWords()
  // Which item has which text, in the order of the items: made a list by text in the end.
  const pairTexts = createSharedWords()
  const pairItems = createSharedWords()
  const seeds = { hashes: createSharedWords(), positions: createSharedWords(), texts: createSharedWords() }
  let known = new Map<string, number>()
  let items = 0

  const addText = (part: number, text: string): number | undefined => {
    const bytes = Buffer.from(text)
    const { hashes } = wordsOf(bytes)
    if (hashes.length < settings.minWords) return undefined
    const name = `${hashes.length} ${digest(hashes)}`
    const same = known.get(name)
    if (same !== undefined) return same
    const number = textParts.length
    known.set(name, number)
    textStarts.push(words.length)
    textParts.push(part)
    textBenchmarks.push(benchmarks.length - 1)
    textBytes.append(bytes)
    textByteEnds.push(textBytes.length)
    const first = words.length
    let sum = 0
    for (const [at, word] of hashes.entries()) {
      words.push(word)
      sum = rollSeed(sum, word, at < SEED_WORDS ? 0 : (hashes[at - SEED_WORDS] ?? 0))
      if (at < SEED_WORDS - 1) continue
      const hash = seedHash(sum)
      if (ignored.has(hash)) continue
      seeds.hashes.push(hash)
      seeds.positions.push(first + at - SEED_WORDS + 1)
      seeds.texts.push(number)
    }
    return number
  }

  return {
    begin(name) {
      benchmarks.push({ name, firstItem: items })
      known = new Map()
    },
    add(item) {
      const number = items++
      const firstItem = benchmarks.at(-1)?.firstItem ?? 0
      idBytes.append(Buffer.from(item.id ?? String(number - firstItem)))
      idByteEnds.push(idBytes.length)
      const texts = itemTexts(item, settings).flatMap(
        ({ part, text }) => addText(ITEM_PARTS.indexOf(part), text) ?? [],
      )
      for (const text of new Set(texts)) {
        pairTexts.push(text)
        pairItems.push(number)
      }
    },
    finish() {
      textStarts.push(words.length)
      const kept = withoutBoilerplate(seeds, textBenchmarks.array, settings.boilerplate)
      const texts = textParts.length
      const checkable = sharedBytes(items)
      const textHasSeed = new Uint8Array(texts)
      for (const text of kept.seedTexts) textHasSeed[text] = 1
      const pairs = pairTexts.array
      for (const [pair, item] of pairItems.array.entries()) {
        if (textHasSeed[pairs[pair] ?? 0] === 1) checkable[item] = 1
      }
      return {
        settings,
        benchmarks: benchmarks.map(({ name, firstItem }, at) => {
          const end = benchmarks[at + 1]?.firstItem ?? items
          let uncheckable = 0
          for (let item = firstItem; item < end; item++) uncheckable += 1 - (checkable[item] ?? 0)
          return { name, items: end - firstItem, uncheckable, firstItem }
        }),
        words: words.array,
        textStarts: textStarts.array,
        textParts: textParts.array,
        ...itemsByText(texts, pairs, pairItems.array),
        textBytes: textBytes.array,
        textByteEnds: textByteEnds.array,
        idBytes: idBytes.array,
        idByteEnds: idByteEnds.array,
        checkable,
        ...kept,
        ...lookUp(kept.seedHashes),
      }
    },
  }
}

type Seeds = Pick<BenchmarkIndex, 'seedHashes' | 'seedPositions' | 'seedTexts'>

/** Sorts the seeds by hash; those of more texts of a benchmark than `limit` are left out. */
function withoutBoilerplate(
  seeds: Record<'hashes' | 'positions' | 'texts', { readonly array: Uint32Array; readonly length: number }>,
  textBenchmarks: Uint32Array,
  limit: number,
): Seeds {
  const { length } = seeds.hashes
  const [hashes, positions, texts] = [seeds.hashes.array, seeds.positions.array, seeds.texts.array]
  // Texts are numbered benchmark after benchmark, and the order is stable: a benchmark's equal seeds are side by side.
  const order = sortedOrder(length, (row, half) => (half === 0 ? (hashes[row] ?? 0) : 0))
  const kept: Seeds = {
    seedHashes: sharedWords(length),
    seedPositions: sharedWords(length),
    seedTexts: sharedWords(length),
  }
  // Laid out in their order once: each is read several times below.
  const sortedHashes = gatherWords(hashes, order)
  const sortedTexts = gatherWords(texts, order)
  let count = 0
  for (let start = 0, end = 0; start < length; start = end) {
    const hash = sortedHashes[start] ?? 0
    const benchmark = textBenchmarks[sortedTexts[start] ?? 0] ?? 0
    let different = 1
    for (end = start + 1; end < length && sortedHashes[end] === hash; end++) {
      if (sortedTexts[end] === sortedTexts[end - 1]) continue
      if (textBenchmarks[sortedTexts[end] ?? 0] !== benchmark) break
      different++
    }
    if (different > limit) continue
    // A seed that its text repeats often would be compared at each of its places: the first ones do.
    for (let place = start, same = 0; place < end; place++) {
      same = place > start && sortedTexts[place] === sortedTexts[place - 1] ? same + 1 : 0
      if (same >= MOST_REPEATS) continue
      kept.seedHashes[count] = hash
      kept.seedPositions[count] = positions[order[place] ?? 0] ?? 0
      kept.seedTexts[count++] = sortedTexts[place] ?? 0
    }
  }
  return {
    seedHashes: kept.seedHashes.subarray(0, count),
    seedPositions: kept.seedPositions.subarray(0, count),
    seedTexts: kept.seedTexts.subarray(0, count),
  }
}

function gatherWords(words: Uint32Array, order: Uint32Array): Uint32Array {
  const gathered = new Uint32Array(order.length)
  for (let place = 0; place < order.length; place++) gathered[place] = words[order[place] ?? 0] ?? 0
  return gathered
}

/** Places of a seed within one text that are kept. */
const MOST_REPEATS = 4

/** Bits of the filter ahead of the table, a seed: 1 in 16 of the words that begin no seed gets to the table. */
const BITS_PER_SEED = 16

function lookUp(hashes: Uint32Array): Pick<BenchmarkIndex, 'buckets' | 'shift' | 'bits'> {
  const bucketBits = Math.min(28, Math.max(1, Math.ceil(Math.log2(hashes.length + 1))))
  const shift = 32 - bucketBits
  const buckets = sharedWords(2 ** bucketBits + 1)
  for (const hash of hashes) buckets[(hash >>> shift) + 1] = (buckets[(hash >>> shift) + 1] ?? 0) + 1
  for (let bucket = 1; bucket < buckets.length; bucket++) {
    buckets[bucket] = (buckets[bucket] ?? 0) + (buckets[bucket - 1] ?? 0)
  }
  const filterBits = Math.min(31, Math.max(10, Math.ceil(Math.log2(hashes.length * BITS_PER_SEED + 1))))
  const bits = sharedWords(2 ** (filterBits - 5))
  const mask = bits.length - 1
  for (const hash of hashes) {
    const word = (hash >>> 5) & mask
    bits[word] = (bits[word] ?? 0) | (1 << (hash & 31))
  }
  return { buckets, shift, bits }
}

/** Counting sort of the (text, item) pairs by text: items stay in their order. */
function itemsByText(
  texts: number,
  pairTexts: Uint32Array,
  pairItems: Uint32Array,
): Pick<BenchmarkIndex, 'textItemStarts' | 'textItems'> {
  const textItemStarts = sharedWords(texts + 1)
  for (const text of pairTexts) textItemStarts[text + 1] = (textItemStarts[text + 1] ?? 0) + 1
  for (let text = 0; text < texts; text++) {
    textItemStarts[text + 1] = (textItemStarts[text + 1] ?? 0) + (textItemStarts[text] ?? 0)
  }
  const next = textItemStarts.slice()
  const textItems = sharedWords(pairItems.length)
  for (const [pair, item] of pairItems.entries()) {
    const text = pairTexts[pair] ?? 0
    const place = next[text] ?? 0
    next[text] = place + 1
    textItems[place] = item
  }
  return { textItemStarts, textItems }
}

function ignoredSeeds(texts: readonly string[]): Set<number> {
  const seeds = new Set<number>()
  for (const text of texts) {
    const { hashes } = wordsOf(Buffer.from(text))
    let sum = 0
    for (const [at, word] of hashes.entries()) {
      sum = rollSeed(sum, word, at < SEED_WORDS ? 0 : (hashes[at - SEED_WORDS] ?? 0))
      if (at >= SEED_WORDS - 1) seeds.add(seedHash(sum))
    }
  }
  return seeds
}

/** 64 bits over the words, as text. */
function digest(words: Uint32Array): string {
  let a = 0
  let b = 1
  for (const word of words) {
    a = mix(a ^ word)
    b = mix(Math.imul(b, SEED_FACTOR) + word)
  }
  return `${a} ${b}`
}

function sharedWords(length: number): Uint32Array {
  return new Uint32Array(new SharedArrayBuffer(length * 4))
}

function sharedBytes(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length))
}
