/**
 * Compiles filters/models/assembly/ into filters/models/fasttext-kernel-module.ts.
 *
 *     node test/filters/models/generate-fasttext-kernel.ts        # needs a Node that reads types
 */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileKernel } from '../../compile-kernel.ts'

export const KERNEL_FILE = path.resolve(
  import.meta.dirname,
  '../../../filters/models/fasttext-kernel-module.ts',
)

export const compileFastText = (): string =>
  compileKernel('filters/models/assembly/index.ts', 'test/filters/models/generate-fasttext-kernel.ts')

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(KERNEL_FILE, compileFastText())
