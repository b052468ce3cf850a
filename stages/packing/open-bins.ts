/**
 * The bins that still have room, by room: which one has the least room that is enough? A set of the rooms that occur, as a
 * segment tree of 32 children a node (bits of a word), and for each room a first-in, first-out list of its bins. Both
 * operations take O(log32 S) steps: 4 for S up to 2^20.
 */
export interface OpenBins {
  /** Takes out, of the bins with the least room >= `needed`, the one that has had that room longest; -1 if none fits. */
  readonly take: (needed: number) => number
  /** Room that the bin had which `take` gave last. */
  readonly room: () => number
  /** Puts a bin in with `room` tokens free, 1 <= room <= S. */
  readonly put: (bin: number, room: number) => void
}

const NONE = 0xffff_ffff

/** @param bins an upper bound of the bins that there will be; 4 bytes each, and 8 bytes for each room up to `maxRoom`. */
export function openBins(bins: number, maxRoom: number): OpenBins {
  const levels = emptyLevels(maxRoom + 1)
  const head = new Uint32Array(maxRoom + 1).fill(NONE)
  const tail = new Uint32Array(maxRoom + 1)
  const next = new Uint32Array(bins)
  let room = 0
  return {
    take: (needed) => {
      room = successor(levels, needed)
      if (room < 0) return -1
      const bin = head[room] ?? NONE
      const following = next[bin] ?? NONE
      head[room] = following
      if (following === NONE) clear(levels, room)
      return bin
    },
    room: () => room,
    put: (bin, room) => {
      next[bin] = NONE
      if (head[room] === NONE) {
        head[room] = bin
        set(levels, room)
      } else next[tail[room] ?? 0] = bin
      tail[room] = bin
    },
  }
}

/** Level 0 has a bit for every number below `size`; each further level one for every word of the level below. */
function emptyLevels(size: number): Uint32Array[] {
  const levels: Uint32Array[] = []
  for (let bits = size; ; ) {
    const words = Math.ceil(bits / 32)
    levels.push(new Uint32Array(words))
    if (words <= 1) return levels
    bits = words
  }
}

function set(levels: readonly Uint32Array[], value: number): void {
  let at = value
  for (const level of levels) {
    const word = at >>> 5
    level[word] = (level[word] ?? 0) | (1 << (at & 31))
    at = word
  }
}

function clear(levels: readonly Uint32Array[], value: number): void {
  let at = value
  for (const level of levels) {
    const word = at >>> 5
    const rest = (level[word] ?? 0) & ~(1 << (at & 31))
    level[word] = rest
    if (rest !== 0) return
    at = word
  }
}

/** The least number >= value in the set, or -1. Up to the first level with a bit at or after `value`, then down. */
function successor(levels: readonly Uint32Array[], value: number): number {
  let at = value
  for (let depth = 0; depth < levels.length; depth++) {
    const word = at >>> 5
    const found = (levels[depth]?.[word] ?? 0) & (-1 << (at & 31))
    if (found !== 0) return descend(levels, depth, word * 32 + lowestBit(found))
    at = word + 1
    if (at >= 32 * (levels[depth + 1]?.length ?? 0)) return -1
  }
  return -1
}

function descend(levels: readonly Uint32Array[], depth: number, from: number): number {
  let at = from
  for (let below = depth - 1; below >= 0; below--) at = at * 32 + lowestBit(levels[below]?.[at] ?? 0)
  return at
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word)
}
