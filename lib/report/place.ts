import type { RecordFacts } from '../provenance/records.ts'
import { formatCount, formatItems } from './text.ts'

/** Where a record is, for people. */
export function renderPlace({ file, offset, bytes, tokenized }: RecordFacts): string {
  const size = `(${formatItems(bytes, 'byte')})`
  return tokenized
    ? `already tokenized: ${file} document ${formatCount(offset)} ${size}`
    : `${file} at ${formatCount(offset)} ${size}`
}
