/** The kept members of a component by their keys. Entries of a key form a list, the last added first. */
export interface KeptByKey {
  /** Newest entry of a key, or -1. */
  first(high: number, low: number): number
  /** The entry of the same key added before `entry`, or -1. */
  next(entry: number): number
  member(entry: number): number
  add(high: number, low: number, member: number): void
}

const FIRST_SLOTS = 32
const FIRST_ENTRIES = 16

/**
 * A hash table over typed arrays: keys are 64 uniformly distributed bits, so their low half is the hash; open
 * addressing, at most half full. A JavaScript Map has no 64-bit keys, and ends at 16.7 million.
 */
export function keptByKey(): KeptByKey {
  let slots = FIRST_SLOTS
  let used = 0
  let highs = new Uint32Array(slots)
  let lows = new Uint32Array(slots)
  /** Newest entry by slot; -1 marks a free one. */
  let heads = new Int32Array(slots).fill(-1)

  let entries = 0
  let members = new Uint32Array(FIRST_ENTRIES)
  let nexts = new Int32Array(FIRST_ENTRIES)

  /** The slot of a key, or the free one where it would go. */
  const slotOf = (high: number, low: number): number => {
    let slot = low & (slots - 1)
    while (heads[slot] !== -1 && (lows[slot] !== low || highs[slot] !== high)) slot = (slot + 1) & (slots - 1)
    return slot
  }

  const growSlots = (): void => {
    const old = { slots, highs, lows, heads }
    slots *= 2
    highs = new Uint32Array(slots)
    lows = new Uint32Array(slots)
    heads = new Int32Array(slots).fill(-1)
    for (let from = 0; from < old.slots; from++) {
      const head = old.heads[from] ?? -1
      if (head === -1) continue
      const high = old.highs[from] ?? 0
      const low = old.lows[from] ?? 0
      const to = slotOf(high, low)
      highs[to] = high
      lows[to] = low
      heads[to] = head
    }
  }

  const growEntries = (): void => {
    const more = new Uint32Array(2 * members.length)
    more.set(members)
    members = more
    const links = new Int32Array(2 * nexts.length)
    links.set(nexts)
    nexts = links
  }

  return {
    first: (high, low) => heads[slotOf(high, low)] ?? -1,
    next: (entry) => nexts[entry] ?? -1,
    member: (entry) => members[entry] ?? 0,
    add(high, low, member) {
      if (entries === members.length) growEntries()
      if (2 * used >= slots) growSlots()
      const slot = slotOf(high, low)
      const head = heads[slot] ?? -1
      if (head === -1) {
        highs[slot] = high
        lows[slot] = low
        used++
      }
      members[entries] = member
      nexts[entries] = head
      heads[slot] = entries++
    },
  }
}
