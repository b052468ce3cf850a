import path from 'node:path'
import { openTable } from '../storage/arrow-table.ts'
import { createOutputFile, type WrittenFile } from '../storage/output-file.ts'
import type { RefinedPart } from './refine-part.ts'

/** Writes `quarantine.jsonl`: a line for every record that could not be read, with its file, place, reason and detail. */
export async function writeQuarantine(folder: string, parts: readonly RefinedPart[]): Promise<WrittenFile> {
  const output = await createOutputFile(path.join(folder, 'quarantine.jsonl'))
  try {
    for (const part of parts) {
      const table = await openTable(path.join(folder, `${part.path}.records.arrow`))
      try {
        for (let at = 0; at < table.batches; at++) {
          const batch = await table.batch(at)
          const fate = batch.column('fate')
          let lines = ''
          for (let row = 0; row < batch.rows; row++) {
            if (fate.get(row) !== 'unreadable') continue
            const entry = {
              source: part.source,
              file: part.files[Number(batch.column('file').get(row))] ?? '',
              offset: Number(batch.column('offset').get(row)),
              bytes: Number(batch.column('bytes').get(row)),
              reason: batch.column('reason').get(row),
              detail: batch.column('detail').get(row),
            }
            lines += `${JSON.stringify(entry)}\n`
          }
          if (lines !== '') await output.write(Buffer.from(lines))
        }
      } finally {
        await table.close()
      }
    }
    return await output.commit()
  } finally {
    await output.abort()
  }
}
