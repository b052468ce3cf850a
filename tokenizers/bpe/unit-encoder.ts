import type { Merger } from './merge.ts'
import { BLOCK_SYMBOLS, mergeBlocks } from './merge-blocks.ts'

/**
 * Ids of units (pieces of text across whose borders nothing merges), with a cache: natural text repeats its words, so
 * most units are looked up, not encoded.
 *
 * The cache is open addressing in one Int32Array, eight words a slot:
 *
 *     [k0 k1 k2 k3]   the unit's first 16 bytes, zero-padded: the key itself, so that equal is exact
 *     meta            unit length in bytes (bits 0-7), number of ids (bits 8-15), spilled (bit 16); 0: empty
 *     [v0 v1 v2]      up to three ids; when spilled, v0 is where the arena has the key's other bytes, then the ids
 *
 * It doubles at half full up to CACHE_SLOTS, then is cleared. Probes are bounded: units crafted to collide are encoded
 * each time, which costs no more than a miss.
 */
export interface UnitEncoder {
  /** Begins a text. `bytes` has at least 16 bytes after the last unit's end. */
  readonly start: (bytes: Uint8Array) => void
  /** Appends the ids of the unit at [from, to), from < to. */
  readonly add: (from: number, to: number) => void
  /** Appends one id. */
  readonly addId: (id: number) => void
  /** What was appended since `start`: a view, valid until the next `start`. */
  readonly ids: () => Int32Array
}

const WORDS = 8
const WORD_BITS = 3
const FIRST_SLOTS = 1 << 12
/** 2^19 slots of 32 bytes: 16 MB a worker, for 262,144 different units. */
const CACHE_SLOTS = 1 << 19
/** Words; what a full cache of ordinary units spills is about half of it. */
const ARENA_WORDS = 1 << 21
const PROBES = 16
/** Bytes; a longer unit is not worth a place (base64, rules of dashes). */
const LONGEST_CACHED = 128
const SPILLED = 1 << 16
/** Bytes of a unit that is merged block by block, and of its characters that become symbols at once: three a byte at most. */
const LONG = 1 << 12
const PIECE = BLOCK_SYMBOLS >> 2
/** Ids of an output buffer that is kept for the next text. */
const RETAINED_IDS = 1 << 21

/** KEY_MASKS[4 * length + word]: which bits of that word of the key a unit of `length` bytes (at most 16) uses. */
const KEY_MASKS = new Int32Array(4 * 17)
for (let length = 0; length <= 16; length++) {
  for (let word = 0; word < 4; word++) {
    const used = Math.max(0, Math.min(4, length - 4 * word))
    KEY_MASKS[4 * length + word] = used === 4 ? -1 : (1 << (8 * used)) - 1
  }
}

export interface UnitEncoderOptions {
  readonly merger: Merger
  /** Writes the first symbols of a unit, or of some of its characters, into an array from `merger.reserve`; returns how many. */
  readonly symbolize: (bytes: Uint8Array, from: number, to: number) => number
  /** The id of a unit that is not merged. */
  readonly whole?: (bytes: Uint8Array, from: number, to: number) => number | undefined
  /** Slots at which the cache is cleared, a power of two. */
  readonly cacheSlots?: number
}

export function createUnitEncoder(options: UnitEncoderOptions): UnitEncoder {
  const { merger, symbolize, whole, cacheSlots = CACHE_SLOTS } = options
  let bytes: Uint8Array = new Uint8Array(0)
  let view: DataView = new DataView(bytes.buffer)
  let output = new Int32Array(1 << 12)
  let count = 0
  let table = new Int32Array(Math.min(FIRST_SLOTS, cacheSlots) * WORDS)
  let used = 0
  let arena = new Int32Array(1 << 12)
  let arenaUsed = 0

  function growOutput(needed: number): void {
    const grown = new Int32Array(Math.max(needed, 2 * output.length))
    grown.set(output.subarray(0, count))
    output = grown
  }

  function append(ids: Int32Array): void {
    if (count + ids.length + WORDS > output.length) growOutput(count + ids.length + WORDS)
    output.set(ids, count)
    count += ids.length
  }

  /** Encodes without the cache: appends, and returns how many ids that were. */
  function encode(from: number, to: number): number {
    const first = count
    const id = whole?.(bytes, from, to)
    if (id !== undefined) append(Int32Array.of(id))
    else if (to - from <= LONG || !encodeLong(from, to)) {
      count = first
      const ids = merger.merge(symbolize(bytes, from, to))
      append(merger.symbols().subarray(0, ids))
    }
    return count - first
  }

  function encodeLong(from: number, to: number): boolean {
    let at = from
    function next(into: Int32Array, place: number): number {
      const end = characterStart(bytes, Math.min(to, at + PIECE), to)
      const symbols = symbolize(bytes, at, end)
      into.set(merger.symbols().subarray(0, symbols), place)
      at = end
      return symbols
    }
    return mergeBlocks(merger, next, append)
  }

  function clear(): void {
    table.fill(0)
    used = 0
    arenaUsed = 0
  }

  /** Rehashes into twice the slots. A slot that finds no place within the probe bound is dropped. */
  function grow(): void {
    const old = table
    table = new Int32Array(2 * old.length)
    used = 0
    for (let from = 0; from < old.length; from += WORDS) {
      const meta = old[from + 4] ?? 0
      if (meta === 0) continue
      const hash = hashOf(
        old[from] ?? 0,
        old[from + 1] ?? 0,
        old[from + 2] ?? 0,
        old[from + 3] ?? 0,
        meta & 255,
      )
      const at = emptySlot(spill(hash, meta, old[from + 5] ?? 0))
      if (at < 0) continue
      table.set(old.subarray(from, from + WORDS), at)
      used++
    }
  }

  /** The hash of a unit longer than 16 bytes goes on over the rest of its key, here taken from the arena. */
  function spill(hash: number, meta: number, at: number): number {
    let mixed = hash
    const words = restWords(meta & 255)
    for (let i = 0; i < words; i++) mixed = mixRest(mixed, arena[at + i] ?? 0)
    return mixed
  }

  function emptySlot(hash: number): number {
    const last = table.length - 1
    let at = (hash << WORD_BITS) & last
    for (let probe = 0; probe < PROBES; probe++) {
      if (table[at + 4] === 0) return at
      at = (at + WORDS) & last
    }
    return -1
  }

  /** Encodes the unit and puts it in the cache, if there is a place. */
  function miss(from: number, to: number, hash: number): void {
    const first = count
    const ids = encode(from, to)
    if (ids > 255) return
    if (used >= table.length / WORDS / 2) {
      if (table.length < cacheSlots * WORDS) grow()
      else clear()
    }
    const length = to - from
    const words = restWords(length)
    const spills = ids > 3 || words > 0
    if (spills && arenaUsed + words + ids > ARENA_WORDS) clear()
    const at = emptySlot(hash)
    if (at < 0) return
    const masks = 4 * Math.min(length, 16)
    for (let word = 0; word < 4; word++) {
      table[at + word] = view.getInt32(from + 4 * word, true) & (KEY_MASKS[masks + word] ?? 0)
    }
    table[at + 4] = length | (ids << 8) | (spills ? SPILLED : 0)
    used++
    if (spills) {
      table[at + 5] = arenaUsed
      store(from, length, words, first, ids)
    } else {
      for (let i = 0; i < ids; i++) table[at + 5 + i] = output[first + i] ?? 0
    }
  }

  /** Appends to the arena the key's bytes after the 16th, then the ids. */
  function store(from: number, length: number, words: number, first: number, ids: number): void {
    if (arenaUsed + words + ids > arena.length) {
      const grown = new Int32Array(2 * arena.length)
      grown.set(arena)
      arena = grown
    }
    for (let i = 0; i < words; i++) arena[arenaUsed++] = restWord(from, length, i)
    for (let i = 0; i < ids; i++) arena[arenaUsed++] = output[first + i] ?? 0
  }

  /** Word `i` of the unit's bytes after the 16th, zero-padded. */
  function restWord(from: number, length: number, i: number): number {
    const left = length - 16 - 4 * i
    const word = view.getInt32(from + 16 + 4 * i, true)
    return left >= 4 ? word : word & ((1 << (8 * left)) - 1)
  }

  function sameRest(at: number, from: number, length: number): boolean {
    const words = restWords(length)
    for (let i = 0; i < words; i++) if (arena[at + i] !== restWord(from, length, i)) return false
    return true
  }

  function add(from: number, to: number): void {
    const length = to - from
    if (length > LONGEST_CACHED) {
      encode(from, to)
      return
    }
    const masks = length < 16 ? length << 2 : 64
    const k0 = view.getInt32(from, true) & (KEY_MASKS[masks] ?? 0)
    const k1 = view.getInt32(from + 4, true) & (KEY_MASKS[masks + 1] ?? 0)
    const k2 = view.getInt32(from + 8, true) & (KEY_MASKS[masks + 2] ?? 0)
    const k3 = view.getInt32(from + 12, true) & (KEY_MASKS[masks + 3] ?? 0)
    let hash = hashOf(k0, k1, k2, k3, length)
    if (length > 16) {
      const words = restWords(length)
      for (let i = 0; i < words; i++) hash = mixRest(hash, restWord(from, length, i))
    }
    const last = table.length - 1
    let at = (hash << WORD_BITS) & last
    for (let probe = 0; probe < PROBES; probe++) {
      const meta = table[at + 4] ?? 0
      if (meta === 0) break
      const differs =
        ((table[at] ?? 0) ^ k0) |
        ((table[at + 1] ?? 0) ^ k1) |
        ((table[at + 2] ?? 0) ^ k2) |
        ((table[at + 3] ?? 0) ^ k3) |
        ((meta & 255) ^ length)
      if (differs === 0) {
        if (meta < SPILLED) {
          // Three stores whatever the number: cheaper than a branch that is mispredicted, and `output` has the room.
          output[count] = table[at + 5] ?? 0
          output[count + 1] = table[at + 6] ?? 0
          output[count + 2] = table[at + 7] ?? 0
          count += meta >> 8
          if (count + WORDS > output.length) growOutput(2 * output.length)
          return
        }
        if (copySpilled(at, meta, from, length)) return
      }
      at = (at + WORDS) & last
    }
    miss(from, to, hash)
  }

  /** Appends the spilled ids of the slot; false when the rest of the key differs. */
  function copySpilled(at: number, meta: number, from: number, length: number): boolean {
    const stored = table[at + 5] ?? 0
    if (length > 16 && !sameRest(stored, from, length)) return false
    const ids = (meta >> 8) & 255
    const first = stored + restWords(length)
    if (count + ids + WORDS > output.length) growOutput(count + ids + WORDS)
    for (let i = 0; i < ids; i++) output[count++] = arena[first + i] ?? 0
    return true
  }

  return {
    start(text) {
      if (text !== bytes) {
        bytes = text
        view = new DataView(text.buffer, text.byteOffset, text.byteLength)
      }
      count = 0
      if (output.length > RETAINED_IDS) output = new Int32Array(RETAINED_IDS)
    },
    add,
    addId(id) {
      output[count++] = id
      if (count + WORDS > output.length) growOutput(2 * output.length)
    },
    ids: () => output.subarray(0, count),
  }
}

/** `at`, or the start of the character that it is inside of; characters end at `end`. */
function characterStart(bytes: Uint8Array, at: number, end: number): number {
  let start = at
  while (start < end && ((bytes[start] ?? 0) & 0xc0) === 0x80) start--
  return start
}

/** Words that hold a unit's bytes after the 16th. */
function restWords(length: number): number {
  return length <= 16 ? 0 : (length - 13) >> 2
}

function mixRest(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x2c1b3c6d)
  return mixed ^ (mixed >>> 15)
}

function hashOf(k0: number, k1: number, k2: number, k3: number, length: number): number {
  let hash = Math.imul(k0, 0x9e3779b1) ^ Math.imul(k1 ^ length, 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) ^ Math.imul(k2, 0xc2b2ae35) ^ Math.imul(k3, 0x27d4eb2f)
  hash = Math.imul(hash ^ (hash >>> 13), 0x297a2d39)
  return hash ^ (hash >>> 16)
}
