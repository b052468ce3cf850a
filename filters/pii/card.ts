import { isAlphanumeric, isDigit } from './finding.ts'

/**
 * Payment card numbers (ISO/IEC 7812): an issuer's prefix with a length that it issues, and the Luhn checksum. Written in
 * one run, in fours (the last group may be shorter or longer), or as 4-6-5 and 4-6-4.
 */

/** Issuers' prefixes `[first, last]`, of as many digits as they have, and the lengths of their numbers. */
const ISSUERS: readonly (readonly [first: number, last: number, lengths: readonly number[]])[] = [
  [4, 4, [13, 16, 19]], // Visa
  [51, 55, [16]], // Mastercard
  [2221, 2720, [16]],
  [34, 34, [15]], // American Express
  [37, 37, [15]],
  [6011, 6011, [16, 19]], // Discover
  [644, 649, [16, 19]],
  [65, 65, [16, 19]],
  [300, 305, [14, 16]], // Diners Club
  [3095, 3095, [14]],
  [36, 36, [14, 16]],
  [38, 39, [14, 16]],
  [35, 35, [16, 17, 18, 19]], // JCB
  [2131, 2131, [15]],
  [1800, 1800, [15]],
  [62, 62, [16, 17, 18, 19]], // UnionPay
  [81, 81, [16]], // RuPay and others
  [2200, 2204, [16]], // Mir
  [5018, 5018, [13, 16, 19]], // Maestro
  [5020, 5020, [13, 16, 19]],
  [5038, 5038, [13, 16, 19]],
  [5893, 5893, [13, 16, 19]],
  [6304, 6304, [13, 16, 19]],
  [6759, 6759, [13, 16, 18, 19]],
  [6761, 6763, [13, 16, 18, 19]],
]

const LONGEST = 19
const SHORTEST = 13

/** End of the card number that starts at `start`, a digit after no letter or digit; -1 where there is none. */
export function cardEnd(text: string, start: number): number {
  const before = text.charCodeAt(start - 1)
  // After a digit's full stop they are decimals; after a slash, the identifiers of addresses.
  if (before === 0x2f || before === 0x5f || (before === 0x2e && isDigit(text.charCodeAt(start - 2))))
    return -1
  if ((before === 0x2d || before === 0x2b) && isAlphanumeric(text.charCodeAt(start - 2))) return -1
  const digits: number[] = []
  const groups: number[] = [0]
  let separator = 0
  let complete = -1
  let at = start
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (isDigit(code)) {
      digits.push(code - 0x30)
      groups[groups.length - 1] = (groups.at(-1) ?? 0) + 1
      if (digits.length > LONGEST) return complete
      continue
    }
    const separates = code === 0x20 || code === 0x2d || code === 0xa0
    if (!separates || !isDigit(text.charCodeAt(at + 1)) || (separator !== 0 && code !== separator)) break
    // A complete number may stand before another one: `4111 1111 1111 1111 12/27`.
    if (isCard(digits, groups)) complete = at
    separator = code
    groups.push(0)
  }
  if (isAlphanumeric(text.charCodeAt(at)) || text.charCodeAt(at) === 0x5f) return complete
  return isCard(digits, groups) ? at : complete
}

function isCard(digits: readonly number[], groups: readonly number[]): boolean {
  if (digits.length < SHORTEST || !isGrouped(groups) || !isIssued(digits) || !luhn(digits)) return false
  // Article numbers of 13 digits have a checksum of their own; cards of that length are all but gone.
  return digits.length !== 13 || groups.length > 1 || !isArticleNumber(digits)
}

function isGrouped(groups: readonly number[]): boolean {
  if (groups.length === 1) return true
  const [first, second, third] = groups
  if (groups.length === 3 && first === 4 && second === 6) return third === 5 || third === 4
  if (groups.length === 2) return first === 8 && second === 8
  const last = groups.at(-1) ?? 0
  return last <= 7 && groups.slice(0, -1).every((size) => size === 4)
}

function isIssued(digits: readonly number[]): boolean {
  const lead = (digits[0] ?? 0) * 1000 + (digits[1] ?? 0) * 100 + (digits[2] ?? 0) * 10 + (digits[3] ?? 0)
  return ISSUERS.some(([first, last, lengths]) => {
    const prefix = Math.floor(lead / 10 ** (4 - String(first).length))
    return prefix >= first && prefix <= last && lengths.includes(digits.length)
  })
}

/** The Luhn checksum: every second digit from the right counts twice, its digits summed. `4111 1111 1111 1111` passes. */
function luhn(digits: readonly number[]): boolean {
  let sum = 0
  for (const [place, digit] of digits.entries()) {
    const doubled = (digits.length - place) % 2 === 0 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

/** The checksum of an EAN-13 or ISBN-13: weights 1 and 3 in turn. */
function isArticleNumber(digits: readonly number[]): boolean {
  const sum = digits.reduce((total, digit, place) => total + digit * (place % 2 === 0 ? 1 : 3), 0)
  return sum % 10 === 0
}
