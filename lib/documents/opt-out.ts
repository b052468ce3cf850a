import { ownPath } from './own-path.ts'

/** What a document's record says of its use, as text; a list has a line for each item. Absent keys are not there. */
export interface OptOutSignals {
  /** TDMRep's `tdm-reservation`: `1` reserves. */
  readonly tdmReservation?: string
  /** Directives to robots, of `X-Robots-Tag` headers and `meta` elements, a line for each. */
  readonly robots?: string
  /** Any other field that says whether the document may be used, e.g. of an `ai.txt`. */
  readonly optOut?: string
}

export type OptOutPaths = { readonly [Key in keyof OptOutSignals]?: string | undefined }

export const OPT_OUT_KEYS = ['tdmReservation', 'robots', 'optOut'] as const

/** The signals of a record: at their mapped paths, else at the keys of these names. Undefined where it has none. */
export function optOutOf(record: object, paths: OptOutPaths): OptOutSignals | undefined {
  let found: Record<string, string> | undefined
  for (const key of OPT_OUT_KEYS) {
    const signal = asText(ownPath(record, paths[key] ?? key))
    if (signal !== undefined) found = { ...found, [key]: signal }
  }
  return found
}

function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (!Array.isArray(value)) return undefined
  return value.filter((item) => typeof item === 'string').join('\n')
}
