import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { withScratch } from '../../../lib/kernels/scratch.ts'

const requests = fc.array(
  fc.record({ kind: fc.constantFrom('words', 'halves', 'bytes'), length: fc.integer({ min: 0, max: 3000 }) }),
  { maxLength: 40 },
)

test('arrays of units that run at the same time never overlap, and have the length asked for', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(requests, { maxLength: 4 }), async (units) => {
      await Promise.all(
        units.map((wanted, unit) =>
          withScratch(async (scratch) => {
            const arrays: { length: number; array: Uint8Array | Uint16Array | Uint32Array }[] = []
            for (const { kind, length } of wanted) {
              const array = scratch[kind](length)
              arrays.push({ length, array: array.fill(16 * unit + (arrays.length % 16)) })
              await Promise.resolve()
            }
            for (const [at, { length, array }] of arrays.entries()) {
              expect(array).toHaveLength(length)
              expect(array.every((value) => value === 16 * unit + (at % 16))).toBe(true)
            }
          }),
        ),
      )
    }),
    { numRuns: 50 },
  )
})

test('a unit gets the memory of the one before, also after an error', async () => {
  const first = await withScratch(async (scratch) => scratch.words(4).fill(7))
  const failing = withScratch(async (scratch) => {
    scratch.words(4).fill(8)
    throw new Error('stop')
  })
  await expect(failing).rejects.toThrow('stop')
  await withScratch(async (scratch) => {
    const second = scratch.words(4)
    expect(second.buffer).toBe(first.buffer)
    expect([...second]).toEqual([8, 8, 8, 8])
  })
})

test('an array larger than a block has memory of its own, which is given back', async () => {
  const large = await withScratch(async (scratch) => {
    const small = scratch.bytes(8)
    const array = scratch.bytes(65 << 20)
    expect(array.buffer).not.toBe(small.buffer)
    return array.buffer
  })
  await withScratch(async (scratch) => {
    scratch.bytes(8)
    expect(scratch.bytes(65 << 20).buffer).not.toBe(large)
  })
})
