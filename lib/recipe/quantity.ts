import { z } from 'zod'

/** Powers of ten by suffix: tokens and documents are counted in thousands, never in 1024s. */
const exponents: Readonly<Record<string, number>> = { K: 3, M: 6, B: 9, T: 12 }

/** The largest quantity: every smaller whole number is exact as a double. */
export const maxQuantity = Number.MAX_SAFE_INTEGER

const form = /^(\d+(?:_\d+)*)(?:\.(\d+(?:_\d+)*))?([KMBT])?$/
const expected = 'a whole number such as 250000, 250_000, 2.5K, 100M, 1B or 0.95T'

/** What a quantity is, or why it is none. */
export type ParsedQuantity =
  | { readonly value: number; readonly problem?: undefined }
  | { readonly value?: undefined; readonly problem: string }

/**
 * Reads `1T`, `0.95T`, `100M`, `2.5K`, `1_000` or a number. Exact: the digits are shifted as text, so `0.95T` is
 * 950,000,000,000 and not what a product of doubles gives. A result that is no whole number, or above
 * {@link maxQuantity}, is a problem.
 *
 * @example parseQuantity('2.5K') // {value: 2500}
 */
export function parseQuantity(input: unknown): ParsedQuantity {
  if (typeof input === 'number') return checkNumber(input)
  const match = typeof input === 'string' ? form.exec(input.trim()) : null
  if (match === null) return { problem: `is not a quantity: expected ${expected}` }

  const exponent = exponents[match[3] ?? ''] ?? 0
  const whole = (match[1] ?? '').replaceAll('_', '').replace(/^0+/, '')
  const fraction = trimZeros((match[2] ?? '').replaceAll('_', ''))
  if (fraction.length > exponent) return { problem: `is not a whole number: expected ${expected}` }
  const digits = whole + fraction.padEnd(exponent, '0')
  if (digits.length > 40 || BigInt(digits) > BigInt(maxQuantity)) return { problem: tooLarge }
  return { value: Number(digits) }
}

const tooLarge = `is too large: the limit is ${maxQuantity} (2^53 - 1)`

function checkNumber(input: number): ParsedQuantity {
  if (input > maxQuantity) return { problem: tooLarge }
  if (!Number.isInteger(input) || input < 0) return { problem: `is not a whole number: expected ${expected}` }
  return { value: input }
}

/** Without trailing zeros; a loop, because `/0+$/` is quadratic on `000…01`. */
function trimZeros(digits: string): string {
  let end = digits.length
  while (end > 0 && digits.charCodeAt(end - 1) === 0x30) end--
  return digits.slice(0, end)
}

/**
 * The shortest exact text that {@link parseQuantity} reads back as the same number: a suffix where two decimals are
 * enough for it, else digits in groups of three.
 *
 * @example formatQuantity(950_000_000_000) // '950B'
 * @example formatQuantity(1_179_648) // '1_179_648'
 */
export function formatQuantity(value: number): string {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a quantity: ${value}`)
  for (const suffix of ['T', 'B', 'M', 'K']) {
    const exponent = exponents[suffix] ?? 0
    const unit = 10 ** exponent
    if (value >= unit && value % (unit / 100) === 0) {
      const fraction = String(Math.round((value % unit) / (unit / 100))).padStart(2, '0')
      return `${Math.floor(value / unit)}.${fraction}`.replace(/\.?0{1,2}$/, '') + suffix
    }
  }
  return value < 10_000 ? String(value) : String(value).replace(/\B(?=(?:\d{3})+$)/g, '_')
}

/** A quantity of at least `minimum` as a schema: text or number in, number out. */
export function quantity(minimum: number): z.ZodType<number, number | string> {
  return z
    .union([z.number(), z.string()], { error: `is not a quantity: expected ${expected}` })
    .transform((input, context) => {
      const parsed = parseQuantity(input)
      if (parsed.problem === undefined && parsed.value >= minimum) return parsed.value
      context.addIssue({ code: 'custom', input, message: parsed.problem ?? `must be at least ${minimum}` })
      return z.NEVER
    })
}
