/**
 * Which characters make words, and in what form they are compared, for decontamination. Looser than dedup's words, as the
 * same question is printed in many ways:
 *
 * - A word is a run of letters and numbers (Unicode L and N). Everything else separates: white space, punctuation, symbols,
 *   the underscore.
 * - Apostrophes, marks and invisible format characters count as not there: `Janet’s`, `Janet's` and `Janets` are one word,
 *   and so are `é` and `e` with an accent of its own.
 * - Letters are compared in lower case and in Unicode's compatibility form without marks: `Ｆｕｌｌ` is `full`, `ﬁ` is `fi`,
 *   `é` is `e`. What that form makes several characters of are several (`½`: 1, a separator, 2).
 * - A Han or Kana character is a word by itself, since those scripts have no spaces. Other scripts without spaces (Thai,
 *   Lao, Khmer, Burmese) are words as long as their phrases.
 */

const LETTER = /\p{L}/u
const NUMBER = /\p{N}/u
const MARK = /\p{M}/gu
const IGNORED = /[\p{M}\p{Cf}'’‘ʼʻ′`´＇]/u
const ALONE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u

/** Entry of a character's table: 0 separates; else flags, and the code point that it counts as (or an expansion's index). */
export const CODE_POINT = 0x1fffff
/** Counts as not there. */
export const IGNORE = 1 << 21
/** Several characters: `expansions[entry & CODE_POINT]` are their entries. */
export const EXPAND = 1 << 22
/** A word by itself. */
export const WORD_ALONE = 1 << 23
/** A letter, not a number. */
export const HAS_LETTER = 1 << 24

export const expansions: (readonly number[])[] = []

// By 256 code points, filled when a text first holds one: most texts hold a few scripts.
const pages: (Uint32Array | undefined)[] = []

/** The entries of code points `page * 256` to `page * 256 + 255`, from the runtime's Unicode tables. */
export function characterPage(page: number): Uint32Array {
  return (pages[page] ??= computePage(page * 256))
}

/** A page whose characters all are in their compared form, as those of Han are, takes a quarter of the time by that. */
function computePage(from: number): Uint32Array {
  const entries = Uint32Array.from({ length: 256 }, (_, index) => from + index)
  const text =
    from < 0x10000 ? String.fromCharCode(...Uint16Array.from(entries)) : String.fromCodePoint(...entries)
  const isPlain = text.normalize('NFKD').toLowerCase() === text
  return entries.map((codePoint) =>
    isPlain ? plainEntry(String.fromCodePoint(codePoint)) : entryOf(codePoint),
  )
}

function entryOf(codePoint: number): number {
  if (codePoint >= 0xd800 && codePoint < 0xe000) return 0
  const character = String.fromCodePoint(codePoint)
  if (IGNORED.test(character)) return IGNORE
  if (!LETTER.test(character) && !NUMBER.test(character)) return 0
  const form = character.normalize('NFKD').toLowerCase().replace(MARK, '').normalize('NFKC')
  const entries = Array.from(form, plainEntry)
  if (entries.length === 1) return entries[0] ?? 0
  if (entries.length === 0) return IGNORE
  expansions.push(entries)
  return EXPAND | (expansions.length - 1)
}

/** The entry of a character that is in its compared form. */
function plainEntry(character: string): number {
  if (IGNORED.test(character)) return IGNORE
  const codePoint = character.codePointAt(0) ?? 0
  if (LETTER.test(character)) return codePoint | HAS_LETTER | (ALONE.test(character) ? WORD_ALONE : 0)
  return NUMBER.test(character) ? codePoint | (ALONE.test(character) ? WORD_ALONE : 0) : 0
}
