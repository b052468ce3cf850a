/**
 * Finds what of the benchmarks is in a document. Seeds (five words in a row) that the document shares with a text of a
 * benchmark are extended word by word; what is alike then decides:
 *
 * - `ngram`: at least `ngram` words in a row are the same.
 * - `whole`: the text has fewer words than that (but `minWords`), and all of them are there in a row.
 * - `near`: in a text of `ngram` words or more, a share of `similarity` of its words (of 50 in a longer one) is alike, in
 *   order: words may be replaced, too many or missing, and the text may be in pieces with other text between them.
 *
 * Linear in the document: a seed is in a bounded number of texts, and an extension that fails does so after a bounded
 * number of words.
 */
import { alignOneWay, NEAR_WORDS } from './align.ts'
import { type BenchmarkIndex, rollSeed, seedHash } from './benchmark-index.ts'
import { createRemembered, REMEMBERED } from './remembered.ts'
import { SEED_WORDS } from './settings.ts'
import { createWords, readWords } from './words.ts'

export type Rule = 'ngram' | 'whole' | 'near'

/** A text of a benchmark that was found in a document. */
export interface Found {
  /** Text of the index. */
  readonly text: number
  readonly rule: Rule
  /** UTF-8 bytes [start, end) of the document. */
  readonly start: number
  readonly end: number
  /** Words of the text that are there. */
  readonly matched: number
}

/** Words held at once, and how many around the seed are there for an alignment in either direction. */
const BLOCK_WORDS = 1 << 15
const AROUND = 1024
/** Words in a row that are looked at further: one more than a seed, which common phrases are too often. */
const MIN_RUN = SEED_WORDS + 1
/** Words of other text that may lie between two pieces of a benchmark's text. */
const GAP_WORDS = 200
/** What is found in a document beyond this is not looked at. */
export const MOST_FOUND = 1000

/** `complete`: false where there was more than `MOST_FOUND`. Found texts are in the order of their starts, those of one text do not overlap. */
export type Scanner = (document: Uint8Array) => {
  readonly found: readonly Found[]
  readonly complete: boolean
}

export function createScanner(index: BenchmarkIndex): Scanner {
  const { settings, words, textStarts, seedHashes, seedPositions, seedTexts, buckets, shift, bits } = index
  const { ngram, similarity } = settings
  const mask = bits.length - 1
  const block = createWords(BLOCK_WORDS)
  const { hashes, starts, ends } = block
  const done = createRemembered()
  const pieces = createPieces()
  let base = 0
  let count = 0
  let found: Found[] = []
  /** Where the last one of each text is in `found`. */
  const lastOf = new Map<number, number>()

  /** Whether the words in a row are more than a list of numbers or the same few words again and again. */
  const isTelling = (start: number, end: number): boolean => {
    const different = new Set<number>()
    for (let at = start; at < Math.min(end, start + 2 * NEAR_WORDS); at++) {
      const hash = hashes[at] ?? 0
      if ((hash & 1) === 1) different.add(hash)
    }
    return different.size * 2 >= Math.min(ngram, end - start)
  }

  /** What overlaps the text's last place is one with it: it is found at each of its distances from the document. */
  const add = (text: number, rule: Rule, start: number, end: number, matched: number): void => {
    const next = { text, rule, start, end, matched }
    const place = lastOf.get(text)
    const last = place === undefined ? undefined : found[place]
    if (place !== undefined && last !== undefined && start <= last.end && end >= last.start) {
      found[place] = union(last, next)
      return
    }
    lastOf.set(text, found.length)
    found.push(next)
  }

  /** Extends a seed at word `at` of the block and word `position` of `text`. */
  const extend = (at: number, position: number, text: number): void => {
    const diagonal = base + at - position
    const isCovered = done.covers(text, base + at, diagonal)
    if (isCovered && base + at < done.runEnd(text, diagonal)) return
    const textStart = textStarts[text] ?? 0
    const textEnd = textStarts[text + 1] ?? 0
    const length = textEnd - textStart
    let left = 0
    while (
      at - left > 0 &&
      position - left > textStart &&
      hashes[at - left - 1] === words[position - left - 1]
    )
      left++
    let right = SEED_WORDS
    while (at + right < count && position + right < textEnd && hashes[at + right] === words[position + right])
      right++
    const run = left + right
    const isRun = run >= Math.min(ngram, length) && isTelling(at - left, at + right)
    if (isCovered && !isRun) return done.rememberRun(text, diagonal, base + at + right)
    if (!isRun && (run < MIN_RUN || similarity === null || length < ngram)) return
    const share = similarity ?? 1
    const wanted = Math.min(length, NEAR_WORDS)
    const budget = (1 - share) * wanted
    const before = alignOneWay(
      block,
      index,
      at - left - 1,
      position - left - 1,
      -1,
      at - left,
      position - left - textStart,
      budget,
      1 - share,
    )
    const after = alignOneWay(
      block,
      index,
      at + right,
      position + right,
      1,
      count - at - right,
      textEnd - position - right,
      budget,
      1 - share,
    )
    const first = at - left - before.document
    const last = at + right + after.document
    const matched = run + before.matched + after.matched
    done.remember(
      text,
      base + last,
      diagonal,
      diagonal - Math.abs(before.document - before.text),
      diagonal + Math.abs(after.document - after.text),
    )
    done.rememberRun(text, diagonal, base + at + right)
    const start = starts[first] ?? 0
    const end = ends[last - 1] ?? 0
    if (isRun) return add(text, length < ngram ? 'whole' : 'ngram', start, end, matched)
    const extent = matched + before.missed + after.missed
    if (matched >= share * Math.max(wanted, extent) && isTelling(first, last)) {
      return add(text, 'near', start, end, matched)
    }
    const together = pieces.join(text, {
      start,
      end,
      matched,
      documentStart: base + first,
      documentEnd: base + last,
      textStart: position - left - before.text,
      textEnd: position + right + after.text,
    })
    if (together.matched >= share * wanted && together.matched > matched && isTelling(first, last)) {
      add(text, 'near', together.start, end, together.matched)
    }
  }

  const lookUp = (hash: number, at: number): void => {
    const bucket = hash >>> shift
    const end = buckets[bucket + 1] ?? 0
    for (let seed = buckets[bucket] ?? 0; seed < end; seed++) {
      if (seedHashes[seed] === hash) extend(at, seedPositions[seed] ?? 0, seedTexts[seed] ?? 0)
    }
  }

  /** Looks up the seeds that begin at the words `from` to `stop` of the block, the hot loop: nothing in it is captured but arrays. */
  const lookUpAll = (from: number, stop: number): void => {
    let sum = 0
    for (let at = from; at < from + SEED_WORDS - 1; at++) sum = rollSeed(sum, hashes[at] ?? 0, 0)
    for (let at = from; at < stop; at++) {
      const entering = at + SEED_WORDS - 1
      sum = rollSeed(sum, hashes[entering] ?? 0, at === from ? 0 : (hashes[at - 1] ?? 0))
      const hash = seedHash(sum)
      if (((bits[(hash >>> 5) & mask] ?? 0) & (1 << (hash & 31))) === 0) continue
      lookUp(hash, at)
      if (found.length >= MOST_FOUND) return
    }
  }

  return (document) => {
    base = 0
    count = 0
    found = []
    lastOf.clear()
    done.clear()
    pieces.clear()
    let read = 0
    let next = 0
    for (;;) {
      ;({ count, at: read } = readWords(document, read, block, count))
      const isLast = read >= document.length
      const stop = (isLast ? count : count - AROUND) - SEED_WORDS + 1
      lookUpAll(next, stop)
      if (isLast || found.length >= MOST_FOUND) break
      const drop = stop - AROUND
      hashes.copyWithin(0, drop, count)
      starts.copyWithin(0, drop, count)
      ends.copyWithin(0, drop, count)
      base += drop
      count -= drop
      next = AROUND
    }
    return { found: merged(found), complete: found.length < MOST_FOUND }
  }
}

/** Two places of a text that overlap, as one. */
function union(last: Found, next: Found): Found {
  const { rule, matched } = next.matched > last.matched ? next : last
  return {
    text: last.text,
    rule: last.rule === 'ngram' || next.rule === 'ngram' ? 'ngram' : rule,
    start: Math.min(last.start, next.start),
    end: Math.max(last.end, next.end),
    matched,
  }
}

/** One after another by start; of a text, those that overlap are one. */
function merged(found: readonly Found[]): Found[] {
  const byText = found.toSorted((a, b) => a.text - b.text || a.start - b.start)
  const joined: Found[] = []
  for (const next of byText) {
    const last = joined.at(-1)
    if (last === undefined || last.text !== next.text || next.start > last.end) {
      joined.push(next)
      continue
    }
    joined[joined.length - 1] = union(last, next)
  }
  return joined.toSorted((a, b) => a.start - b.start || a.end - b.end || a.text - b.text)
}

interface Piece {
  /** Bytes of the document. */
  readonly start: number
  readonly end: number
  readonly matched: number
  /** Words of the document, and of the benchmarks. */
  readonly documentStart: number
  readonly documentEnd: number
  readonly textStart: number
  readonly textEnd: number
}

interface Pieces {
  /** The piece together with those before it of the same text, if they are near and in order. */
  join(text: number, piece: Piece): Piece
  clear(): void
}

function createPieces(): Pieces {
  const last = new Map<number, { text: number; piece: Piece }>()
  return {
    join(text, piece) {
      const place = text % REMEMBERED
      const before = last.get(place)
      let together = piece
      if (before?.text === text) {
        const { piece: earlier } = before
        const isNext =
          piece.documentStart >= earlier.documentEnd &&
          piece.documentStart - earlier.documentEnd <= GAP_WORDS &&
          piece.textStart >= earlier.textEnd
        if (isNext) {
          const { start, documentStart, textStart } = earlier
          together = { ...piece, start, documentStart, textStart, matched: earlier.matched + piece.matched }
        } else if (
          earlier.matched > piece.matched &&
          piece.documentStart - earlier.documentEnd <= GAP_WORDS
        ) {
          return piece
        }
      }
      last.set(place, { text, piece: together })
      return together
    },
    clear: () => last.clear(),
  }
}
