import { readFile } from 'node:fs/promises'

/** Reads JSON that a build wrote for itself; the caller names the type that was written. Completion keys and `verify` hold its hash. */
export async function readOwnJson<T>(file: string): Promise<T> {
  return parseOwnJson<T>(await readFile(file, 'utf8'))
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller says what it wrote
export function parseOwnJson<T>(text: string): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return JSON.parse(text) as T
}
