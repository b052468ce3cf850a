/** Character classes of ASCII; everything beyond it counts as a letter. */
const SPACE = 0
const LETTER = 1
const DIGIT = 2
/** May stand before a word: quotes, brackets, marks of emphasis. */
const OPENING = 3
/** May stand after a word. */
const CLOSING = 4
const SYMBOL = 5
/** Within words too: apostrophe, hyphen. */
const JOINER = 6

const CLASSES = new Uint8Array(128).fill(SYMBOL)
const CODE_SYMBOLS = new Uint8Array(128)

function mark(characters: string, table: Uint8Array, value: number): void {
  for (const character of characters) table[character.charCodeAt(0)] = value
}

CLASSES.fill(SPACE, 0, 33)
CLASSES.fill(LETTER, 0x41, 0x5b)
CLASSES.fill(LETTER, 0x61, 0x7b)
CLASSES.fill(DIGIT, 0x30, 0x3a)
mark('(["*`', CLASSES, OPENING)
mark('.,;:!?)]', CLASSES, CLOSING)
mark("'-", CLASSES, JOINER)
// No underscore, slash or minus: names, paths and compounds have them in any text.
mark('{}[]<>=;$#@\\|&*+~^', CODE_SYMBOLS, 1)

/** One line without the white space at its ends. Counts are UTF-16 units unless they say otherwise. */
export interface LineMeasure {
  readonly start: number
  readonly end: number
  /** Without white space. */
  readonly chars: number
  readonly letters: number
  /** Beyond Latin scripts' range (from U+0370): text that may do without spaces. */
  readonly wide: number
  /** Characters of words, and how many words: letters with joiners between, punctuation around, no case change inside. */
  readonly wordChars: number
  readonly words: number
  readonly digits: number
  /** Characters of numbers, and how many numbers. */
  readonly numberChars: number
  readonly numbers: number
  /** Characters that sentences seldom have, `{}[]<>=;$#@\|&*+~^`, outside of numbers and arithmetic. */
  readonly symbols: number
  /** Opening parentheses right after a letter or digit. */
  readonly calls: number
  /** Characters from `<` and a letter, `/`, `!` or `?` to the next `>`, and of entities. */
  readonly tagChars: number
  /** Tags that are surely such: that close, declare, or have an attribute; entities. `<unk>` alone is none. */
  readonly tagProofs: number
  /** Commas or semicolons that no space follows, within the line; between digits they are counted apart. */
  readonly commas: number
  readonly numberCommas: number
  readonly tabs: number
  readonly sentenceEnd: boolean
  /** Ends as statements do: `;`, a brace, an open bracket or operator. */
  readonly codeEnd: boolean
}

/** Measures `text[start, end)` in one pass. */
export function measureLine(text: string, start: number, end: number): LineMeasure {
  while (start < end && isSpace(text.charCodeAt(start))) start++
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--
  let chars = 0
  let letters = 0
  let wide = 0
  let wordChars = 0
  let words = 0
  let allDigits = 0
  let numberChars = 0
  let numbers = 0
  let symbols = 0
  let calls = 0
  let tagChars = 0
  let tagFrom = -1
  let tagProof = false
  let proofs = 0
  let commas = 0
  let numberCommas = 0
  let tabs = 0
  // Of the token at hand: where it began; 0 before its word, 1 in it, 2 after it, 3 no word; its digits and wide units.
  let from = start
  let phase = 0
  let digits = 0
  let tokenWide = 0
  let tokenLetters = 0
  let tokenSymbols = 0
  let afterNumber = false
  let before = SPACE
  let code = 0
  for (let at = start; at <= end; at++) {
    const previous = code
    code = at < end ? text.charCodeAt(at) : 0x20
    const kind = code < 128 ? (CLASSES[code] ?? 0) : code === 0x3000 || code === 0xa0 ? SPACE : LETTER
    if (kind === SPACE) {
      if (code === 0x09) tabs++
      if (at > from) {
        const length = at - from
        // Arithmetic is no code: symbols in and after numbers do not count, `48/2 = <<48/2=24>>24`.
        const hexadecimal = text.charCodeAt(from) === 0x30 && text.charCodeAt(from + 1) === 0x78
        const isNumber = digits > 0 && (hexadecimal || (digits * 5 >= length * 2 && tokenLetters < 2))
        if (isNumber) {
          numbers++
          numberChars += length
        } else if (phase === 1 || phase === 2 || tokenWide * 2 >= length) {
          words++
          wordChars += length
        }
        // Nor is what Markdown quotes: `run()`.
        const isQuoted = text.charCodeAt(from) === 0x60
        if (!isNumber && !isQuoted && !(afterNumber && length === 1)) symbols += tokenSymbols
        afterNumber = isNumber
      }
      from = at + 1
      phase = 0
      digits = 0
      tokenWide = 0
      tokenLetters = 0
      tokenSymbols = 0
      before = SPACE
      continue
    }
    chars++
    if (kind === LETTER) {
      letters++
      tokenLetters++
      if (code >= 0x370) {
        wide++
        tokenWide++
      }
      if (phase === 0) phase = 1
      else if (phase === 2) phase = 3
      // A capital after a small letter: camelCase.
      else if (code >= 0x41 && code <= 0x5a && previous >= 0x61 && previous <= 0x7a) phase = 3
      // Small letters behind one change nothing but their number: most of any prose.
      const first = at
      while (at + 1 < end && isSmall(text.charCodeAt(at + 1))) at++
      if (at > first) {
        code = text.charCodeAt(at)
        chars += at - first
        letters += at - first
        tokenLetters += at - first
      }
      before = LETTER
      continue
    } else if (kind === DIGIT) {
      digits++
      allDigits++
      if (phase !== 0) phase = 3
    } else if (kind === CLOSING) {
      // `))` and `);` close calls and lists of code; "(see (2))." is rare.
      if (isBracket(code) && isBracket(previous)) {
        tokenSymbols++
        phase = 3
      } else if (phase === 1) phase = 2
      else if (phase === 0) phase = 3
    } else if (kind === OPENING) {
      if (code === 0x28 && (before === LETTER || before === DIGIT)) calls++
      if (isBracket(code) && isBracket(previous)) tokenSymbols++
      if (phase === 1 && (code === 0x22 || code === 0x2a || code === 0x60)) phase = 2
      else if (phase === 1) phase = 3
    } else if (kind === SYMBOL) {
      // An underscore or slash that joins names makes them no words; "and/or" is rare enough.
      phase = 3
    }
    if (code < 128 && CODE_SYMBOLS[code] === 1) {
      tokenSymbols++
      if (code === 0x3c) {
        tagFrom = at
        tagProof = false
      } else if (code === 0x3d) tagProof = true
      else if (code === 0x3e && tagFrom >= 0) {
        if (isTag(text.charCodeAt(tagFrom + 1))) {
          tagChars += at + 1 - tagFrom
          const first = text.charCodeAt(tagFrom + 1)
          if (tagProof || previous === 0x2f || first === 0x2f || first === 0x21 || first === 0x3f) proofs++
        }
        tagFrom = -1
      } else if (code === 0x40 && !tagProof) tagFrom = -1
    }
    if (code === 0x26) {
      const length = entityLength(text, at)
      if (length > 0) proofs++
      tagChars += length
    }
    // An address in angle brackets, <https://example.org>, is no tag.
    if (code === 0x3a && !tagProof && text.charCodeAt(at + 1) === 0x2f) tagFrom = -1
    if (
      (code === 0x2c || code === 0x3b) &&
      at + 1 < end &&
      !isSpace(text.charCodeAt(at + 1)) &&
      text.charCodeAt(at + 1) !== code
    ) {
      if (before === DIGIT && isDigit(text.charCodeAt(at + 1))) numberCommas++
      else commas++
    }
    before = kind
  }
  // A tag that goes on in the next line.
  if (tagFrom >= 0 && isTag(text.charCodeAt(tagFrom + 1))) {
    tagChars += end - tagFrom
    if (tagProof) proofs++
  }
  const last = end > start ? text.charCodeAt(end - 1) : 0
  return {
    start,
    end,
    chars,
    letters,
    wide,
    wordChars,
    words,
    digits: allDigits,
    numberChars,
    numbers,
    symbols,
    calls,
    tagChars,
    tagProofs: proofs,
    commas,
    numberCommas,
    tabs,
    sentenceEnd: isSentenceEnd(last),
    codeEnd: isCodeEnd(last),
  }
}

/** `a` to `z`. */
function isSmall(code: number): boolean {
  return code >= 0x61 && code <= 0x7a
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

function isSpace(code: number): boolean {
  return code <= 0x20 || code === 0x3000 || code === 0xa0
}

/** Of `&lt;` or `&#8217;` at an offset; 0 where none is. */
function entityLength(text: string, at: number): number {
  for (let end = at + 1; end < at + 9; end++) {
    const code = text.charCodeAt(end)
    if (code === 0x3b) return end > at + 2 ? end + 1 - at : 0
    if (!isDigit(code) && code !== 0x23 && !((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a)) return 0
  }
  return 0
}

/** `(`, `)` and `]`; the other brackets are symbols anyway. */
function isBracket(code: number): boolean {
  return code === 0x28 || code === 0x29 || code === 0x5d
}

/** What follows `<` in a tag: a letter, `/`, `!` or `?`. */
function isTag(code: number): boolean {
  return (code | 0x20) >= 0x61 ? (code | 0x20) <= 0x7a : code === 0x2f || code === 0x21 || code === 0x3f
}

/** `. , : ; ! ?`, closing quotes and the full stops of Japanese and Chinese. */
function isSentenceEnd(code: number): boolean {
  return (
    '.,:;!?'.includes(String.fromCharCode(code)) ||
    (code >= 0x2019 && code <= 0x2026) ||
    code === 0x3002 ||
    code === 0xff01
  )
}

function isCodeEnd(code: number): boolean {
  return ';{}[(=\\&+'.includes(String.fromCharCode(code))
}
