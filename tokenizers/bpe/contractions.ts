const APOSTROPHE = 0x27
/** The second character of the contractions of two letters, `'re`, `'ve` and `'ll`, by their first. */
const SECOND: Readonly<Record<number, number>> = { 0x72: 0x65, 0x76: 0x65, 0x6c: 0x6c }
const SINGLE = new Set(Buffer.from('stmd'))

/**
 * The end of `'s|'t|'re|'ve|'m|'ll|'d` at `at`, or `at` where there is none. Without regard to case, U+017F (ſ) is an s
 * too, by Unicode's simple case folding; of the other letters only ASCII has the capitals.
 */
export function contractionEnd(bytes: Uint8Array, at: number, end: number, ignoreCase: boolean): number {
  if (bytes[at] !== APOSTROPHE || at + 1 >= end) return at
  const lower = ignoreCase ? 0x20 : 0
  const first = (bytes[at + 1] ?? 0) | lower
  if (SINGLE.has(first)) return at + 2
  const second = SECOND[first]
  if (second !== undefined) return at + 2 < end && ((bytes[at + 2] ?? 0) | lower) === second ? at + 3 : at
  return ignoreCase && bytes[at + 1] === 0xc5 && bytes[at + 2] === 0xbf ? at + 3 : at
}
