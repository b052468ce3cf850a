import { openTable } from '../storage/arrow-table.ts'

/** A record's recorded values by name: `language.score`, or `score` where only one filter records a value so named. */
export type RecordedValue = (name: string) => number | string | undefined

/** Reads the recorded values of a part's records one by one; the table stays open as long as the process needs it. */
export async function withRecordedValues<T>(
  file: string,
  use: (valuesOf: (record: number) => Promise<RecordedValue>) => Promise<T>,
): Promise<T> {
  const table = await openTable(file)
  const columns = columnsByName(table.columnNames)
  try {
    return await use(async (record) => {
      const row = await table.rowAt(record)
      return (name) => {
        const value = row[columns.get(name) ?? name]
        return typeof value === 'number' || typeof value === 'string' ? value : undefined
      }
    })
  } finally {
    await table.close()
  }
}

/** Columns by what they may be called: their full names, and short ones that only one of them has. */
export function columnsByName(names: readonly string[]): Map<string, string> {
  const columns = new Map(names.map((name) => [name, name]))
  for (const name of names) {
    const short = name.slice(name.indexOf('.') + 1)
    const owners = names.filter(
      (other) => other.includes('.') && other.slice(other.indexOf('.') + 1) === short,
    )
    if (owners.length === 1 && !columns.has(short)) columns.set(short, name)
  }
  return columns
}

/** One recorded number of each of a part's `documents` survivors, by row among them; NaN where there is none. */
export async function recordedNumbers(file: string, name: string, documents: number): Promise<Float64Array> {
  const numbers = new Float64Array(documents).fill(Number.NaN)
  const table = await openTable(file)
  try {
    const column = columnsByName(table.columnNames).get(name)
    if (column === undefined) return numbers
    for (let at = 0; at < table.batches; at++) {
      const batch = await table.batch(at)
      const document = batch.column('document')
      const value = batch.column(column)
      for (let row = 0; row < batch.rows; row++) {
        const [place, number] = [document.get(row), value.get(row)]
        if (typeof place === 'number' && typeof number === 'number') numbers[place] = number
      }
    }
    return numbers
  } finally {
    await table.close()
  }
}
