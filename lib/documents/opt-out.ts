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

/** Keys that are looked at where none is mapped: the names here, and those of headers and of the field in other records. */
const SPELLINGS: Readonly<Record<keyof OptOutSignals, readonly string[]>> = {
  tdmReservation: ['tdmReservation', 'tdm-reservation', 'tdm_reservation'],
  robots: ['robots', 'x-robots-tag', 'X-Robots-Tag', 'x_robots_tag'],
  optOut: ['optOut', 'opt-out', 'opt_out'],
}

/** Where a signal is looked for: at its mapped path, else at each of its {@link SPELLINGS}. */
export function optOutPlaces(key: keyof OptOutSignals, paths: OptOutPaths): readonly string[] {
  const path = paths[key]
  return path === undefined ? SPELLINGS[key] : [path]
}

/** The signals of a record, each at the first of its places that it has. Undefined where it has none. */
export function optOutOf(record: object, paths: OptOutPaths): OptOutSignals | undefined {
  let found: Record<string, string> | undefined
  for (const key of OPT_OUT_KEYS) {
    for (const place of optOutPlaces(key, paths)) {
      const signal = asText(ownPath(record, place))
      if (signal === undefined) continue
      found = { ...found, [key]: signal }
      break
    }
  }
  return found
}

function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (!Array.isArray(value)) return undefined
  return value.filter((item) => typeof item === 'string').join('\n')
}
