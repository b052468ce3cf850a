import { buildCodePointMap, type CodePointMap } from '../bpe/code-point-map.ts'
import { UNICODE_CLASSES } from './unicode-classes.ts'

/** What the split pattern tells apart. OTHER must be 0: what the map has not. */
export const OTHER = 0
/** \p{Lu} and \p{Lt} */
export const UPPER = 1
/** \p{Ll} */
export const LOWER = 2
/** \p{Lm} and \p{Lo}: letters that count as both. */
export const BOTH = 3
/** \p{M}: counts as both too, but is no letter. */
export const MARK = 4
/** \p{N} */
export const NUMBER = 5
/** \s but \r and \n */
export const SPACE = 6
/** \r and \n */
export const LINE = 7

const LETTERS: Readonly<Record<string, number>> = {
  U: UPPER,
  W: LOWER,
  B: BOTH,
  M: MARK,
  N: NUMBER,
  S: SPACE,
}

/** @param own characters that a pattern tells apart besides, with the numbers for them: from 8 on */
export function buildCharacterClasses(
  own: Iterable<readonly [codePoint: number, kind: number]> = [],
): CodePointMap {
  const classes = new Map<number, number>()
  let codePoint = 0
  for (const [, gap, length = '1', letter] of UNICODE_CLASSES.matchAll(
    /([0-9a-z]+)(?:\.([0-9a-z]+))?([A-Z])/g,
  )) {
    codePoint += Number.parseInt(gap ?? '', 36)
    const end = codePoint + Number.parseInt(length, 36)
    for (; codePoint < end; codePoint++) classes.set(codePoint, LETTERS[letter ?? ''] ?? OTHER)
  }
  classes.set(0x0a, LINE)
  classes.set(0x0d, LINE)
  for (const [code, kind] of own) classes.set(code, kind)
  return buildCodePointMap(classes)
}
