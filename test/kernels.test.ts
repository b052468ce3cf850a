import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { expect, test } from 'vitest'

test('the committed WebAssembly modules are what their sources compile to', () => {
  const { stderr, status } = spawnSync(process.execPath, [
    path.resolve(import.meta.dirname, 'kernels.mjs'),
    '--check',
  ])
  expect([stderr.toString(), status]).toEqual(['', 0])
})
