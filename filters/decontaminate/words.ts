import { mix } from '../dedup/shingles.ts'
import {
  CODE_POINT,
  characterPage,
  EXPAND,
  expansions,
  HAS_LETTER,
  IGNORE,
  WORD_ALONE,
} from './characters.ts'

/** Consecutive words of a text. Hashes are of 32 bits; the lowest is 1 where the word has a letter. */
export interface Words {
  readonly hashes: Uint32Array
  /** UTF-8 bytes [start, end) of each word in the text. */
  readonly starts: Uint32Array
  readonly ends: Uint32Array
}

export function createWords(capacity: number): Words {
  return {
    hashes: new Uint32Array(capacity),
    starts: new Uint32Array(capacity),
    ends: new Uint32Array(capacity),
  }
}

// Odd multipliers with well-spread bits.
const CHARACTER_FACTOR = 0x9e3779b1
const WORD_START = 0x2545f491
/** Longest expansion of one character (Unicode's U+FDFA has 18 characters): so many words at most are added at once. */
const MOST_EXPANSION = 32

/**
 * By byte: what a letter of ASCII (in lower case) or digit counts as, 0 for a separator, IGNORED for what counts as not there,
 * OTHER for a byte of a longer character.
 */
const IGNORED = 0xff
const OTHER = 0xfe
const FORMS = new Uint8Array(256).fill(OTHER)
for (const [byte, entry] of characterPage(0).subarray(0, 0x80).entries())
  FORMS[byte] = (entry & IGNORE) === 0 ? entry & CODE_POINT : IGNORED
const NINE = 0x39

/**
 * Reads the words of UTF-8 text from byte `at` on into `words`, from place `count` on, until the text ends or `words` is
 * all but full. Returns how many words there are then, and where reading goes on: `text.length` when all is read.
 * `characters.ts` says what a word is.
 */
export function readWords(
  text: Uint8Array,
  at: number,
  words: Words,
  count: number,
): { count: number; at: number } {
  const limit = words.hashes.length - MOST_EXPANSION
  let filled = count
  let hash = WORD_START
  let start = 0
  let end = 0
  let letters = 0
  let inWord = false
  let next = at
  while (next < text.length && (inWord || filled < limit)) {
    const first = next
    const byte = text[next++] ?? 0
    let form = FORMS[byte] ?? 0
    if (form !== OTHER) {
      if (form === IGNORED) continue
      if (form === 0) {
        if (inWord) store(words, filled++, hash, letters, start, end)
        inWord = false
        continue
      }
      if (!inWord) {
        hash = WORD_START
        letters = 0
        start = first
        inWord = true
      }
      // All of ASCII that follows in the word: most of most texts.
      for (;;) {
        if (form > NINE) letters = 1
        hash = Math.imul(hash ^ form, CHARACTER_FACTOR)
        if (next === text.length) break
        form = FORMS[text[next] ?? 0] ?? 0
        if (form === 0 || form >= OTHER) break
        next++
      }
      end = next
      continue
    }
    next += byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3
    const entry = entryAt(text, first, next - first)
    const several = (entry & EXPAND) === 0 ? undefined : (expansions[entry & CODE_POINT] ?? [])
    for (let part = 0; part < (several?.length ?? 1); part++) {
      const one = several?.[part] ?? entry
      if ((one & IGNORE) !== 0) continue
      const isAlone = (one & WORD_ALONE) !== 0
      if (inWord && (one === 0 || isAlone)) {
        store(words, filled++, hash, letters, start, end)
        inWord = false
      }
      if (one === 0) continue
      if (!inWord) {
        hash = WORD_START
        letters = 0
        start = first
        inWord = true
      }
      if ((one & HAS_LETTER) !== 0) letters = 1
      hash = Math.imul(hash ^ (one & CODE_POINT), CHARACTER_FACTOR)
      end = next
      if (!isAlone) continue
      store(words, filled++, hash, letters, start, end)
      inWord = false
    }
  }
  if (inWord) store(words, filled++, hash, letters, start, end)
  return { count: filled, at: next }
}

function store(
  { hashes, starts, ends }: Words,
  place: number,
  hash: number,
  letters: number,
  start: number,
  end: number,
): void {
  hashes[place] = (mix(hash) & ~1) | letters
  starts[place] = start
  ends[place] = end
}

/** The table's entry of the character of `length` bytes at `at`. */
function entryAt(text: Uint8Array, at: number, length: number): number {
  const lead = text[at] ?? 0
  let codePoint = lead & (length === 2 ? 0x1f : length === 3 ? 0x0f : 0x07)
  for (let byte = 1; byte < length; byte++) codePoint = (codePoint << 6) | ((text[at + byte] ?? 0) & 0x3f)
  return characterPage(codePoint >>> 8)[codePoint & 0xff] ?? 0
}

/** Arrays for most texts. */
const shortText = createWords(4096)

/** All words of a short text. */
export function wordsOf(text: Uint8Array): Words {
  // At most four words of three bytes (U+FDFA).
  const room = Math.ceil((4 * text.length) / 3) + 2 * MOST_EXPANSION
  const words = room <= shortText.hashes.length ? shortText : createWords(room)
  const { count } = readWords(text, 0, words, 0)
  return {
    hashes: words.hashes.slice(0, count),
    starts: words.starts.slice(0, count),
    ends: words.ends.slice(0, count),
  }
}
