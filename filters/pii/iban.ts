import { isAlphanumeric, isDigit, isLetter } from './finding.ts'

/** Lengths of IBANs by country (ISO 13616, SWIFT's registry). */
const LENGTHS: Readonly<Record<string, number>> = Object.freeze(
  Object.fromEntries(
    (
      'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ' +
      'ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 ' +
      'LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 ' +
      'PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
    )
      .split(' ')
      .map((entry): [string, number] => [entry.slice(0, 2), Number(entry.slice(2))]),
  ),
)

/**
 * End of the IBAN whose country code is at `start`: two letters, two check digits, then letters and digits up to the
 * country's length, single spaces or hyphens between groups, and 1 modulo 97. -1 where there is none.
 */
export function ibanEnd(text: string, start: number): number {
  if (isAlphanumeric(text.charCodeAt(start - 1))) return -1
  const length = LENGTHS[text.slice(start, start + 2).toUpperCase()]
  if (length === undefined) return -1
  let at = start
  let characters = 0
  let head = 0
  let remainder = 0
  for (; characters < length; at++) {
    const code = text.charCodeAt(at)
    const isSeparator = code === 0x20 || code === 0x2d || code === 0xa0
    if (isSeparator && characters >= 4 && isAlphanumeric(text.charCodeAt(at + 1))) continue
    if (!isAlphanumeric(code)) return -1
    const value = isLetter(code) ? (code | 0x20) - 0x61 + 10 : code - 0x30
    if ((characters === 2 || characters === 3) && !isDigit(code)) return -1
    // The first four characters count as if they stood at the end.
    if (characters < 4) head = shifted(head, value)
    else remainder = shifted(remainder, value) % 97
    characters++
  }
  if (isAlphanumeric(text.charCodeAt(at))) return -1
  return (remainder * 1_000_000 + head) % 97 === 1 ? at : -1
}

function shifted(number: number, value: number): number {
  return number * (value > 9 ? 100 : 10) + value
}
