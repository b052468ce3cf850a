import { drop, keep, type Rule, type Verdict } from './define-filter.ts'

/** Whether a document with these values is dropped by the rule; the limit that it fails. */
export function failedLimit(
  { value, min, max, exclusive = false, unless }: Rule,
  values: Verdict['values'],
): number | undefined {
  const measured = values[value]
  if (typeof measured !== 'number' || unless?.(values) === true) return undefined
  if (typeof min === 'number' && (exclusive ? measured <= min : measured < min)) return min
  if (typeof max === 'number' && (exclusive ? measured >= max : measured > max)) return max
  return undefined
}

/** The verdict by the first rule that does not hold, in the order given; all values given are recorded either way. */
export function firstFailure(rules: readonly Rule[], values: Readonly<Record<string, number>>): Verdict {
  for (const rule of rules) {
    const limit = failedLimit(rule, values)
    if (limit !== undefined) return drop(rule.reason ?? '', values[rule.value] ?? null, limit, values)
  }
  return keep(values)
}

/** `{name: part / whole}`, or nothing where there is no whole. */
export function ratio(name: string, part: number, whole: number): Record<string, number> {
  return whole === 0 ? {} : { [name]: part / whole }
}
