import type { BenchmarkIndex } from './benchmark-index.ts'
import { ITEM_PARTS, type ItemPart } from './item-texts.ts'
import type { Found, Rule } from './scan.ts'

/** What was found, with both sides. */
export interface Evidence {
  readonly benchmark: string
  /** Id of the first item that has the text. */
  readonly item: string
  /** Other items of the benchmark with the same text; left out where there are none. */
  readonly alsoItems?: readonly string[]
  readonly part: ItemPart
  readonly rule: Rule
  /** Share of the benchmark text's words that are in the span, in order. */
  readonly similarity: number
  /** UTF-8 bytes [start, end) of the document's text. */
  readonly span: readonly [start: number, end: number]
  /** The span's text, and the benchmark's. Longer ones than `MOST_TEXT_BYTES` are cut in the middle. */
  readonly text: string
  readonly benchmarkText: string
}

const MOST_TEXT_BYTES = 4096
const MOST_ALSO_ITEMS = 100

/**
 * Evidence for what was found in `document`; of several texts of one item in the same place, the one of which the most
 * words are there, and of those the shortest.
 */
export function evidenceOf(index: BenchmarkIndex, document: Uint8Array, found: readonly Found[]): Evidence[] {
  const best = new Map<number, Found[]>()
  for (const next of found) {
    const item = firstItem(index, next.text)
    const others = best.get(item) ?? []
    const place = others.findIndex(({ start, end }) => start < next.end && next.start < end)
    const other = others[place]
    if (other === undefined) others.push(next)
    else if (isBetter(index, next, other)) others[place] = next
    best.set(item, others)
  }
  return [...best.values()]
    .flat()
    .toSorted((a, b) => a.start - b.start || a.end - b.end || a.text - b.text)
    .map((one) => toEvidence(index, document, one))
}

function isBetter(index: BenchmarkIndex, one: Found, other: Found): boolean {
  if (one.matched !== other.matched) return one.matched > other.matched
  return wordsOf(index, one.text) < wordsOf(index, other.text)
}

function wordsOf({ textStarts }: BenchmarkIndex, text: number): number {
  return (textStarts[text + 1] ?? 0) - (textStarts[text] ?? 0)
}

function toEvidence(index: BenchmarkIndex, document: Uint8Array, found: Found): Evidence {
  const { text, rule, start, end, matched } = found
  const items = index.textItems.subarray(index.textItemStarts[text], index.textItemStarts[text + 1])
  const also = Array.from(items.subarray(1, 1 + MOST_ALSO_ITEMS), (item) => itemId(index, item))
  return {
    benchmark: benchmarkOf(index, items[0] ?? 0),
    item: itemId(index, items[0] ?? 0),
    ...(also.length > 0 && { alsoItems: also }),
    part: ITEM_PARTS[index.textParts[text] ?? 0] ?? 'question',
    rule,
    similarity: Math.min(1, matched / wordsOf(index, text)),
    span: [start, end],
    text: excerpt(document.subarray(start, end)),
    benchmarkText: excerpt(slice(index.textBytes, index.textByteEnds, text)),
  }
}

function firstItem({ textItems, textItemStarts }: BenchmarkIndex, text: number): number {
  return textItems[textItemStarts[text] ?? 0] ?? 0
}

/** The items that cannot be looked for: all their texts are too short, or boilerplate. */
export function uncheckableItems(index: BenchmarkIndex): { benchmark: string; item: string }[] {
  return index.benchmarks.flatMap(({ name, items, firstItem }) =>
    Array.from({ length: items }, (_, at) => firstItem + at).flatMap((item) =>
      index.checkable[item] === 1 ? [] : [{ benchmark: name, item: itemId(index, item) }],
    ),
  )
}

function itemId({ idBytes, idByteEnds }: BenchmarkIndex, item: number): string {
  return utf8(slice(idBytes, idByteEnds, item))
}

function benchmarkOf({ benchmarks }: BenchmarkIndex, item: number): string {
  return benchmarks.findLast(({ firstItem }) => firstItem <= item)?.name ?? ''
}

function slice(bytes: Uint8Array, ends: Uint32Array, at: number): Uint8Array {
  return bytes.subarray(at === 0 ? 0 : ends[at - 1], ends[at])
}

function excerpt(bytes: Uint8Array): string {
  if (bytes.length <= MOST_TEXT_BYTES) return utf8(bytes)
  const half = MOST_TEXT_BYTES / 2
  const head = utf8(bytes.subarray(0, half)).replace(/\uFFFD+$/, '')
  const rest = utf8(bytes.subarray(bytes.length - half)).replace(/^\uFFFD+/, '')
  return `${head} […] ${rest}`
}

function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8')
}
