import { type CodePointMap, lookUp } from '../bpe/code-point-map.ts'
import { contractionEnd } from '../bpe/contractions.ts'
import type { FindMatchEnd } from '../bpe/rank-encoder.ts'
import { characterLength, codePointAt } from '../bpe/text-bytes.ts'
import { BOTH, LINE, LOWER, MARK, NUMBER, OTHER, SPACE, UPPER } from './character-classes.ts'

/** The split pattern that `createSplitter` implements, as Tekken's files have it. */
export const TEKKEN_PATTERN = [
  '[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+',
  '[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*',
  '\\p{N}',
  ' ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*',
  '\\s*[\\r\\n]+',
  '\\s+(?!\\S)',
  '\\s+',
].join('|')

const SLASH = 0x2f

/** In what other vocabularies' patterns of this kind differ from Tekken's. */
export interface SplitterOptions {
  /** Numbers in a match at most: `\p{N}{1,3}` for 3. */
  readonly digits: number
  /** Words end with `(?i:'s|'t|'re|'ve|'m|'ll|'d)?`. */
  readonly contractions: boolean
}

/**
 * The pattern by hand, over valid UTF-8: a backtracking engine needs a step a character to find where a run of capitals
 * may be cut, and gives up on long runs; this reads each character at most three times.
 */
export function createSplitter(
  classes: CodePointMap,
  { digits, contractions }: SplitterOptions = { digits: 1, contractions: false },
): FindMatchEnd {
  const ascii = Uint8Array.from({ length: 128 }, (_, code) => lookUp(classes, code))

  function classAt(bytes: Uint8Array, at: number): number {
    const lead = bytes[at] ?? 0
    return lead < 0x80 ? (ascii[lead] ?? OTHER) : lookUp(classes, codePointAt(bytes, at))
  }

  /**
   * The first two alternatives without their optional first character. Capitals and both-ways letters, then small and
   * both-ways letters: positive where the first alternative ends, else negative where the second does, else 0.
   *
   * Without a small letter after the capitals, the first gives back capitals up to the last both-ways letter.
   *
   *     HTMLdoc -> 7      HTML! -> -4      HTמL! -> 3, as "מ" can be the small letter      !HTML -> 0
   */
  function wordEnd(bytes: Uint8Array, from: number, end: number): number {
    let at = from
    let afterBoth = 0
    let kind = OTHER
    while (at < end) {
      kind = classAt(bytes, at)
      if (kind !== UPPER && kind !== BOTH && kind !== MARK) break
      at += characterLength(bytes[at] ?? 0)
      if (kind !== UPPER) afterBoth = at
    }
    if (at < end && kind === LOWER) {
      do {
        at += characterLength(bytes[at] ?? 0)
        kind = at < end ? classAt(bytes, at) : OTHER
      } while (kind === LOWER || kind === BOTH || kind === MARK)
      return at
    }
    if (afterBoth > 0) return afterBoth
    return at > from ? -at : 0
  }

  /** ` ?[^\s\p{L}\p{N}]+[\r\n/]*` from its first symbol on. */
  function symbolsEnd(bytes: Uint8Array, from: number, end: number): number {
    let at = from
    while (at < end) {
      const kind = classAt(bytes, at)
      if (kind !== OTHER && kind !== MARK) break
      at += characterLength(bytes[at] ?? 0)
    }
    while (at < end && (bytes[at] === SLASH || classAt(bytes, at) === LINE)) at++
    return at
  }

  /**
   * The last three alternatives: through the last line end of the white space; else all of it but the last character, which
   * may go with the next word; all of it at the text's end, or when it is one character.
   */
  function spaceEnd(bytes: Uint8Array, from: number, end: number): number {
    let at = from
    let last = from
    let afterLine = 0
    while (at < end) {
      const kind = classAt(bytes, at)
      if (kind !== SPACE && kind !== LINE) break
      last = at
      at += characterLength(bytes[at] ?? 0)
      if (kind === LINE) afterLine = at
    }
    if (afterLine > 0) return afterLine
    return at < end && last > from ? last : at
  }

  function digitsEnd(bytes: Uint8Array, from: number, end: number): number {
    let at = from
    for (let left = digits; left > 0 && at < end && classAt(bytes, at) === NUMBER; left--) {
      at += characterLength(bytes[at] ?? 0)
    }
    return at
  }

  function afterWord(bytes: Uint8Array, at: number, end: number): number {
    return contractions ? contractionEnd(bytes, at, end, true) : at
  }

  return (bytes, from, end) => {
    const kind = classAt(bytes, from)
    const second = from + characterLength(bytes[from] ?? 0)
    if (kind === NUMBER) return digitsEnd(bytes, from, end)
    if (kind === LINE) return spaceEnd(bytes, from, end)
    const isLetter = kind === UPPER || kind === LOWER || kind === BOTH
    const word = wordEnd(bytes, isLetter ? from : second, end)
    if (word > 0) return afterWord(bytes, word, end)
    // The first alternative again, without its optional character: a mark is a word of its own.
    if (kind === MARK) return afterWord(bytes, second, end)
    if (word < 0) return afterWord(bytes, -word, end)
    if (kind === OTHER) return symbolsEnd(bytes, from, end)
    // A mark after the space would have been a word with it.
    const spacedSymbol = bytes[from] === 0x20 && second < end && classAt(bytes, second) === OTHER
    if (spacedSymbol) return symbolsEnd(bytes, second, end)
    return spaceEnd(bytes, from, end)
  }
}
