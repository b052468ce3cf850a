import { readFile } from 'node:fs/promises'
import { MillraceError, systemReason } from '../lib/errors.ts'

/** The lines of a list that a filter's settings name, white space at their ends cut off. */
export async function linesOfFile(path: string, filter: string): Promise<readonly string[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new MillraceError(
      'INPUT_MISSING',
      `cannot read the list ${path}: ${systemReason(error)}`,
      { file: path, fix: `Correct the path in the settings of the filter ${filter}.` },
      { cause: error },
    )
  })
  return text.split('\n').map((line) => line.trim())
}
