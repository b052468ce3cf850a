/** A document near to a limit. */
export interface NearDocument {
  /** Null for documents of a filter run, which have none. */
  readonly uid: string | null
  /** The input's own id, or FILE:OFFSET of a filter run's document without one. */
  readonly id: string | null
  readonly source: string
  readonly value: number
}

/** The documents nearest to a limit, whatever their order: by distance, then by name. */
export function createNearest(
  limit: number,
  most: number,
): {
  add(value: number, name: () => Omit<NearDocument, 'value'>): void
  readonly documents: readonly NearDocument[]
} {
  const found: NearDocument[] = []
  const compare = (a: NearDocument, b: NearDocument): number =>
    Math.abs(a.value - limit) - Math.abs(b.value - limit) || (nameOf(a) < nameOf(b) ? -1 : 1)
  return {
    documents: found,
    add(value, name) {
      const last = found.at(-1)
      if (most === 0) return
      if (
        found.length === most &&
        last !== undefined &&
        Math.abs(value - limit) > Math.abs(last.value - limit)
      )
        return
      found.push({ ...name(), value })
      found.sort(compare)
      if (found.length > most) found.pop()
    },
  }
}

function nameOf({ uid, source, id }: NearDocument): string {
  return uid ?? `${source} ${id ?? ''}`
}
