import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'

/** `kept-00003.jsonl.zst`: what stays of the input with this number. */
export function keptFile(folder: string, number: number): string {
  return path.join(folder, `kept-${String(number).padStart(5, '0')}.jsonl.zst`)
}

/**
 * Removes what an earlier run of more than `count` inputs left: it would pass for this one's. Not what this run has read.
 */
export async function removeOtherKept(
  folder: string,
  count: number,
  inputs: readonly string[],
): Promise<void> {
  const read = new Set(inputs.map((file) => path.resolve(file)))
  for (const name of await readdir(folder)) {
    const number = /^kept-(\d{5,})\.jsonl\.zst$/.exec(name)?.[1]
    const file = path.join(folder, name)
    if (number === undefined || Number(number) < count || read.has(path.resolve(file))) continue
    await rm(file)
  }
}
