/** What is looked for, in the order in which a place that could be two of them is settled. */
export const KINDS = ['secret', 'email', 'iban', 'ip', 'card', 'phone'] as const

export type Kind = (typeof KINDS)[number]

/** A place in a text: `[start, end)` in UTF-16 code units. */
export interface Finding {
  readonly kind: Kind
  readonly start: number
  readonly end: number
}

/**
 * Findings of several searches as one list in the text's order without overlaps: where two overlap, that of the earlier
 * kind stays. Each search gives its own in order and without overlaps.
 */
export function merged(searches: readonly (readonly Finding[])[]): readonly Finding[] {
  const some = searches.filter((found) => found.length > 0)
  if (some.length <= 1) return some[0] ?? []
  const all = some.flat().toSorted((a, b) => a.start - b.start || rank(a) - rank(b))
  const kept: Finding[] = []
  for (const finding of all) {
    // Each that stays was pushed last or beaten here, so only the last one can overlap.
    let last = kept.at(-1)
    while (last !== undefined && last.end > finding.start && rank(finding) < rank(last)) {
      kept.pop()
      last = kept.at(-1)
    }
    if (last === undefined || last.end <= finding.start) kept.push(finding)
  }
  return kept
}

function rank({ kind }: Finding): number {
  return KINDS.indexOf(kind)
}

/** True for ASCII letters and digits. */
export function isAlphanumeric(code: number): boolean {
  return isDigit(code) || isLetter(code)
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

export function isLetter(code: number): boolean {
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x7a
}
