import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSpooledFile } from '../../../lib/storage/spooled-file.ts'

describe('spooled file', () => {
  let folder = ''
  let count = 0
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'millrace-spooled-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  test('has its head before its body, whatever the pieces, and the hash of both', async () => {
    // Around the buffer of 2^20 bytes.
    const size = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 2 ** 20 - 2, max: 2 ** 20 + 2 }))
    await fc.assert(
      fc.asyncProperty(
        fc.array(size, { maxLength: 4 }),
        fc.uint8Array({ maxLength: 9 }),
        async (sizes, head) => {
          const file = path.join(folder, String(count++))
          const spooled = await createSpooledFile(file)
          const pieces = sizes.map((length, i) => Buffer.alloc(length, i + 1))
          for (const piece of pieces) {
            const copy = Buffer.from(piece)
            await spooled.write(copy)
            copy.fill(0) // what was given may be used again
          }
          expect(spooled.bytes).toBe(sizes.reduce((sum, length) => sum + length, 0))
          spooled.setHead([head.subarray(0, 2), head.subarray(2)])
          const written = await spooled.commit()
          await spooled.abort()
          const expected = Buffer.concat([head, ...pieces])
          const sha256 = createHash('sha256').update(expected).digest('hex')
          expect(written).toEqual({ path: file, bytes: expected.length, sha256 })
          expect((await readFile(file)).equals(expected)).toBe(true)
        },
      ),
      { numRuns: 30 },
    )
    expect((await readdir(folder)).length).toBe(count) // nothing temporary is left
  })

  test('is gone after an abort, before a commit and after one that failed', async () => {
    const own = path.join(folder, 'abort')
    await mkdir(path.join(own, 'taken', 'inside'), { recursive: true })
    const first = await createSpooledFile(path.join(own, 'file'))
    await first.write(Buffer.from('body'))
    await first.abort()
    const second = await createSpooledFile(path.join(own, 'taken'))
    await expect(second.commit()).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' })
    await second.abort()
    expect(await readdir(own)).toEqual(['taken'])
    await rm(own, { recursive: true })
  })

  test('a folder that is a file is OUTPUT_UNWRITABLE', async () => {
    const file = path.join(folder, 'plain')
    const spooled = await createSpooledFile(file)
    await spooled.commit()
    await expect(createSpooledFile(path.join(file, 'below'))).rejects.toMatchObject({
      code: 'OUTPUT_UNWRITABLE',
    })
  })
})
