import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { createOutputFile } from '../../../lib/storage/output-file.ts'

test('chunks of any size come out end to end, and the facts are those of the file', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-output-'))
  // Around the 256 KiB that are written at a time: below, at, above, a multiple, and none.
  const sizes = [0, 1, (256 << 10) - 2, 1, 7, 256 << 10, 0, (600 << 10) + 3, 1 << 20, 64]
  const chunks = sizes.map((size, chunk) => Uint8Array.from({ length: size }, (_, i) => i * 31 + chunk))
  const expected = Buffer.concat([...chunks, ...chunks])
  try {
    const output = await createOutputFile(path.join(folder, 'a'))
    await output.write(...chunks)
    for (const chunk of chunks) await output.write(chunk)
    const { bytes, sha256 } = await output.commit()
    expect(readFileSync(output.path).equals(expected)).toBe(true)
    expect(bytes).toBe(expected.length)
    expect(sha256).toBe(createHash('sha256').update(expected).digest('hex'))
  } finally {
    rmSync(folder, { recursive: true })
  }
})
