import { existsSync, readFileSync } from 'node:fs'

const own = `/proc/self/task/${process.pid}/schedstat`

/**
 * Milliseconds of the main thread's processor time where Linux tells it, as the machine may be shared; else of the wall clock.
 * Linux counts in steps of some milliseconds: files of less than 10 MB need several runs.
 */
export const clock = existsSync(own)
  ? () => Number(readFileSync(own, 'utf8').split(' ')[0]) / 1e6
  : () => performance.now()

/** Texts of a JSONL file, and their UTF-8 bytes. */
export function readTexts(file) {
  const texts = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).text)
  return { texts, size: texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) }
}
