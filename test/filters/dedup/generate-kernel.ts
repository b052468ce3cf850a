/**
 * Compiles filters/dedup/assembly/ into filters/dedup/kernel-module.ts.
 *
 *     node test/filters/dedup/generate-kernel.ts        # needs a Node that reads types
 */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileKernel } from '../../compile-kernel.ts'

export const KERNEL_FILE = path.resolve(import.meta.dirname, '../../../filters/dedup/kernel-module.ts')

export const compileMinhash = (): string =>
  compileKernel('filters/dedup/assembly/index.ts', 'test/filters/dedup/generate-kernel.ts')

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(KERNEL_FILE, compileMinhash())
