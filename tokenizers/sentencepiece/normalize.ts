import { TEXT_START, type TextBytes } from '../bpe/text-bytes.ts'
import type { Spacing } from './vocabulary.ts'

const SPACE = 0x20
const LOWER_BLOCK = Buffer.from('\u2581')

/** Brings a text into the form that is cut into pieces, in place; returns where it begins: at the space in front, or after it. */
export function createNormalizer(spacing: Spacing): (text: TextBytes) => number {
  const { addDummyPrefix, removeExtraWhitespaces, treatWhitespaceAsSuffix } = spacing
  return (text) => {
    if (removeExtraWhitespaces) collapseSpaces(text)
    if (text.end === TEXT_START) return TEXT_START
    spaceOutLowerBlocks(text)
    // SentencePiece trims the end when U+2581 and spaces are one symbol, the start and the middle before.
    if (removeExtraWhitespaces) trimEnd(text)
    if (!addDummyPrefix) return TEXT_START
    if (!treatWhitespaceAsSuffix) return text.end === TEXT_START ? TEXT_START : TEXT_START - 1
    text.bytes[text.end++] = SPACE
    return TEXT_START
  }
}

/** Spaces at the start go, of others one of a run remains. */
function collapseSpaces(text: TextBytes): void {
  const { bytes, end } = text
  let write = TEXT_START
  let last = SPACE
  for (let at = TEXT_START; at < end; at++) {
    const byte = bytes[at] ?? 0
    if (byte !== SPACE || last !== SPACE) bytes[write++] = byte
    last = byte
  }
  cutTo(text, write)
}

function trimEnd(text: TextBytes): void {
  let { end } = text
  while (end > TEXT_START && text.bytes[end - 1] === SPACE) end--
  cutTo(text, end)
}

/** U+2581 in text counts as a space: E2 96 81 becomes 20. */
function spaceOutLowerBlocks(text: TextBytes): void {
  const { bytes, end } = text
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, end)
  let found = buffer.indexOf(LOWER_BLOCK)
  if (found < 0) return
  let write = found
  while (found >= 0) {
    bytes[write++] = SPACE
    const next = buffer.indexOf(LOWER_BLOCK, found + 3)
    const rest = next < 0 ? end : next
    bytes.copyWithin(write, found + 3, rest)
    write += rest - found - 3
    found = next
  }
  cutTo(text, write)
}

/** Zeros follow the text. */
function cutTo(text: TextBytes, end: number): void {
  text.bytes.fill(0, end, text.end)
  text.end = end
}
