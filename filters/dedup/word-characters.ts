/**
 * Which characters make words, and in what form they are compared. A word is a run of letters, digits and underscores
 * of the lower-cased text: what Python's `re.findall(r'\w+', text.lower())` finds, that is Unicode's letters (L*),
 * numbers (N*) and U+005F. Marks are separators, also those that a letter carries as characters of their own.
 *
 * Lower-casing goes by character, so that capital sigma cannot be final or not; all three sigmas count as U+03C3.
 */

const WORDS = /[\p{L}\p{N}_]+/gu
const FINAL_SIGMA = 0x03c2
const SIGMA = 0x03c3

/** The one character that lower-cases to two: `i` and U+0307, a mark, which ends the word. */
export const DOTTED_CAPITAL_I = 0x0130

// Code points by 256, filled when a text first holds one of them: most texts hold those of a few scripts.
const pages: (Uint32Array | undefined)[] = []

/**
 * The forms in which the code points from 256 · `page` on are compared: each as its bytes of UTF-8, the first one lowest, and 0
 * where it is in no word by itself: a separator, a lone surrogate, or {@link DOTTED_CAPITAL_I}.
 */
export function wordForms(page: number): Uint32Array {
  return (pages[page] ??= computeForms(page * 256))
}

/** A whole page in a few calls: character by character it takes ten times as long, which every process would pay. */
function computeForms(from: number): Uint32Array {
  const forms = new Uint32Array(256)
  for (let index = 0; index < 256; index++) forms[index] = from + index
  // Of units it takes half as long.
  const characters =
    from < 0x10000 ? String.fromCharCode(...Uint16Array.from(forms)) : String.fromCodePoint(...forms)
  forms.fill(0)
  const text = characters.replace(String.fromCodePoint(DOTTED_CAPITAL_I), '\0')
  const lower = text.toLowerCase()
  const units = text.length / 256
  for (const { 0: run, index } of text.matchAll(WORDS)) {
    for (let at = index; at < index + run.length; at += units) {
      const codePoint = lower.codePointAt(at) ?? 0
      forms[at / units] = utf8Bytes(codePoint === FINAL_SIGMA ? SIGMA : codePoint)
    }
  }
  return forms
}

/** The bytes of a code point's UTF-8, the first one lowest. */
function utf8Bytes(codePoint: number): number {
  const last = 0x80 | (codePoint & 0x3f)
  if (codePoint < 0x80) return codePoint
  if (codePoint < 0x800) return 0xc0 | (codePoint >> 6) | (last << 8)
  const third = 0x80 | ((codePoint >> 6) & 0x3f)
  if (codePoint < 0x10000) return 0xe0 | (codePoint >> 12) | (third << 8) | (last << 16)
  const second = 0x80 | ((codePoint >> 12) & 0x3f)
  return 0xf0 | (codePoint >> 18) | (second << 8) | (third << 16) | (last << 24)
}

/** All words of a text in the form in which they are compared: what the shingles are made of, as strings. */
export function normalisedWords(text: string): string[] {
  return (
    text
      .replaceAll(String.fromCodePoint(DOTTED_CAPITAL_I), 'i\0')
      .match(WORDS)
      ?.map((word) => Array.from(word, (character) => lowerCase(character)).join('')) ?? []
  )
}

function lowerCase(character: string): string {
  const lower = character.toLowerCase()
  return lower.codePointAt(0) === FINAL_SIGMA ? String.fromCodePoint(SIGMA) : lower
}
