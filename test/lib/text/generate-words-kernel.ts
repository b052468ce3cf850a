/**
 * Compiles lib/text/assembly/ into lib/text/words-kernel-module.ts.
 *
 *     node test/lib/text/generate-words-kernel.ts        # needs a Node that reads types
 */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileKernel } from '../../compile-kernel.ts'

export const KERNEL_FILE = path.resolve(import.meta.dirname, '../../../lib/text/words-kernel-module.ts')

export const compileWordsKernel = (): string =>
  compileKernel('lib/text/assembly/index.ts', 'test/lib/text/generate-words-kernel.ts')

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(KERNEL_FILE, compileWordsKernel())
