import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRandomAccess } from '../../../lib/storage/random-access.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'millrace-random-access-'))
})
afterAll(() => rm(folder, { recursive: true }))

test('reads ranges, and refuses what lies beyond the end before it asks for memory', async () => {
  const name = path.join(folder, 'digits')
  await writeFile(name, '0123456789')
  const file = await openRandomAccess(name)
  expect(file.size).toBe(10)
  expect(Buffer.from(await file.read(3, 4)).toString()).toBe('3456')
  expect(await file.read(10, 0)).toEqual(new Uint8Array(0))
  for (const [offset, length] of [
    [8, 3],
    [0, 2 ** 45],
    [-1, 2],
    [2 ** 60, 1],
    [Number.NaN, 1],
  ] as const) {
    await expect(file.read(offset, length)).rejects.toMatchObject({
      code: 'OUTPUT_DAMAGED',
      facts: { file: name },
    })
  }
  await truncate(name, 5)
  await expect(file.read(3, 4)).rejects.toMatchObject({ code: 'OUTPUT_DAMAGED' })
  await file.close()
})

test('what cannot be opened is INPUT_MISSING', async () => {
  await expect(openRandomAccess(path.join(folder, 'none'))).rejects.toMatchObject({
    code: 'INPUT_MISSING',
    facts: { got: 'ENOENT' },
  })
  await expect(openRandomAccess(folder)).rejects.toMatchObject({ code: 'INPUT_MISSING' })
})
