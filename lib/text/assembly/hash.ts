/** What tells chunks and other short sequences of units: their first sixteen in two vectors, zeros behind them. */
import { MASKS } from './layout'

export const KEY_UNITS: u32 = 16
const HASH_A: u64 = 0x9e3779b97f4a7c15
const HASH_B: u64 = 0xc2b2ae3d27d4eb4f
const HASH_C: u64 = 0x165667b19e3779f9
const HASH_D: u64 = 0xd6e8feb86659fd93

/** Ones over the first `bytes` of sixteen; over all, or none, where there are more, or fewer. */
@inline
export function maskAt(bytes: i32): v128 {
  return v128.load(MASKS + <usize>(32 - bytes))
}

@inline
export function firstMask(units: u32): v128 {
  return maskAt(<i32>min(units, KEY_UNITS) << 1)
}

@inline
export function secondMask(units: u32): v128 {
  return v128.load(MASKS + 48 - (<usize>min(units, KEY_UNITS) << 1))
}

@inline
export function hashOf(p: usize, units: u32): u32 {
  const first = v128.and(v128.load(p), firstMask(units))
  const second = v128.and(v128.load(p, 16), secondMask(units))
  let hash =
    (i64x2.extract_lane(first, 0) * HASH_A + rotl(i64x2.extract_lane(first, 1) * HASH_B, 25)) ^
    (rotl(i64x2.extract_lane(second, 0) * HASH_C, 47) + rotl(i64x2.extract_lane(second, 1) * HASH_D, 11))
  hash += units
  if (units > KEY_UNITS) hash = hashRest(hash, p, units)
  hash ^= hash >> 32
  hash *= HASH_B
  return <u32>(hash >> 32)
}

function hashRest(start: u64, p: usize, units: u32): u64 {
  let hash = start
  const bytes = units << 1
  for (let at: u32 = 32; at < bytes; at += 16) {
    const part = v128.and(v128.load(p + at), maskAt(<i32>min(bytes - at, 16)))
    hash = rotl((hash ^ i64x2.extract_lane(part, 0)) * HASH_A, 29)
    hash = rotl((hash ^ i64x2.extract_lane(part, 1)) * HASH_C, 31)
  }
  return hash
}

/** Of 16 units. */
@inline
export function hash32Bytes(p: usize): u64 {
  const first = load<u64>(p) ^ rotl(load<u64>(p, 8), 23)
  const second = load<u64>(p, 16) ^ rotl(load<u64>(p, 24), 41)
  return first * HASH_A + rotl(second * HASH_B, 25)
}

/** Another hash, faster where there are more units: whole vectors, the last of which overlaps the one before. */
@inline
export function hashOfRange(p: usize, units: u32): u32 {
  if (units < KEY_UNITS) return hashOf(p, units)
  let hash = hash32Bytes(p)
  const last = p + (<usize>units << 1) - 32
  for (let at = p + 32; at < last; at += 32) hash = rotl(hash, 21) * HASH_D + hash32Bytes(at)
  hash = rotl(hash, 21) * HASH_D + hash32Bytes(last)
  hash ^= hash >> 32
  hash *= HASH_B
  return <u32>(hash >> 32)
}

/** Whether the units at `p` are those at `q`. */
export function equalUnits(p: usize, q: usize, units: u32): bool {
  const end = p + (<usize>units << 1)
  for (; p + 16 <= end; p += 16, q += 16) {
    if (v128.any_true(v128.xor(v128.load(p), v128.load(q)))) return false
  }
  for (; p < end; p += 2, q += 2) if (load<u16>(p) != load<u16>(q)) return false
  return true
}
