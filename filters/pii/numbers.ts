import { cardEnd } from './card.ts'
import { type Finding, isAlphanumeric, isDigit, isLetter, type Kind } from './finding.ts'
import { ibanEnd } from './iban.ts'
import { ip4End, ip6End } from './ip.ts'
import { phoneEnd } from './phone.ts'

/** Which of the kinds that begin with a digit, or right before one, are looked for. */
export interface NumberKinds {
  readonly iban: boolean
  readonly ip: boolean
  readonly card: boolean
  readonly phone: boolean
}

/**
 * Everything that begins with digits. Each run of digits is looked at once, with a bounded number of characters around
 * it, so the time is linear in the text.
 */
export function findNumbers(text: string, kinds: NumberKinds): Finding[] {
  const found: Finding[] = []
  const { length } = text
  let free = 0 // where the last finding ends
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at)
    if (code > 0x39 || code < 0x30) continue
    let end = at + 1
    while (isDigit(text.charCodeAt(end))) end++
    const finding = isAlone(text, at, end) ? undefined : findingAt(text, at, free, kinds)
    if (finding !== undefined) {
      found.push(finding)
      free = finding.end
    }
    at = (finding?.end ?? end) - 1
  }
  return found
}

/** Fewer digits than a phone number has, and nothing behind them that more digits could follow: most numbers are. */
function isAlone(text: string, start: number, end: number): boolean {
  if (end - start >= 7 || isLetter(text.charCodeAt(start - 1))) return false
  const after = text.charCodeAt(end)
  if (isAlphanumeric(after)) return end - start >= 4 // else the first group of an IPv6 address
  if (after >= 0x80 || after === 0x29) return false
  const next = text.charCodeAt(end + 1)
  if (after === 0x3a) return !isAlphanumeric(next) && next !== 0x3a
  if (after !== 0x20 && (after < 0x2d || after > 0x2f)) return true
  return !isDigit(next) && next !== 0x28 && next !== 0x20 && next !== 0x2d && next < 0x80
}

function findingAt(text: string, at: number, free: number, kinds: NumberKinds): Finding | undefined {
  const result = (kind: Kind, start: number, end: number): Finding | undefined =>
    end > at && start >= free ? { kind, start, end } : undefined
  const before = text.charCodeAt(at - 1)
  if (isLetter(before)) {
    if (!kinds.iban || !isLetter(text.charCodeAt(at - 2))) return undefined
    return result('iban', at - 2, ibanEnd(text, at - 2))
  }
  return (
    (kinds.ip ? (result('ip', at, ip4End(text, at)) ?? result('ip', at, ip6End(text, at))) : undefined) ??
    (kinds.card ? result('card', at, cardEnd(text, at)) : undefined) ??
    (kinds.phone ? phoneAt(text, at, before, result) : undefined)
  )
}

/** A parenthesis may open the number, or stand around it. */
function phoneAt(
  text: string,
  at: number,
  before: number,
  result: (kind: Kind, start: number, end: number) => Finding | undefined,
): Finding | undefined {
  const start = phoneStart(text, at, before)
  const inside = text.charCodeAt(start) === 0x28 ? start + 1 : at
  return (
    result('phone', start, phoneEnd(text, start)) ??
    (inside === start ? undefined : result('phone', inside, phoneEnd(text, inside)))
  )
}

/** Before a number's first digit may be `+`, `(`, `(+` or `+(`. */
function phoneStart(text: string, at: number, before: number): number {
  if (before !== 0x2b && before !== 0x28) return at
  const second = text.charCodeAt(at - 2)
  return second !== before && (second === 0x2b || second === 0x28) ? at - 2 : at - 1
}
