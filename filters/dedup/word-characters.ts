/**
 * Which characters make words, and in what form they are compared. A word is a run of letters, digits and underscores
 * of the lower-cased text: what Python's `re.findall(r'\w+', text.lower())` finds, that is Unicode's letters (L*),
 * numbers (N*) and U+005F. Marks are separators, also those that a letter carries as characters of their own.
 *
 * Lower-casing goes by character, so that capital sigma cannot be final or not; all three sigmas count as U+03C3.
 */

const WORD = /[\p{L}\p{N}_]/u
const FINAL_SIGMA = 0x03c2
const SIGMA = 0x03c3

/** The one character that lower-cases to two: `i` and U+0307, a mark, which ends the word. */
export const DOTTED_CAPITAL_I = 0x0130

let bmp: Uint16Array | undefined

/**
 * UTF-16 unit → the unit that it counts as, or 0 where it is in no word by itself: a separator, a surrogate, or
 * {@link DOTTED_CAPITAL_I}. Built once a process, from the runtime's Unicode tables (about 10 ms).
 */
export function wordUnits(): Uint16Array {
  bmp ??= Uint16Array.from({ length: 0x10000 }, (_, unit) => (unit === DOTTED_CAPITAL_I ? 0 : wordForm(unit)))
  return bmp
}

// Supplementary characters by 256, filled when a text first holds one: most texts hold none, or a few scripts.
const pages: (Uint32Array | undefined)[] = []

/** A supplementary code point (>= U+10000) → the code point that it counts as, or 0 where it is in no word. */
export function astralWordForm(codePoint: number): number {
  const page = (pages[codePoint >>> 8] ??= pageOf(codePoint >>> 8))
  return page[codePoint & 0xff] ?? 0
}

function pageOf(page: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, index) => wordForm(page * 256 + index))
}

function wordForm(codePoint: number): number {
  const character = String.fromCodePoint(codePoint)
  if (!WORD.test(character)) return 0
  const lower = character.toLowerCase().codePointAt(0) ?? 0
  return lower === FINAL_SIGMA ? SIGMA : lower
}

/** All words of a text in the form in which they are compared: what the shingles are made of, as strings. */
export function normalisedWords(text: string): string[] {
  const units = wordUnits()
  const words: string[] = []
  let word = ''
  const end = (): void => {
    if (word !== '') words.push(word)
    word = ''
  }
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0
    const form = codePoint > 0xffff ? astralWordForm(codePoint) : (units[codePoint] ?? 0)
    if (form !== 0) word += String.fromCodePoint(form)
    if (codePoint === DOTTED_CAPITAL_I) word += 'i'
    if (form === 0) end()
  }
  end()
  return words
}
