import path from 'node:path'
import type { Ledger } from '../ledger.ts'
import { readOwnJson } from '../storage/own-json.ts'

/** The ledger of a finished build. */
export async function readLedger(folder: string): Promise<Ledger> {
  return readOwnJson<Ledger>(path.join(folder, 'ledger.json'))
}
