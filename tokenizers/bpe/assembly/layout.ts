/**
 * Where everything lies in the memory of one instance. Addresses are bytes. The memory is reserved whole at the start, so
 * that no view of it is ever lost; pages that are not touched cost nothing.
 *
 *     fixed tables | image of the vocabulary | text | ids | merge scratch | cache and its scratch
 */
import { setEncodeBlock } from './blocks'
import { placeCache } from './cache'
import { placeMerge, placeNear } from './merge'
import { encodeBlock, encodeUnit } from './symbols'

// The host must use the same numbers: ../kernel.ts, ../kernel-image.ts.
/** The vocabulary's image begins here; its first part has fixed places. */
export const IMAGE: usize = 0x1000
/** By byte: u8, kind of character; 31 for the bytes of what is not ASCII. */
export const ASCII_KINDS: usize = IMAGE
/** By byte: u32, id of its token. */
export const BYTE_IDS: usize = ASCII_KINDS + 0x100
/** By code point >> 8: u16, page in KINDS. */
export const PAGES: usize = BYTE_IDS + 0x400
/** By page and low byte of the code point: u8, kind of character. */
export const KINDS: usize = PAGES + 0x2200
/** By state and kind, 32 kinds a row: u16, where the next state's row begins, and in bit 0 whether the unit may end here. */
export let STATES: usize = 0
/** The same of ../cut-automaton.ts, bits 0 and 1 where a unit ended. */
export let CUTS: usize = 0
/** Tokens that merging does not give. Open addressing: u32 hash, u32 where in RECORDS; all 0 when empty. */
export let TOKENS: usize = 0
/** 0: there is none. */
export let TOKEN_SLOTS: u32 = 0
/** u32 id, u32 length, bytes. */
export let RECORDS: usize = 0
export let TEXT: usize = 0
export let IDS: usize = 0

/** Bytes of text that are taken in at once. */
export const TEXT_BYTES: usize = 1 << 18
/** Zero bytes before and after the text, so that windows and keys may be loaded past its ends. */
export const PADDING: usize = 128
/** Every byte gives one id at most; the last store may over-run by 16 bytes. */
const IDS_BYTES: usize = 4 * TEXT_BYTES + PADDING

/** @returns pages of 64 KiB that the memory must have */
export function place(
  kindBytes: u32,
  stateBytes: u32,
  cutBytes: u32,
  pairSlots: u32,
  frequentSlots: u32,
  filterWords: u32,
  tokenSlots: u32,
  recordBytes: u32,
  shortSlots: u32,
): u32 {
  STATES = KINDS + <usize>kindBytes
  CUTS = STATES + <usize>stateBytes
  const pairs = CUTS + <usize>cutBytes
  TOKENS = placeNear(pairs + <usize>pairSlots * 8, frequentSlots, filterWords)
  TOKEN_SLOTS = tokenSlots
  RECORDS = TOKENS + <usize>tokenSlots * 8
  TEXT = align(RECORDS + <usize>recordBytes) + PADDING
  IDS = align(TEXT + TEXT_BYTES + PADDING)
  setEncodeBlock(encodeBlock)
  const blocks = placeMerge<u32>(pairs, pairSlots, align(IDS + IDS_BYTES))
  const end = placeCache(align(blocks), shortSlots, encodeUnit)
  return <u32>((end + 0xffff) >> 16)
}

function align(address: usize): usize {
  return (address + 63) & ~63
}
