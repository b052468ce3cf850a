import { openTable } from '../storage/arrow-table.ts'

/** A record's recorded values by name: `language.score`, or `score` where only one filter records a value so named. */
export type RecordedValue = (name: string) => number | string | undefined

/** Reads the recorded values of a part's records one by one; the table stays open as long as the process needs it. */
export async function withRecordedValues<T>(
  file: string,
  use: (valuesOf: (record: number) => Promise<RecordedValue>) => Promise<T>,
): Promise<T> {
  const table = await openTable(file)
  const columns = new Map(table.columnNames.map((name) => [name, name]))
  for (const name of table.columnNames) {
    const short = name.slice(name.indexOf('.') + 1)
    const owners = table.columnNames.filter(
      (other) => other.includes('.') && other.slice(other.indexOf('.') + 1) === short,
    )
    if (owners.length === 1 && !columns.has(short)) columns.set(short, name)
  }
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
