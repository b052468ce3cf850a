import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Ledger } from '../ledger.ts'

/** The ledger of a finished build. */
export async function readLedger(folder: string): Promise<Ledger> {
  // Written by `account`, and hashed in the manifest.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return JSON.parse(await readFile(path.join(folder, 'ledger.json'), 'utf8')) as Ledger
}
