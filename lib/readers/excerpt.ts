/** Characters of a record that cannot be read that its entry shows. */
const EXCERPT = 60

/** The start of `text`, quoted, for an entry's detail. */
export function excerpt(text: string): string {
  const start = text.slice(0, EXCERPT)
  return JSON.stringify(text.length > EXCERPT ? `${start}…` : start)
}

/** A library's message about a damaged file, cut: for an entry's detail. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.length > 200 ? `${message.slice(0, 200)}…` : message
}
