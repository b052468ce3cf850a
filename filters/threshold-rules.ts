import { drop, keep, type Verdict } from './define-filter.ts'

/**
 * One threshold over a recorded value, for filters that are a list of them. Limits are inclusive: a document is
 * dropped below `min` or above `max`. null switches the rule off, 0 does not; a value that was not measured passes.
 */
export interface Rule {
  /** Name of the recorded value. */
  readonly value: string
  readonly min?: number | null
  readonly max?: number | null
  readonly reason: string
}

/** The verdict by the first rule that does not hold, in the order given; all values are recorded either way. */
export function firstFailure(rules: readonly Rule[], values: Readonly<Record<string, number>>): Verdict {
  for (const { value, min, max, reason } of rules) {
    const measured = values[value]
    if (measured === undefined) continue
    if (typeof min === 'number' && measured < min) return drop(reason, measured, min, values)
    if (typeof max === 'number' && measured > max) return drop(reason, measured, max, values)
  }
  return keep(values)
}

/** `{name: part / whole}`, or nothing where there is no whole. */
export function ratio(name: string, part: number, whole: number): Record<string, number> {
  return whole === 0 ? {} : { [name]: part / whole }
}
