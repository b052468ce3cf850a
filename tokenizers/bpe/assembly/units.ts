/**
 * Units that windows gave, looked up many at a time. Most of the cache is far away, beyond what the processor keeps for itself:
 * one access costs as much as all else of 20 units. So the places of all of them are read first, in a loop in which nothing
 * waits for what is read, so that the accesses run side by side.
 */
import {
  addLong,
  addShortSlowly,
  countIn,
  hashOf,
  inlineIds,
  keyAt,
  out,
  setOut,
  SHORT_SLOT,
  SHORT_TABLE,
  shortSlots,
} from './cache'

/** Units from which on those that wait are added. */
const MANY: usize = 64
/** A window's units but in few windows. */
const USUAL: u64 = 12
/** By waiting unit: u32, address of its end. A window adds 64 at most. */
const ENDS: usize = 0xa00
/** By waiting unit: u32, hash of its key. */
const HASHES: usize = 0xc00

/** Where the first waiting unit begins. */
let start: usize = 0
/** How many wait. */
let waiting: usize = 0
/** Of what was read early, so that it is read. */
export let touched: u32 = 0

/** Takes in the units that a window at `at` ends, bit i for one that ends with byte i; returns where the next one begins. */
@inline
export function addWindow<Id>(at: usize, mask: u64): usize {
  if (waiting == 0) start = at
  const count = popcnt(mask)
  // The same number of steps in nearly all windows; what is too much is written over.
  const steps = max(count, USUAL)
  let end = ENDS + (waiting << 2)
  let cuts = mask
  for (let i: u64 = 0; i < steps; i++) {
    store<u32>(end, <u32>(at + <usize>ctz(cuts) + 1))
    cuts &= cuts - 1
    end += 4
  }
  waiting += <usize>count
  if (waiting >= MANY) addWaiting<Id>()
  return at + 64 - <usize>clz(mask)
}

/** Appends the ids of the units that wait. */
export function addWaiting<Id>(): void {
  const bytes = waiting << 2
  waiting = 0
  const table = SHORT_TABLE
  let slots = shortSlots - 1
  let from = start
  for (let i: usize = 0; i < bytes; i += 4) {
    const to = <usize>load<u32>(ENDS + i)
    store<u32>(HASHES + i, hashOf(keyAt(from, min(to - from, 16))))
    from = to
  }
  let read: u32 = 0
  for (let i: usize = 0; i < bytes; i += 4) {
    read |= countIn<Id>(table + <usize>(load<u32>(HASHES + i) & slots) * SHORT_SLOT)
  }
  touched = read
  from = start
  let end = out
  for (let i: usize = 0; i < bytes; i += 4) {
    const to = <usize>load<u32>(ENDS + i)
    const length = to - from
    if (length <= 16) {
      const key = keyAt(from, length)
      const hash = load<u32>(HASHES + i)
      const at = table + <usize>(hash & slots) * SHORT_SLOT
      const count = countIn<Id>(at)
      // Not 0 either: an empty slot's.
      if (!v128.any_true(v128.xor(v128.load(at), key)) && count - 1 < inlineIds<Id>()) {
        // All, whatever the number: what is too much is written over.
        v128.store(end, v128.load(at, 16))
        end += count * sizeof<Id>()
      } else {
        setOut(end)
        addShortSlowly<Id>(from, length, key, hash)
        end = out
        slots = shortSlots - 1
      }
    } else {
      setOut(end)
      addLong<Id>(from, length)
      end = out
      slots = shortSlots - 1
    }
    from = to
  }
  setOut(end)
}
