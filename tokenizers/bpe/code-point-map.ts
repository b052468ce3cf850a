import { sharedUint16 } from './shared-memory.ts'

/**
 * A map from every code point to a number in [0, 65535], 0 where nothing was set: 256 code points a page, and one empty
 * page for all that were never touched. The value of `c` is entries[pages[c >> 8] + (c & 255)].
 */
export interface CodePointMap {
  /** Uint16Array of length 4352; where a page begins in `entries`, divided by 256. */
  readonly pages: Uint16Array
  readonly entries: Uint16Array
}

const PAGES = 0x110000 >> 8

/**
 * @param values code point -> number in [0, 65535]
 * @throws RangeError for a number that does not fit
 */
export function buildCodePointMap(
  values: Iterable<readonly [codePoint: number, value: number]>,
): CodePointMap {
  const pageOf = new Map<number, Uint16Array>()
  for (const [codePoint, value] of values) {
    const page = pageOf.get(codePoint >> 8) ?? new Uint16Array(256)
    if (value > 0xffff) throw new RangeError(`${value} does not fit 16 bits`)
    page[codePoint & 255] = value
    pageOf.set(codePoint >> 8, page)
  }
  const pages = sharedUint16(PAGES)
  const entries = sharedUint16((pageOf.size + 1) * 256)
  let used = 1
  for (const [number, page] of pageOf) {
    entries.set(page, used * 256)
    pages[number] = used++
  }
  return { pages, entries }
}

export function lookUp(map: CodePointMap, codePoint: number): number {
  return map.entries[((map.pages[codePoint >> 8] ?? 0) << 8) | (codePoint & 255)] ?? 0
}
