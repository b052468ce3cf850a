import { addBlock, setBlockEnd } from './blocks'
import { out, setOut } from './cache'
import { addFew, FEW } from './few'
import { BYTE_IDS, RECORDS, TOKEN_SLOTS, TOKENS } from './layout'
import { mergeBlock, put } from './merge'

/** Bytes, merged. */
export function encodeBlock(block: usize, from: usize, to: usize, limit: u32): u32 {
  const count = min(<u32>(to - from), limit)
  for (let i: u32 = 0; i < count; i++) {
    put<u32>(block, i, load<u32>(BYTE_IDS + (<usize>load<u8>(from + i) << 2)), i)
  }
  setBlockEnd(from + count)
  return mergeBlock<u32, u64>(block, count)
}

/** Appends the ids of a unit that one block holds: one where the whole unit is a token, even one that merging does not give. */
export function encodeUnit(from: usize, to: usize): u32 {
  const record = findToken(from, to - from)
  if (record == 0) return to - from <= FEW ? addFew(from, to) : addBlock<u32>(from, to)
  store<u32>(out, load<u32>(record))
  setOut(out + 4)
  return 1
}

/** The record of the token that the unit is, of those that merging does not give; or 0. */
function findToken(from: usize, length: usize): usize {
  if (TOKEN_SLOTS == 0) return 0
  let hash = <u32>length
  for (let i: usize = 0; i < length; i++) hash = (hash ^ <u32>load<u8>(from + i)) * 0x01000193
  // Zero is an empty slot's.
  hash = (hash ^ (hash >> 15)) | 1
  // The vocabulary is no stranger's text: its table is half empty, and its runs of full slots are short.
  let slot = hash >> 1
  while (true) {
    const at = TOKENS + (<usize>(slot & (TOKEN_SLOTS - 1)) << 3)
    const found = load<u32>(at)
    if (found == 0) return 0
    const record = RECORDS + <usize>load<u32>(at, 4)
    if (found == hash && <usize>load<u32>(record, 4) == length && memory.compare(record + 8, from, length) == 0) {
      return record
    }
    slot++
  }
}
