/**
 * Where everything lies in the memory of one instance. Addresses are bytes. The memory is reserved whole at the start, so
 * that no view of it is ever lost; pages that are not touched cost nothing.
 *
 *     fixed tables | image of the vocabulary | text | ids | merge scratch | arena | long units | short units | scratch
 */

import { addBlock, setEncodeBlock } from '../../bpe/assembly/blocks'
import { placeCache } from '../../bpe/assembly/cache'
import { placeMerge } from '../../bpe/assembly/merge'
import { encodeBlock } from './symbols'

// The host must use the same numbers: ../kernel.ts.
/** The vocabulary's image begins here; its first part has fixed places. */
export const IMAGE: usize = 0x1000
/** By two raw bytes as a little-endian u16: 1 when text is cut between them; 0 also when a byte is not ASCII. */
export const BYTE_CUTS: usize = IMAGE
/** By ASCII code: u32, row | column << 16 in the join table. */
export const ASCII_CLASSES: usize = BYTE_CUTS + 0x10000
/** By code point >> 8: u16, page in CLASSES and CHARACTER_IDS. */
export const PAGES: usize = ASCII_CLASSES + 0x200
/** By byte: u16, id of its byte piece. */
export const BYTE_IDS: usize = PAGES + 0x2200
export const VARIABLE: usize = BYTE_IDS + 0x200

/** By page and low byte of the code point: u32, as ASCII_CLASSES. */
export const CLASSES: usize = VARIABLE
/** The same index: u16, id of the character's piece; 0 where it has none. */
export let CHARACTER_IDS: usize = 0
/** Bits at row * columns + column: the two characters can stand side by side in a piece. */
export let JOINS: usize = 0
export let COLUMNS: u32 = 0
export let TEXT: usize = 0
export let IDS: usize = 0

/** Bytes of text that are taken in at once. */
export const TEXT_BYTES: usize = 1 << 18
/** Zero bytes before and after the text, so that windows and keys may be loaded past its ends. */
export const PADDING: usize = 128
/** Every byte gives one id at most; the last store may over-run by 16 bytes. */
export const IDS_BYTES: usize = 2 * TEXT_BYTES + PADDING

/** @returns pages of 64 KiB that the memory must have */
export function place(
  classPages: u32,
  joinWords: u32,
  columns: u32,
  pairSlots: u32,
  shortSlots: u32,
): u32 {
  CHARACTER_IDS = CLASSES + <usize>classPages * 1024
  JOINS = CHARACTER_IDS + <usize>classPages * 512
  COLUMNS = columns
  const pairs = align(JOINS + <usize>joinWords * 4)
  TEXT = align(pairs + <usize>pairSlots * 8) + PADDING
  IDS = align(TEXT + TEXT_BYTES + PADDING)
  setEncodeBlock(encodeBlock)
  const blocks = placeMerge<u16>(pairs, pairSlots, align(IDS + IDS_BYTES))
  const end = placeCache(align(blocks), shortSlots, (from, to) => addBlock<u16>(from, to))
  return <u32>((end + 0xffff) >> 16)
}

function align(address: usize): usize {
  return (address + 63) & ~63
}
