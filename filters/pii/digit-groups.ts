import { isDigit } from './finding.ts'

/** Digits in a row with what separates them, as a phone number is written. */
export interface DigitGroups {
  /** `+`, an opening parenthesis, both, or neither, before the first digit. */
  readonly plus: boolean
  readonly parenthesis: boolean
  /** All digits; a trunk prefix in parentheses, as in `+44 (0)20`, is left out. */
  readonly digits: string
  /** Digits of each group, the position after it, and what stands before it: `-`, `.`, `/`, ` `, `(`, `)` or nothing. */
  readonly sizes: readonly number[]
  readonly ends: readonly number[]
  readonly separators: readonly string[]
  /** Groups up to and with the one that a closing parenthesis follows; 0 where there is none. */
  readonly closed: number
}

/** Digits and groups that are read at most: more than any number has. */
const MOST_DIGITS = 18
const MOST_GROUPS = 9

/**
 * The groups from `start`: a plus sign, an opening parenthesis or a digit. Groups are separated by one of ` -./` (and
 * typographic hyphens and spaces), by parentheses, or by a hyphen between spaces; never by a line's end.
 */
export function digitGroups(text: string, start: number): DigitGroups {
  let at = start
  let plus = text.charCodeAt(at) === 0x2b
  if (plus) at++
  let open = text.charCodeAt(at) === 0x28
  const parenthesis = open
  if (open) at++
  if (text.charCodeAt(at) === 0x2b) {
    plus = true
    at++
  }
  const group = { digits: '', sizes: [] as number[], ends: [] as number[], separators: [] as string[] }
  let separator = ''
  let closed = 0
  while (group.sizes.length < MOST_GROUPS) {
    const from = at
    while (isDigit(text.charCodeAt(at)) && at - from <= MOST_DIGITS) at++
    const digits = text.slice(from, at)
    if (group.digits.length + digits.length > MOST_DIGITS || digits === '') break
    const isTrunk =
      (plus || group.digits.startsWith('00')) && digits === '0' && open && text.charCodeAt(at) === 0x29
    if (isTrunk) separator = ''
    else {
      group.digits += digits
      group.sizes.push(digits.length)
      group.ends.push(at)
      group.separators.push(separator)
    }
    const gap = separatorAt(text, at, open)
    if (gap === undefined) break
    if (open && gap.kind === ')') {
      closed = group.sizes.length
      group.ends[closed - 1] = Math.max(group.ends[closed - 1] ?? 0, at + 1)
    }
    open = gap.opens
    separator = isTrunk ? '' : gap.kind
    at = gap.end
  }
  return { plus, parenthesis, closed, ...group }
}

interface Gap {
  readonly kind: string
  readonly end: number
  readonly opens: boolean
}

/** What is between the group that ends at `at` and the next digit. */
function separatorAt(text: string, at: number, open: boolean): Gap | undefined {
  let end = at
  let kind = ''
  let opens = false
  // The longest is `) - `.
  for (; end < at + 4; end++) {
    const code = text.charCodeAt(end)
    if (isDigit(code)) break
    const next = kindOf(code)
    if (next === undefined) return undefined
    if (next === ')') {
      if (!open || kind !== '') return undefined
    } else if (next === '(') {
      if (opens || (kind !== '' && kind !== ' ' && kind !== '-')) return undefined
      opens = true
    } else if (kind !== '' && kind !== ' ' && kind !== ')' && next !== ' ') return undefined
    if (kind === '' || kind === ' ') kind = next
  }
  if (!isDigit(text.charCodeAt(end)) || end === at) return undefined
  if (open && kind !== ')') return undefined
  return { kind, end, opens }
}

function kindOf(code: number): string | undefined {
  switch (code) {
    case 0x20:
    case 0xa0:
    case 0x2009:
    case 0x202f:
      return ' '
    case 0x2d:
    case 0x2010:
    case 0x2011:
    case 0x2012:
    case 0x2013:
      return '-'
    case 0x2e:
    case 0xb7:
      return '.'
    case 0x2f:
      return '/'
    case 0x28:
      return '('
    case 0x29:
      return ')'
    default:
      return undefined
  }
}
