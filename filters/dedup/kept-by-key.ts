/**
 * The kept members of a component by their keys: a hash table over typed arrays. Keys are 64 uniformly distributed bits, so
 * the low ones choose a chain; a chain has entries of several keys, the last added first. A JavaScript Map has no 64-bit
 * keys, and ends at 16.7 million.
 *
 * An entry is known by its number, from 1 on; 0 is none. Memory: 20 bytes for each entry that there is room for.
 */
export interface KeptByKey {
  /** By chain: its newest entry. */
  heads: Int32Array
  /** By entry, four words: high and low half of the key, member, the entry before it in its chain. So one is in one cache line. */
  entries: Int32Array
  count: number
}

const ENTRY_WORDS = 4
/** Entries that there is room for at first, at most. Memory that is not written to costs nothing, to make room anew does. */
const MOST_AT_FIRST = 1 << 20

/** `expected`: how many entries there will be at most; more find room, too. */
export function keptByKey(expected: number): KeptByKey {
  const room = 2 ** Math.ceil(Math.log2(Math.min(Math.max(expected, 1), MOST_AT_FIRST)))
  return { heads: new Int32Array(room), entries: new Int32Array(ENTRY_WORDS * (room + 1)), count: 0 }
}

/** Adds a member under its keys: the first `count` of `keys`, two words each (high, low). */
export function addKept(table: KeptByKey, keys: Uint32Array, count: number, member: number): void {
  while (table.count + count > table.heads.length) grow(table)
  const { heads, entries } = table
  let at = ENTRY_WORDS * table.count
  for (let key = 0; key < 2 * count; key += 2) {
    const low = keys[key + 1] ?? 0
    const chain = low & (heads.length - 1)
    at += ENTRY_WORDS
    entries[at] = keys[key] ?? 0
    entries[at + 1] = low
    entries[at + 2] = member
    entries[at + 3] = heads[chain] ?? 0
    heads[chain] = at / ENTRY_WORDS
  }
  table.count += count
}

/** Appends to `into` the members that have one of these keys, once for each key that they have. */
export function membersWith(
  { heads, entries }: KeptByKey,
  keys: Uint32Array,
  count: number,
  into: number[],
): void {
  for (let key = 0; key < 2 * count; key += 2) {
    const high = (keys[key] ?? 0) | 0
    const low = (keys[key + 1] ?? 0) | 0
    let at = ENTRY_WORDS * (heads[low & (heads.length - 1)] ?? 0)
    while (at !== 0) {
      if (entries[at + 1] === low && entries[at] === high) into.push(entries[at + 2] ?? 0)
      at = ENTRY_WORDS * (entries[at + 3] ?? 0)
    }
  }
}

/** Twice the room. Entries are taken oldest first, so that in each chain the newest is first again. */
function grow(table: KeptByKey): void {
  const heads = new Int32Array(2 * table.heads.length)
  const entries = new Int32Array(ENTRY_WORDS * (heads.length + 1))
  entries.set(table.entries)
  for (let entry = 1; entry <= table.count; entry++) {
    const at = ENTRY_WORDS * entry
    const chain = (entries[at + 1] ?? 0) & (heads.length - 1)
    entries[at + 3] = heads[chain] ?? 0
    heads[chain] = entry
  }
  table.heads = heads
  table.entries = entries
}
