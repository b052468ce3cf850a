/**
 * Ids of units seen before; `Id` is u16 or u32. Units of up to 16 bytes: open addressing, 32 bytes a slot
 *
 *     the unit, padded with 0xff (16) | ids (16 - one id's size) | count, as wide as an id: 0 empty, or SPILLED: the ids are
 *     an arena address
 *
 * so that equal is one comparison, exact, and all ids are appended by one store. No unit holds a byte 0xff: it is valid UTF-8.
 * Units of 17 to 128 bytes: 8 bytes a slot, u32 hash | u32 arena address. In the arena: u16 length | u16 count | the unit's
 * bytes | ids.
 *
 * Tables double at half full up to their limit; then, or when the arena is full, all is cleared. Probes are bounded: units
 * that were made to collide are encoded each time, which costs no more than the first time.
 */

export const SHORT_SLOT: usize = 32
const LONG_SLOT: usize = 8
const FIRST_SLOTS: u32 = 1 << 12
const LONG_SLOTS: u32 = 1 << 16
const ARENA_BYTES: usize = 1 << 22
const PROBES: u32 = 16
const SPILLED: u32 = 0xffff
/** Bytes; a longer unit is not worth a place. */
export const LONGEST_CACHED: usize = 128
/** 17 masks of 16 bytes: 0xff where a unit of that length has no byte. */
const MASKS: usize = 0x800

/** Appends the ids of a unit at `out`; returns how many. */
type EncodeUnit = (from: usize, to: usize) => u32

/** Where the next id goes. */
export let out: usize = 0
export function setOut(at: usize): void {
  out = at
}
let encodeUnit: EncodeUnit = encodeNothing
let ARENA: usize = 0
let LONG_TABLE: usize = 0
export let SHORT_TABLE: usize = 0
export let shortSlots: u32 = 0
let shortLimit: u32 = 0
let shortUsed: u32 = 0
let longSlots: u32 = 0
let longUsed: u32 = 0
let arenaUsed: usize = 0
/** Units that were merged, not found: for tests and benches. */
export let misses: u32 = 0

function encodeNothing(_from: usize, _to: usize): u32 {
  return 0
}

/** How many ids a slot holds. */
@inline
export function inlineIds<Id>(): u32 {
  return <u32>(16 / sizeof<Id>()) - 1
}

@inline
export function countIn<Id>(slot: usize): u32 {
  return <u32>load<Id>(slot + 32 - sizeof<Id>())
}

/**
 * @param slots of the table of short units, at most: a power of two, at least 64
 * @returns where the cache ends
 */
export function placeCache(at: usize, slots: u32, encode: EncodeUnit): usize {
  for (let length: usize = 0; length <= 16; length++) {
    memory.fill(MASKS + length * 16, 0, length)
    memory.fill(MASKS + length * 16 + length, 0xff, 16 - length)
  }
  encodeUnit = encode
  shortLimit = slots
  shortSlots = slots < FIRST_SLOTS ? slots : FIRST_SLOTS
  longSlots = FIRST_SLOTS
  ARENA = at
  LONG_TABLE = ARENA + ARENA_BYTES
  SHORT_TABLE = LONG_TABLE + <usize>LONG_SLOTS * LONG_SLOT
  // What growing moves is put behind: half a table.
  const short = <usize>slots * SHORT_SLOT
  return SHORT_TABLE + short + max(short, <usize>LONG_SLOTS * LONG_SLOT) / 2
}

function clear(): void {
  memory.fill(SHORT_TABLE, 0, <usize>shortSlots * SHORT_SLOT)
  memory.fill(LONG_TABLE, 0, <usize>longSlots * LONG_SLOT)
  shortUsed = 0
  longUsed = 0
  arenaUsed = 0
}

@inline
export function keyAt(from: usize, length: usize): v128 {
  return v128.or(v128.load(from), v128.load(MASKS + (length << 4)))
}

@inline
export function hashOf(key: v128): u32 {
  const low = <u64>i64x2.extract_lane(key, 0) * 0x9e3779b97f4a7c15
  const high = <u64>i64x2.extract_lane(key, 1) * 0xc2b2ae3d27d4eb4f
  const mixed = low ^ high
  return <u32>(mixed >> 32) ^ <u32>(mixed >> 51)
}

/** Appends the ids of the unit [from, from + length), at most 16 bytes. */
export function addShort<Id>(from: usize, length: usize): void {
  const key = keyAt(from, length)
  addShortSlowly<Id>(from, length, key, hashOf(key))
}

/** The same; `key` and `hash` are its own. */
export function addShortSlowly<Id>(from: usize, length: usize, key: v128, hash: u32): void {
  let slot = hash
  for (let probe: u32 = 0; probe < PROBES; probe++) {
    const at = SHORT_TABLE + <usize>(slot & (shortSlots - 1)) * SHORT_SLOT
    const count = countIn<Id>(at)
    if (count == 0) break
    if (!v128.any_true(v128.xor(v128.load(at), key))) {
      if (count <= inlineIds<Id>()) {
        v128.store(out, v128.load(at, 16))
        out += count * sizeof<Id>()
      } else {
        addStored<Id>(<usize>load<u32>(at, 16))
      }
      // The first place is for what comes often.
      if (probe > 0) exchange(at, SHORT_TABLE + <usize>(hash & (shortSlots - 1)) * SHORT_SLOT)
      return
    }
    slot++
  }
  const first = out
  const count = merged(from, length)
  if (shortUsed >= shortSlots >> 1) {
    if (shortSlots < shortLimit) growShort<Id>()
    else clear()
  }
  let stored: usize = 0
  if (count > inlineIds<Id>()) {
    stored = keep<Id>(from, length, first, count)
    if (stored == 0) return
  }
  const at = emptyShort<Id>(hash)
  if (at == 0) return
  shortUsed++
  v128.store(at, key)
  if (stored != 0) {
    store<u32>(at, <u32>stored, 16)
    store<Id>(at + 32 - sizeof<Id>(), <Id>SPILLED)
  } else {
    v128.store(at, v128.load(first), 16)
    store<Id>(at + 32 - sizeof<Id>(), <Id>count)
  }
}

@inline
function exchange(a: usize, b: usize): void {
  const key = v128.load(a)
  const ids = v128.load(a, 16)
  v128.store(a, v128.load(b))
  v128.store(a, v128.load(b, 16), 16)
  v128.store(b, key)
  v128.store(b, ids, 16)
}

/** The address of an empty slot, or 0. */
function emptyShort<Id>(hash: u32): usize {
  for (let probe: u32 = 0; probe < PROBES; probe++) {
    const at = SHORT_TABLE + <usize>((hash + probe) & (shortSlots - 1)) * SHORT_SLOT
    if (countIn<Id>(at) == 0) return at
  }
  return 0
}

/** Doubles. A slot that finds no place within the bound is dropped. */
function growShort<Id>(): void {
  const end = SHORT_TABLE + <usize>shortSlots * SHORT_SLOT
  const scratch = SHORT_TABLE + <usize>shortLimit * SHORT_SLOT
  let moved = scratch
  for (let at = SHORT_TABLE; at < end; at += SHORT_SLOT) {
    if (countIn<Id>(at) == 0) continue
    memory.copy(moved, at, SHORT_SLOT)
    moved += SHORT_SLOT
  }
  memory.fill(SHORT_TABLE, 0, end - SHORT_TABLE)
  shortSlots *= 2
  shortUsed = 0
  for (let from = scratch; from < moved; from += SHORT_SLOT) {
    const at = emptyShort<Id>(hashOf(v128.load(from)))
    if (at == 0) continue
    memory.copy(at, from, SHORT_SLOT)
    shortUsed++
  }
}

/** Appends the ids of a unit of 17 to 128 bytes. */
export function addLong<Id>(from: usize, length: usize): void {
  let hash = <u32>length
  let at = from
  for (const end = from + length; at + 8 <= end; at += 8) hash = mix(hash, load<u64>(at))
  hash = mix(hash, load<u64>(from + length - 8))
  // Zero is an empty slot's.
  hash |= 1
  let slot = hash >> 8
  for (let probe: u32 = 0; probe < PROBES; probe++) {
    const place = LONG_TABLE + <usize>((slot + probe) & (longSlots - 1)) * LONG_SLOT
    const found = load<u32>(place)
    if (found == 0) break
    if (found != hash) continue
    const stored = <usize>load<u32>(place, 4)
    if (<usize>load<u16>(stored) != length || !equal(stored + 4, from, length)) continue
    addStored<Id>(stored)
    return
  }
  const first = out
  const count = merged(from, length)
  if (longUsed >= longSlots >> 1) {
    if (longSlots < LONG_SLOTS) growLong()
    else clear()
  }
  const stored = keep<Id>(from, length, first, count)
  if (stored == 0) return
  putLong(hash, <u32>stored)
}

function putLong(hash: u32, stored: u32): void {
  const slot = hash >> 8
  for (let probe: u32 = 0; probe < PROBES; probe++) {
    const place = LONG_TABLE + <usize>((slot + probe) & (longSlots - 1)) * LONG_SLOT
    if (load<u32>(place) != 0) continue
    store<u32>(place, hash)
    store<u32>(place, stored, 4)
    longUsed++
    return
  }
}

function growLong(): void {
  const bytes = <usize>longSlots * LONG_SLOT
  const scratch = SHORT_TABLE + <usize>shortLimit * SHORT_SLOT
  memory.copy(scratch, LONG_TABLE, bytes)
  memory.fill(LONG_TABLE, 0, bytes)
  longSlots *= 2
  longUsed = 0
  for (let at = scratch; at < scratch + bytes; at += LONG_SLOT) {
    const hash = load<u32>(at)
    if (hash != 0) putLong(hash, load<u32>(at, 4))
  }
}

@inline
function mix(hash: u32, word: u64): u32 {
  const product = (word ^ (<u64>hash * 0x9e3779b97f4a7c15)) * 0xc2b2ae3d27d4eb4f
  return <u32>(product >> 32) ^ <u32>product
}

function equal(a: usize, b: usize, length: usize): bool {
  for (let i: usize = 0; i + 16 < length; i += 16) {
    if (v128.any_true(v128.xor(v128.load(a + i), v128.load(b + i)))) return false
  }
  return !v128.any_true(v128.xor(v128.load(a + length - 16), v128.load(b + length - 16)))
}

/** Copies a unit and its ids into the arena; 0 when it was full, and everything has been cleared. */
function keep<Id>(from: usize, length: usize, first: usize, count: u32): usize {
  const bytes = <usize>count * sizeof<Id>()
  // 16 bytes more, as `addStored` reads whole words.
  if (arenaUsed + 4 + length + bytes + 16 > ARENA_BYTES) {
    clear()
    return 0
  }
  const at = ARENA + arenaUsed
  store<u16>(at, <u32>length)
  store<u16>(at, count, 2)
  memory.copy(at + 4, from, length)
  memory.copy(at + 4 + length, first, bytes)
  arenaUsed = (arenaUsed + 4 + length + bytes + 3) & ~3
  return at
}

function addStored<Id>(at: usize): void {
  const bytes = <usize>load<u16>(at, 2) * sizeof<Id>()
  const from = at + 4 + <usize>load<u16>(at)
  for (let i: usize = 0; i < bytes; i += 16) v128.store(out + i, v128.load(from + i))
  out += bytes
}

function merged(from: usize, length: usize): u32 {
  misses++
  return encodeUnit(from, from + length)
}
