/**
 * Byte-pair encoding of one block of symbols: merge the adjacent pair of lowest rank, the leftmost among equals, until none
 * merges. `Id` is u16 or u32, `Pair` twice as wide. A block's scratch, in arrays of BLOCK:
 *
 *     symbols Id | starts Id (byte of the block where the symbol begins) | values Pair (rank, merged of the pair with the
 *     next symbol) | next Id | previous Id | heap Pair (rank, symbol), three a symbol
 */

/** Symbols of a block: what is merged at once. */
export const BLOCK: u32 = 2048
/** Symbols up to which scanning for the lowest rank beats a heap. */
const SHORT: u32 = 48

/**
 * Open addressing. 16-bit ids: u32 (left, right), u32 (rank, merged), all ones when empty. 32-bit ids: buckets of four u64,
 * left, right and merged + 1 in 21 bits each, 0 when empty, filled from the first on, and where a bucket is full from the
 * next one; there the merged id is as good as a rank, as ids are by rank.
 */
let PAIRS: usize = 0
let PAIR_MASK: u32 = 0
/** 32-bit ids: buckets of the same form, of some of the pairs that come first; where a bucket is full, there is no next one. */
let FREQUENT: usize = 0
let FREQUENT_MASK: u32 = 0
/** u32: two bits by the hash of each pair that is not in FREQUENT. */
let PAIR_FILTER: usize = 0
let PAIR_FILTER_MASK: u32 = 0
/** Two blocks' scratch. */
let BLOCKS: usize = 0

/** 32-bit ids: the two small tables. @returns where they end */
export function placeNear(at: usize, frequentSlots: u32, filterWords: u32): usize {
  FREQUENT = at
  FREQUENT_MASK = (frequentSlots >> 2) - 1
  PAIR_FILTER = at + <usize>frequentSlots * 8
  PAIR_FILTER_MASK = filterWords - 1
  return PAIR_FILTER + <usize>filterWords * 4
}

/** @returns where the blocks' scratch ends, that begins at `blocks` */
export function placeMerge<Id>(pairs: usize, pairSlots: u32, blocks: usize): usize {
  PAIRS = pairs
  PAIR_MASK = (sizeof<Id>() == 4 ? pairSlots >> 2 : pairSlots) - 1
  BLOCKS = blocks
  return blocks + 2 * blockBytes<Id>()
}

@inline
function blockBytes<Id>(): usize {
  return 12 * <usize>BLOCK * sizeof<Id>()
}

@inline
function pairOf<Id, Pair>(left: u32, right: u32): Pair {
  return <Pair>((<Pair>left << <Pair>(8 * sizeof<Id>())) | <Pair>right)
}

/** The upper half: a pair's rank in its value. */
@inline
function rankOf<Id, Pair>(value: Pair): u32 {
  return <u32>(value >> <Pair>(8 * sizeof<Id>()))
}

@inline
function noRank<Id>(): u32 {
  return <u32>(<Id>-1)
}

@inline
function pairValue<Id, Pair>(left: u32, right: u32): Pair {
  if (sizeof<Id>() == 4) {
    const merged = mergedId(left, right)
    return <Pair>(((<u64>merged) << 32) | <u64>merged)
  }
  const key = pairOf<Id, Pair>(left, right)
  let slot = (<u32>key * 0x9e3779b1) >> 8
  while (true) {
    const at = PAIRS + <usize>(slot & PAIR_MASK) * 2 * sizeof<Pair>()
    const value = load<Pair>(at + sizeof<Pair>())
    if (load<Pair>(at) == key || value == <Pair>-1) return value
    slot++
  }
}

/**
 * What two 32-bit ids merge into; all ones for nothing. Half of all pairs merge into nothing, and most others into one of a few
 * ids: two small tables, which the processor keeps near, tell that without a branch.
 */
@inline
export function mergedId(left: u32, right: u32): u32 {
  const hash = <u32>((((<u64>left << 32) | <u64>right) * 0x9e3779b97f4a7c15) >> 32)
  const pair = (<u64>left << 21) | <u64>right
  const near = inBucket(FREQUENT + (<usize>((hash >> 8) & FREQUENT_MASK) << 5), pair)
  const bits = (1 << (hash & 31)) | (1 << ((hash >> 5) & 31))
  const isThere = (load<u32>(PAIR_FILTER + (<usize>((hash >> 8) & PAIR_FILTER_MASK) << 2)) & bits) == bits
  return <i32>(near != 0) | <i32>!isThere ? near - 1 : farMergedId(hash >> 8, pair)
}

function farMergedId(hash: u32, pair: u64): u32 {
  let bucket = hash
  while (true) {
    const at = PAIRS + (<usize>(bucket & PAIR_MASK) << 5)
    const merged = inBucket(at, pair)
    if (merged != 0 || load<u64>(at, 24) == 0) return merged - 1
    bucket++
  }
}

/** What the pair merges into, plus 1, if it is in the bucket; or 0. */
@inline
function inBucket(at: usize, pair: u64): u32 {
  const some = ofPair(v128.load(at), pair)
  const others = ofPair(v128.load(at, 16), pair)
  const found = v128.or(some, others)
  return <u32>(i64x2.extract_lane(found, 0) | i64x2.extract_lane(found, 1)) & 0x1fffff
}

/** The slots that are the pair's, the others zero. */
@inline
function ofPair(slots: v128, pair: u64): v128 {
  return v128.and(slots, i64x2.eq(i64x2.shr_u(slots, 21), i64x2.splat(pair)))
}

/** The scratch of block 0 or 1. */
@inline
export function blockAt<Id>(which: u32): usize {
  return BLOCKS + <usize>which * blockBytes<Id>()
}

@inline
export function idAt<Id>(block: usize, i: u32): u32 {
  return <u32>load<Id>(block + <usize>i * sizeof<Id>())
}

/** Bytes from the block's start to where id `i` begins. */
@inline
export function startAt<Id>(block: usize, i: u32): u32 {
  return <u32>load<Id>(block + (<usize>BLOCK + i) * sizeof<Id>())
}

/** Merges the block's first `count` symbols; returns how many are left. */
export function mergeBlock<Id, Pair>(block: usize, count: u32): u32 {
  return count <= SHORT ? mergeShort<Id, Pair>(block, count) : mergeLong<Id, Pair>(block, count)
}

@inline
export function put<Id>(block: usize, i: u32, id: u32, start: usize): void {
  store<Id>(block + <usize>i * sizeof<Id>(), <Id>id)
  store<Id>(block + (<usize>BLOCK + i) * sizeof<Id>(), <Id>start)
}

@inline
function valuesOf<Id>(block: usize): usize {
  return block + 2 * <usize>BLOCK * sizeof<Id>()
}

@inline
function nextOf<Id>(block: usize): usize {
  return block + 6 * <usize>BLOCK * sizeof<Id>()
}
/** O(n^2) with a tiny constant. */
function mergeShort<Id, Pair>(block: usize, length: u32): u32 {
  if (length < 2) return length
  const values = valuesOf<Id>(block)
  let pairs = length - 1
  for (let i: u32 = 0; i < pairs; i++) look<Id, Pair>(block, values, i)
  while (true) {
    let best: u32 = 0
    let bestRank = noRank<Id>()
    for (let i: u32 = 0; i < pairs; i++) {
      const rank = rankOf<Id, Pair>(load<Pair>(values + <usize>i * sizeof<Pair>()))
      if (rank < bestRank) {
        bestRank = rank
        best = i
      }
    }
    if (bestRank == noRank<Id>()) return pairs + 1
    const value = load<Pair>(values + <usize>best * sizeof<Pair>())
    store<Id>(block + <usize>best * sizeof<Id>(), <Id>value)
    pairs--
    for (let i = best + 1; i <= pairs; i++) {
      put<Id>(block, i, idAt<Id>(block, i + 1), startAt<Id>(block, i + 1))
      const at = values + <usize>i * sizeof<Pair>()
      store<Pair>(at, load<Pair>(at + sizeof<Pair>()))
    }
    if (best > 0) look<Id, Pair>(block, values, best - 1)
    if (best < pairs) look<Id, Pair>(block, values, best)
  }
}

/** Notes what the symbols i and i + 1 merge into. */
@inline
function look<Id, Pair>(block: usize, values: usize, i: u32): void {
  const value = pairValue<Id, Pair>(idAt<Id>(block, i), idAt<Id>(block, i + 1))
  store<Pair>(values + <usize>i * sizeof<Pair>(), value)
}

@inline
function heapKey<Id, Pair>(value: Pair, symbol: u32): Pair {
  return <Pair>(pairOf<Id, Pair>(rankOf<Id, Pair>(value), 0) | <Pair>symbol)
}

/**
 * O(n log n): a linked list of symbols, and a heap of the pairs that could merge. An entry whose pair has changed since it
 * was pushed has another rank than the pair, and is passed over.
 */
function mergeLong<Id, Pair>(block: usize, length: u32): u32 {
  const values = valuesOf<Id>(block)
  const nexts = nextOf<Id>(block)
  const previous = nexts + <usize>BLOCK * sizeof<Id>()
  const heap = previous + <usize>BLOCK * sizeof<Id>()
  const none = <Pair>-1
  let size: u32 = 0
  for (let i: u32 = 0; i < length; i++) {
    store<Id>(nexts + <usize>i * sizeof<Id>(), <Id>(i + 1))
    store<Id>(previous + <usize>i * sizeof<Id>(), <Id>(i - 1))
    const value = i + 1 < length ? pairValue<Id, Pair>(idAt<Id>(block, i), idAt<Id>(block, i + 1)) : none
    store<Pair>(values + <usize>i * sizeof<Pair>(), value)
    if (value != none) {
      store<Pair>(heap + <usize>size * sizeof<Pair>(), heapKey<Id, Pair>(value, i))
      size++
    }
  }
  for (let i = <i32>(size >> 1) - 1; i >= 0; i--) {
    sink<Pair>(heap, i, load<Pair>(heap + <usize>i * sizeof<Pair>()), size)
  }
  while (size > 0) {
    const top = load<Pair>(heap)
    size--
    if (size > 0) sink<Pair>(heap, 0, load<Pair>(heap + <usize>size * sizeof<Pair>()), size)
    const left = <u32>(<Id>top)
    const value = load<Pair>(values + <usize>left * sizeof<Pair>())
    // A symbol that went into its left neighbour has the value of no pair, and no pair has that rank.
    if (rankOf<Id, Pair>(value) != rankOf<Id, Pair>(top)) continue
    const right = <u32>load<Id>(nexts + <usize>left * sizeof<Id>())
    const after = <u32>load<Id>(nexts + <usize>right * sizeof<Id>())
    store<Id>(block + <usize>left * sizeof<Id>(), <Id>value)
    store<Pair>(values + <usize>right * sizeof<Pair>(), none)
    store<Id>(nexts + <usize>left * sizeof<Id>(), <Id>after)
    if (after < length) {
      store<Id>(previous + <usize>after * sizeof<Id>(), <Id>left)
      const joined = pairValue<Id, Pair>(idAt<Id>(block, left), idAt<Id>(block, after))
      store<Pair>(values + <usize>left * sizeof<Pair>(), joined)
      if (joined != none) push<Pair>(heap, size++, heapKey<Id, Pair>(joined, left))
    } else {
      store<Pair>(values + <usize>left * sizeof<Pair>(), none)
    }
    if (left > 0) {
      const before = <u32>load<Id>(previous + <usize>left * sizeof<Id>())
      const joined = pairValue<Id, Pair>(idAt<Id>(block, before), idAt<Id>(block, left))
      store<Pair>(values + <usize>before * sizeof<Pair>(), joined)
      if (joined != none) push<Pair>(heap, size++, heapKey<Id, Pair>(joined, before))
    }
  }
  let kept: u32 = 0
  for (let i: u32 = 0; i < length; i = <u32>load<Id>(nexts + <usize>i * sizeof<Id>())) {
    put<Id>(block, kept++, idAt<Id>(block, i), startAt<Id>(block, i))
  }
  return kept
}

/** Puts `key` at `start` or below it. */
function sink<Pair>(heap: usize, start: u32, key: Pair, size: u32): void {
  let hole = start
  for (let child: u32 = 2 * hole + 1; child < size; child = 2 * hole + 1) {
    let least = load<Pair>(heap + <usize>child * sizeof<Pair>())
    if (child + 1 < size) {
      const other = load<Pair>(heap + <usize>(child + 1) * sizeof<Pair>())
      if (other < least) {
        least = other
        child++
      }
    }
    if (key <= least) break
    store<Pair>(heap + <usize>hole * sizeof<Pair>(), least)
    hole = child
  }
  store<Pair>(heap + <usize>hole * sizeof<Pair>(), key)
}

function push<Pair>(heap: usize, end: u32, key: Pair): void {
  let hole = end
  while (hole > 0) {
    const parent = (hole - 1) >> 1
    const above = load<Pair>(heap + <usize>parent * sizeof<Pair>())
    if (above <= key) break
    store<Pair>(heap + <usize>hole * sizeof<Pair>(), above)
    hole = parent
  }
  store<Pair>(heap + <usize>hole * sizeof<Pair>(), key)
}
