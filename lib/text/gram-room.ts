import { roomFor } from './int32-list.ts'

/**
 * Arrays by word for finding sequences of words: of one search at a time, so that all of them take 20 bytes a word of the
 * largest text at hand. What is in them is overwritten by the next.
 */
export interface GramRoom {
  /** Words at which the sequences at hand start, ascending. */
  places: Int32Array
  /** By place in that list. */
  hashes: Int32Array
  /** By word. */
  values: Int32Array
}

export const gramRoom: GramRoom = {
  places: new Int32Array(1 << 10),
  hashes: new Int32Array(1 << 10),
  values: new Int32Array(1 << 10),
}

let order = new Int32Array(1 << 10)
let keys = new Int32Array(1 << 10)
/** A table of the items of a bucket that differ: item + 1, 0 for free, and its key. */
let slots = new Int32Array(1 << 12)
let slotKeys = new Int32Array(1 << 12)

export function makeGramRoom(words: number): void {
  gramRoom.places = roomFor(gramRoom.places, words)
  gramRoom.hashes = roomFor(gramRoom.hashes, words)
  gramRoom.values = roomFor(gramRoom.values, words)
  order = roomFor(order, words)
  keys = roomFor(keys, words)
}

/** Items of a bucket on average, at most: their table stays in a core's own cache. */
const BUCKET_ITEMS = 1 << 14

/**
 * Puts in the place of each hash, at [0, count), where the first one equal to it stands. They are sorted into buckets first,
 * in their order, since one table of millions of them would have the processor wait for memory at each.
 *
 * @returns an array to use at [0, count), all 0
 */
export function findFirsts(hashes: Int32Array, count: number): Int32Array {
  let bits = 0
  while (BUCKET_ITEMS << bits < count) bits++
  let from = 0
  for (const end of sortByHash(hashes, count, 31 - bits, new Int32Array(1 << bits))) {
    findInBucket(from, end, hashes)
    from = end
  }
  return order.fill(0, 0, count)
}

/** Of items whose hashes are equal the one that equals `item`: `first`, another that was asked of, or else itself. */
export function equalsOf(
  equals: (item: number, other: number) => boolean,
): (item: number, first: number) => number {
  /** By the first: the others, which differ from it and from each other. */
  const others = new Map<number, number[]>()
  return (item, first) => {
    if (equals(item, first)) return first
    const known = others.get(first) ?? []
    const equal = known.find((other) => equals(item, other))
    if (equal === undefined) others.set(first, [...known, item])
    return equal ?? item
  }
}

/** Sets `order` and `keys`: items by bucket, which is the upper bits of their keys. Returns where each bucket ends. */
function sortByHash(hashes: Int32Array, count: number, shift: number, ends: Int32Array): Int32Array {
  for (let item = 0; item < count; item++) {
    const bucket = (mixed(hashes[item] ?? 0) >>> 1) >>> shift
    ends[bucket] = (ends[bucket] ?? 0) + 1
  }
  let sum = 0
  for (let bucket = 0; bucket < ends.length; bucket++) {
    const size = ends[bucket] ?? 0
    ends[bucket] = sum
    sum += size
  }
  scatter(hashes, count, shift, ends, order, keys)
  return ends
}

function scatter(
  hashes: Int32Array,
  count: number,
  shift: number,
  starts: Int32Array,
  items: Int32Array,
  itemKeys: Int32Array,
): void {
  for (let item = 0; item < count; item++) {
    const key = mixed(hashes[item] ?? 0)
    const bucket = (key >>> 1) >>> shift
    const at = starts[bucket] ?? 0
    starts[bucket] = at + 1
    items[at] = item
    itemKeys[at] = key
  }
}

/** One to one, so that keys are equal only where hashes are. */
function mixed(hash: number): number {
  let key = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  key = Math.imul(key ^ (key >>> 13), 0xc2b2ae35)
  return key ^ (key >>> 16)
}

/** Sets `firsts` of the items [from, end) of `order`, by their keys alone. */
function findInBucket(from: number, end: number, firsts: Int32Array): void {
  let size = 16
  while (size < (end - from) * 2 && size < BUCKET_ITEMS * 4) size *= 2
  // Equal items are in one bucket, so that it may have many; once more where too many of them differ.
  for (; ; size *= 2) {
    slots = roomFor(slots, size)
    slotKeys = roomFor(slotKeys, size)
    slots.fill(0, 0, size)
    if (enterItems(from, end, order, keys, slots, slotKeys, size, firsts)) break
  }
}

/** False when more than half of the slots were taken. */
function enterItems(
  from: number,
  end: number,
  items: Int32Array,
  itemKeys: Int32Array,
  slots: Int32Array,
  slotKeys: Int32Array,
  size: number,
  firsts: Int32Array,
): boolean {
  const mask = size - 1
  let free = size / 2
  for (let at = from; at < end; at++) {
    const item = items[at] ?? 0
    const key = itemKeys[at] ?? 0
    let slot = key & mask
    let other = (slots[slot] ?? 0) - 1
    while (other >= 0 && slotKeys[slot] !== key) {
      slot = (slot + 1) & mask
      other = (slots[slot] ?? 0) - 1
    }
    if (other < 0) {
      if (free-- === 0) return false
      slots[slot] = item + 1
      slotKeys[slot] = key
      other = item
    }
    firsts[item] = other
  }
  return true
}
