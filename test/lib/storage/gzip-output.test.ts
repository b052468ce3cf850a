import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gzipTo } from '../../../lib/storage/gzip-output.ts'
import { createOutputFile } from '../../../lib/storage/output-file.ts'

describe('gzip output', () => {
  let folder = ''
  let count = 0
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'millrace-gzip-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  async function compressed(pieces: readonly string[]): Promise<Buffer> {
    const file = path.join(folder, `${count++}.gz`)
    const output = gzipTo(await createOutputFile(file))
    for (const piece of pieces) await output.write(piece)
    await output.finish()
    await output.commit()
    return readFile(file)
  }

  test('gives the same bytes however the text comes in pieces, and every reader’s zlib takes them', async () => {
    const piece = fc.oneof(
      fc.string(),
      fc.integer({ min: 2 ** 20 - 2, max: 2 ** 20 + 2 }).map((length) => 'ab'.repeat(length / 2)),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 4 }), async (pieces) => {
        const bytes = await compressed(pieces)
        expect(gunzipSync(bytes).toString()).toBe(pieces.join(''))
        expect(bytes.equals(await compressed([pieces.join('')]))).toBe(true)
      }),
      { numRuns: 20 },
    )
  })

  test('nothing is a whole empty stream', async () => {
    const bytes = await compressed([])
    expect(bytes.toString('hex')).toBe(['1f8b080000000000', '00ff', '0300', '00000000', '00000000'].join(''))
    expect(gunzipSync(bytes).length).toBe(0)
  })
})
