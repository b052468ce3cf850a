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

/** Undefined where there is no whole: {@link measured} leaves it out. */
export function ratio(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : part / whole
}

/** The values that there are; the object itself where none is missing, as is nearly always so. */
export function measured(values: Readonly<Record<string, number | undefined>>): Record<string, number> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- looked at just before
  if (isComplete(values)) return values as Record<string, number>
  const found: Record<string, number> = {}
  for (const [name, value] of Object.entries(values)) if (value !== undefined) found[name] = value
  return found
}

function isComplete(values: Readonly<Record<string, number | undefined>>): boolean {
  for (const name in values) if (values[name] === undefined) return false
  return true
}
