import { blockSettings, createEnds, type Ends, forEachLine } from './blocks.ts'
import { defineBlockDedup } from './define-dedup.ts'
import { whiteSpaceAt } from './exact.ts'

/** Sentences in a row that are compared as one, as in C4 (Raffel et al. 2020, section 2.2). */
const SENTENCES = 3

/**
 * Three sentences in a row that are in the corpus more often than `limit` are cut out where they come later, each of the
 * three; texts of fewer sentences have none. A sentence ends at a line feed, or after an end mark (`.`, `!`, `?`, `…`), the
 * quotes and brackets that close after it, and white space; after the marks of Chinese, Japanese and Hindi
 * (`。`, `！`, `？`, `।`) without white space too. Abbreviations end sentences: that makes spans shorter, and differs in no two copies.
 */
export const spans = defineBlockDedup({
  name: 'spans',
  summary: 'Cuts three sentences in a row that the corpus has more often than a limit.',
  revision: 1,
  place: 2,
  unicode: false,
  settings: blockSettings('three sentences', 1),
  create: (settings) => ({
    ...settings,
    width: SENTENCES,
    split(text) {
      const ends = createEnds()
      forEachLine(text, (start, end) => ends.add(start) && splitLine(text, start, end, ends))
      ends.add(text.length)
      return ends.list()
    },
  }),
})

function splitLine(text: Uint8Array, start: number, end: number, ends: Ends): boolean {
  for (let at = start; at < end; ) {
    if (STARTS_MARK[text[at] ?? 0] === 0) {
      at++
      continue
    }
    const mark = lengthOf(MARKS, text, at)
    const wide = mark > 0 ? 0 : lengthOf(WIDE_MARKS, text, at)
    if (mark + wide === 0) {
      at++
      continue
    }
    let next = at + mark + wide
    for (;;) {
      const more =
        lengthOf(MARKS, text, next) || lengthOf(WIDE_MARKS, text, next) || lengthOf(CLOSERS, text, next)
      if (more === 0) break
      next += more
    }
    const space = afterSpace(text, next, end)
    if (space < end && (space > next || wide > 0) && !ends.add(space)) return false
    at = space
  }
  return true
}

/** The first place from `at` on that is not white space, at most `end`. */
function afterSpace(text: Uint8Array, at: number, end: number): number {
  let next = at
  while (next < end) {
    const white = whiteSpaceAt(text, next, text[next] ?? 0)
    if (white === 0) break
    next += white
  }
  return next
}

const MARKS = byFirstByte('.!?…')
const WIDE_MARKS = byFirstByte('。！？।')
const CLOSERS = byFirstByte('"\')]}»”’」』）')

/** 1 for each byte that an end mark starts with: most bytes are none. */
const STARTS_MARK = Uint8Array.from({ length: 256 }, (_, byte) => ((MARKS[byte] ?? WIDE_MARKS[byte]) ? 1 : 0))

/** Characters in UTF-8 by their first byte. */
function byFirstByte(characters: string): (Uint8Array[] | undefined)[] {
  const table: (Uint8Array[] | undefined)[] = []
  for (const character of characters) {
    const bytes = Buffer.from(character)
    const first = bytes[0] ?? 0
    table[first] = [...(table[first] ?? []), bytes]
  }
  return table
}

/** Bytes of the character at `at` if the table has it, else 0. */
function lengthOf(table: readonly (Uint8Array[] | undefined)[], text: Uint8Array, at: number): number {
  for (const bytes of table[text[at] ?? 0] ?? []) {
    if (bytes.every((byte, offset) => text[at + offset] === byte)) return bytes.length
  }
  return 0
}
