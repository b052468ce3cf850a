import { readFile } from 'node:fs/promises'
import { tableFromIPC } from 'apache-arrow'
import { expect } from 'vitest'
import type { Sequence } from '../../../lib/formats/define-format.ts'

/** Reads a packed shard by apache-arrow alone. */
export async function readPacked(base: string): Promise<Sequence[]> {
  const table = tableFromIPC(await readFile(`${base}.arrow`))
  expect(table.schema.fields.map((field) => field.name)).toEqual([
    'input_ids',
    'document_lengths',
    'loss_mask',
  ])
  const sequences: Sequence[] = []
  for (const row of table) {
    const tokens: number[] = Array.from(row.input_ids)
    const pieceLengths: number[] = Array.from(row.document_lengths)
    const learned = Uint8Array.from(row.loss_mask, (bit: boolean) => (bit ? 1 : 0))
    sequences.push({ tokens: Uint32Array.from(tokens), pieceLengths, learned })
  }
  return sequences
}
