import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Key64, keyedHash, unitInterval } from '../../../lib/kernels/keyed-hash.ts'

const MASK = 0xffffffffn

/**
 * The twin: Chaskey's permutation on one full block, in BigInts and in the words of its paper: v0 += v1, v1 <<<= 5, …
 * (N. Mouha et al., "Chaskey: An Efficient MAC Algorithm for 32-bit Microcontrollers", SAC 2014, figure 1).
 */
function chaskey12(key: readonly bigint[], block: readonly bigint[]): bigint[] {
  const whole = key.reduce((sum, word, at) => sum | (word << BigInt(32 * at)), 0n)
  const doubled = ((whole << 1n) ^ (whole >> 127n === 1n ? 0x87n : 0n)) & ((1n << 128n) - 1n)
  const subkey = key.map((_, at) => (doubled >> BigInt(32 * at)) & MASK)
  let [v0 = 0n, v1 = 0n, v2 = 0n, v3 = 0n] = block.map((word, at) => word ^ key[at]! ^ subkey[at]!)
  for (let round = 0; round < 12; round++) {
    v0 = (v0 + v1) & MASK
    v1 = rotate(v1, 5n) ^ v0
    v0 = rotate(v0, 16n)
    v2 = (v2 + v3) & MASK
    v3 = rotate(v3, 8n) ^ v2
    v0 = (v0 + v3) & MASK
    v3 = rotate(v3, 13n) ^ v0
    v2 = (v2 + v1) & MASK
    v1 = rotate(v1, 7n) ^ v2
    v2 = rotate(v2, 16n)
  }
  return [v0, v1, v2, v3].map((word, at) => word ^ subkey[at]!)
}

function rotate(value: bigint, by: bigint): bigint {
  return ((value << by) | (value >> (32n - by))) & MASK
}

function keyWords(seed: number | string, purpose: string): bigint[] {
  const digest = createHash('sha256')
    .update(JSON.stringify([seed, purpose]))
    .digest()
  return [0, 4, 8, 12].map((at) => BigInt(digest.readUInt32LE(at)))
}

function hashed(seed: number | string, purpose: string, words: Uint32Array, at = 0): Key64 {
  const key: Key64 = { high: 0, low: 0 }
  keyedHash(seed, purpose)(words, at, key)
  return key
}

const words = fc.array(fc.integer({ min: 0, max: 0xffffffff }), { minLength: 4, maxLength: 4 })

describe('keyedHash', () => {
  test('the twin gives the published tag of one block by 12 rounds', () => {
    // The designers' key, and the message 00 01 … 0f.
    const key = [0x833d3433n, 0x009f389fn, 0x2398e64fn, 0x417acf39n]
    const block = [0x03020100n, 0x07060504n, 0x0b0a0908n, 0x0f0e0d0cn]
    expect(chaskey12(key, block)).toEqual([0x5dd0e2a9n, 0xfb5eac8cn, 0x633a392en, 0x500c36f3n])
  })

  test('is the first half of the twin’s tag, under the key SHA-256(seed, purpose)', () => {
    fc.assert(
      fc.property(words, fc.nat(), fc.string(), fc.nat(5), (block, seed, purpose, at) => {
        const shifted = Uint32Array.from([...Array.from({ length: at }, () => 9), ...block])
        const [high, low] = chaskey12(keyWords(seed, purpose), block.map(BigInt))
        expect(hashed(seed, purpose, shifted, at)).toEqual({ high: Number(high), low: Number(low) })
      }),
      { numRuns: 300 },
    )
  })

  test('seeds and purposes are apart, also where their texts run together', () => {
    const block = Uint32Array.of(1, 2, 3, 4)
    const keys = [
      hashed(1, 'order', block),
      hashed(2, 'order', block),
      hashed('1', 'order', block),
      hashed(1, 'epoch-1', block),
      hashed(11, 'epoch-', block),
      hashed(1, '1', block),
      hashed(11, '', block),
      hashed(1, 'order', Uint32Array.of(1, 2, 3, 5)),
      hashed(1, 'order', Uint32Array.of(2, 1, 3, 4)),
    ]
    expect(new Set(keys.map(({ high, low }) => `${high}/${low}`)).size).toBe(keys.length)
  })

  test.each(['order', 'sample', 'epoch-3'])(
    'draws for %s are uniform, and apart from other purposes',
    (purpose) => {
      const count = 40_000
      const [hash, other] = [keyedHash(5, purpose), keyedHash(5, 'another')]
      const cells = new Float64Array(100)
      const pairs = new Float64Array(100)
      const [key, second] = [
        { high: 0, low: 0 },
        { high: 0, low: 0 },
      ]
      for (let uid = 0; uid < count; uid++) {
        // Worse than any uid: they differ in few bits.
        const block = Uint32Array.of(uid, 0, 0, 0)
        hash(block, 0, key)
        other(block, 0, second)
        const draw = unitInterval(key)
        cells[Math.floor(draw * 100)]!++
        pairs[Math.floor(draw * 10) * 10 + Math.floor(unitInterval(second) * 10)]!++
      }
      for (const observed of [cells, pairs]) {
        const expected = count / observed.length
        const chiSquare = observed.reduce((sum, cell) => sum + (cell - expected) ** 2 / expected, 0)
        // 99 degrees of freedom: the 99.99 % quantile is 161; a quantile at the low end would be too even.
        expect(chiSquare).toBeLessThan(161)
        expect(chiSquare).toBeGreaterThan(52)
      }
    },
  )
})

test('unitInterval is the first 53 bits, in [0, 1)', () => {
  expect(unitInterval({ high: 0, low: 0 })).toBe(0)
  expect(unitInterval({ high: 0x80000000, low: 0 })).toBe(0.5)
  expect(unitInterval({ high: 0xffffffff, low: 0xffffffff })).toBe(1 - 2 ** -53)
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 0xffffffff }),
      fc.integer({ min: 0, max: 0xffffffff }),
      (high, low) => {
        const bits = ((BigInt(high) << 32n) | BigInt(low)) >> 11n
        expect(unitInterval({ high, low })).toBe(Number(bits) / 2 ** 53)
      },
    ),
  )
})
