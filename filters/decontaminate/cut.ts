/** Bytes [start, end) of a text. */
export type Span = readonly [start: number, end: number]

/** What stands between two kept spans in the text that is left. */
const JOIN = Buffer.from('\n\n')

/** White space is looked for so many bytes beyond a margin; scripts without it are cut there. */
const MOST_EXTRA = 256

/** The text that is left of a document. */
export function joined(document: Uint8Array, kept: readonly Span[]): Uint8Array {
  const pieces = kept.flatMap(([start, end], at) => [
    ...(at === 0 ? [] : [JOIN]),
    document.subarray(start, end),
  ])
  return Buffer.concat(pieces)
}

/**
 * The spans of `document` that stay when `spans` of `joined(document, kept)` go, each with a margin on either side, up to the
 * next white space. What is left beside a cut loses its white space there; spans of white space alone go.
 */
export function cut(
  document: Uint8Array,
  kept: readonly Span[],
  spans: readonly Span[],
  margin: number,
): Span[] {
  const text = joined(document, kept)
  const cuts = disjoint(
    spans.map(([start, end]) => [backward(text, start - margin), forward(text, end + margin)]),
  )
  const left: Span[] = []
  let first = 0
  let at = 0
  for (const [start, end] of kept) {
    // A kept span is [from, to) of the joined text.
    const from = first
    const to = from + end - start
    first = to + JOIN.length
    let rest = from
    if (at > 0 && (cuts[at - 1]?.[1] ?? 0) > from) at--
    for (; at < cuts.length && (cuts[at]?.[0] ?? 0) < to; at++) {
      const [cutStart, cutEnd] = cuts[at] ?? [to, to]
      if (cutStart > rest) left.push([start + rest - from, start + cutStart - from])
      rest = Math.max(rest, cutEnd)
    }
    if (rest < to) left.push([start + rest - from, end])
  }
  return left.flatMap((span) => trimmed(document, span))
}

function disjoint(spans: readonly Span[]): Span[] {
  const merged: Span[] = []
  for (const [start, end] of spans.toSorted(([a], [b]) => a - b)) {
    const last = merged.at(-1)
    if (last === undefined || start > last[1]) merged.push([start, end])
    else merged[merged.length - 1] = [last[0], Math.max(last[1], end)]
  }
  return merged
}

function trimmed(text: Uint8Array, [start, end]: Span): Span[] {
  let from = start
  let to = end
  while (from < to && isSpace(text[from] ?? 0)) from++
  while (to > from && isSpace(text[to - 1] ?? 0)) to--
  return from < to ? [[from, to]] : []
}

function backward(text: Uint8Array, from: number): number {
  let at = from
  while (at > 0 && from - at < MOST_EXTRA && !isSpace(text[at - 1] ?? 0)) at--
  while (at > 0 && isTail(text[at] ?? 0)) at--
  return Math.max(0, at)
}

function forward(text: Uint8Array, from: number): number {
  let at = from
  while (at < text.length && at - from < MOST_EXTRA && !isSpace(text[at] ?? 0)) at++
  while (at < text.length && isTail(text[at] ?? 0)) at++
  return Math.min(text.length, at)
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)
}

/** Bytes of UTF-8 that continue a character. */
function isTail(byte: number): boolean {
  return (byte & 0xc0) === 0x80
}
