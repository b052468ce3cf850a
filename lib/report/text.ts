/** Text for people: tables, counts, sizes and shares. */

/** A column of a table: its heading, and the side that numbers line up on. */
export interface TableColumn {
  readonly heading: string
  readonly align?: 'left' | 'right'
}

/** Rows under headings, as wide as their content. */
export function renderTable(columns: readonly TableColumn[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map(({ heading }, at) =>
    Math.max(heading.length, ...rows.map((row) => (row[at] ?? '').length)),
  )
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, at) => {
        const cell = cells[at] ?? ''
        return align === 'right' ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)
      })
      .join('  ')
      .trimEnd()
  const rule = widths.map((width) => '─'.repeat(width)).join('  ')
  return [line(columns.map(({ heading }) => heading)), rule, ...rows.map(line)].join('\n')
}

/** `1,234,567` */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US')
}

/** `1 document`, `2,000 documents` */
export function formatItems(count: number, item: string): string {
  return `${formatCount(count)} ${item}${count === 1 ? '' : 's'}`
}

/** `12.3 MB`, with 1 MB = 10^6 bytes. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(value < 10 ? 2 : 1)} ${units[unit] ?? ''}`
}

/** `84.5 %` */
export function formatShare(share: number): string {
  return `${(share * 100).toFixed(2)} %`
}

/** `45 s`, `12 min`, `3.4 h`, `12 d`. */
export function formatDuration(seconds: number): string {
  if (seconds < 90) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${(seconds / 3600).toFixed(1)} h`
  return `${Math.round(seconds / 86_400)} d`
}
