import { setBlockEnd } from '../../bpe/assembly/blocks'
import { mergeBlock, put } from '../../bpe/assembly/merge'
import { characterLength, codePoint } from './characters'
import { BYTE_IDS, CHARACTER_IDS, PAGES } from './layout'

/** Characters, or the bytes of those that have no piece; then merged. */
export function encodeBlock(block: usize, from: usize, to: usize, limit: u32): u32 {
  let count: u32 = 0
  let at = from
  // A character is four symbols at most.
  while (at < to && count <= limit - 4) {
    const lead = <u32>load<u8>(at)
    const length = characterLength(lead)
    const code = codePoint(at, lead)
    const page = <usize>load<u16>(PAGES + (<usize>(code >> 8) << 1))
    const id = <u32>load<u16>(CHARACTER_IDS + (((page << 8) | <usize>(code & 255)) << 1))
    if (id != 0) {
      put<u16>(block, count++, id, at - from)
    } else {
      for (let i: u32 = 0; i < length; i++) {
        const byte = <usize>load<u8>(at + i)
        put<u16>(block, count++, load<u16>(BYTE_IDS + (byte << 1)), at - from)
      }
    }
    at += length
  }
  setBlockEnd(at)
  return mergeBlock<u16, u32>(block, count)
}
