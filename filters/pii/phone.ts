import { planOf } from './calling-codes.ts'
import { type DigitGroups, digitGroups } from './digit-groups.ts'
import { isAlphanumeric, isDigit } from './finding.ts'

/**
 * Phone numbers: international ones (`+` or `00`, a calling code, as many digits as its plan has), national ones in
 * shapes that little else is written in, and, after a word such as "phone", any digits of a phone number's length.
 */

/** Fewest digits after the word for a phone, and after other words. */
const LEAST_NAMED = 5
const LEAST_CUED = 7

/** Code units before a number in which words are looked for. */
const CONTEXT = 40

/** "Tel.", "call us at", "手机：": what follows is a phone number. */
const CUE =
  /(?:(?:^|[^a-z])(?:tele?phones?|tel|tél|phones?|ph|call(?:ing)?|cell(?:ular|phone)?|mobile?|mob|fax|telefax|whats ?app|wa|sms|text (?:me|us)|dial|ring|hotline|helpline|toll[- ]free|landline|pager|reach (?:me|us|him|her|them)|telefono|teléfono|telefone|téléphone|telefon(?:nummer|szám)?|telefoon(?:nummer)?|rufnummer|handy|mobil(?:nummer|telefon)?|móvil|celular|cel|portable|puhelin|puh|fono|telf|telp|sími|điện thoại|gsm|tlf)|тел(?:ефон)?|моб|факс|звоните|τηλ|โทร|电话|手机|電話|手機|携帯|传真|傳真|전화|연락처|휴대폰|هاتف|טלפון|फ़ोन)(?![a-zà-ÿ])[^a-z\n]{0,20}(?:(?:us|me|him|her|them|at|on|is|the|number|nummer|no|nr|now|today|office|home|work|mobile|free|or|and|to|my|our|direct|line|fax|m|w|h|o|uk|us|usa)[^a-z\n]{1,16}){0,4}$/i

/** "Tel. ", "Phone: ": what follows is a phone number though it is as short as in a town or on an island. */
const NAMED =
  /(?:^|[^a-zà-ÿ])(?:tele?phone?|tel|tél|phone|fax|telefax|telefono|teléfono|telefone|téléphone|mobile?|rufnummer|тел)[.:]{1,2} {0,2}$/i

/** "Order no. ", "ISBN": what follows is another number. */
const NO_PHONE =
  /(?:^|[^a-z])(?:isbn|issn|ean|upc|gtin|doi|pmid|arxiv|order|invoice|sku|part|serial|model|ref(?:erence)?|item|case|ticket|tracking|account|acct|konto|policy|licen[cs]e|patent|id|ids|imei|vin|lot|batch|article|art|catalog(?:ue)?|cat|ssn|ein|vat|tax|siren|siret|nip|nr|no|number|num|rechnung|bestellung|version|ver|v|build|page|pages|pp|section|clause|vol|volume|lines?|lat|lon|latitude|longitude|coordinates|zip|plz|date|time|code|product|bestell|artikel)(?:[\s.:#°()-]|no|nr|num(?:ber)?|id|code){0,12}$/i

/** End of the phone number at `start`: a plus sign, an opening parenthesis or a digit. -1 where there is none. */
export function phoneEnd(text: string, start: number): number {
  const groups = digitGroups(text, start)
  if (groups.digits.length < LEAST_NAMED) return -1
  const before = text.charCodeAt(start - 1)
  if (isAlphanumeric(before) || before === 0x5f || before === 0x24 || before === 0x26) return -1
  const isAttached =
    before === 0x2d || before === 0x2f || before === 0x2e || before === 0x2b || before === 0x2c
  if (isAttached && isAlphanumeric(text.charCodeAt(start - 2)) && !isSlashBetweenNumbers(text, start))
    return -1

  const international = internationalGroups(groups)
  let cue: boolean | undefined
  const hasCue = (): boolean => (cue ??= CUE.test(text.slice(Math.max(0, start - CONTEXT), start)))
  const isOther = (): boolean => NO_PHONE.test(text.slice(Math.max(0, start - CONTEXT), start)) && !hasCue()

  const count = international(text) || (groups.plus ? 0 : nationalGroups(text, start, groups))
  const isRow = count > 0 && !groups.digits.startsWith('00') && isInList(text, start, groups, count)
  if (isRow && !hasCue()) return -1
  if (count > 0) return isOther() ? -1 : withExtension(text, groups.ends[count - 1] ?? -1)
  if (groups.plus || !isDigitOrParenthesis(text.charCodeAt(start)) || !hasCue()) return -1
  const isNamed = NAMED.test(text.slice(Math.max(0, start - CONTEXT), start))
  const cued = cuedGroups(text, groups, isNamed ? LEAST_NAMED : LEAST_CUED)
  return cued === 0 ? -1 : withExtension(text, groups.ends[cued - 1] ?? -1)
}

/** One of a row of numbers or of a hex dump: only spaces within it, and more of the kind before it or behind it. */
function isInList(
  text: string,
  start: number,
  { plus, sizes, separators, ends }: DigitGroups,
  count: number,
): boolean {
  if (plus || separators.slice(1, count).some((separator) => separator !== ' ')) return false
  if (/(?:^|[^\da-z])(?:[\da-f]{1,3}|\d{5}) $/i.test(text.slice(Math.max(0, start - 7), start))) return true
  const isPairs = sizes.slice(0, count).every((size) => size === 2)
  const end = ends[count - 1] ?? 0
  return isPairs && /^ [\da-f]{2}(?![\da-z])/i.test(text.slice(end, end + 4))
}

/** `030 123456/0171 1234567`: the second of two numbers. */
function isSlashBetweenNumbers(text: string, start: number): boolean {
  return text.charCodeAt(start - 1) === 0x2f && /\d{3,}\/$/.test(text.slice(Math.max(0, start - 8), start))
}

function isDigitOrParenthesis(code: number): boolean {
  return isDigit(code) || code === 0x28
}

/** Groups that make an international number, the longest that its plan allows; 0 where it is none. */
function internationalGroups(groups: DigitGroups): (text: string) => number {
  const { plus, digits, sizes } = groups
  const prefix = plus
    ? 0
    : digits.startsWith('00')
      ? 2
      : digits.startsWith('011') && (sizes[0] ?? 0) === 3
        ? 3
        : -1
  const plan = prefix < 0 ? undefined : planOf(digits.slice(prefix))
  if (plan === undefined) return () => 0
  // Zeros in front of any number look like the prefix: without groups, only codes of two digits and more count.
  if (!plus && sizes.every((size) => size === 2)) return () => 0 // `00 30 00 …`: bytes
  if (!plus && sizes.length === 1 && (plan.code === 1 || digits.length < 12)) return () => 0
  if (plus && isDecimal(groups)) return () => 0
  const least = prefix + plan.code + plan.min
  const most = prefix + plan.code + plan.max
  return (text) =>
    longest(text, groups, (total) => total >= least && total <= most + trunkZero(digits, prefix + plan.code))
}

/** `+49 030 …`: a trunk zero that should not be there counts for none. */
function trunkZero(digits: string, at: number): number {
  return digits.charAt(at) === '0' ? 1 : 0
}

/** `+52.520008`: one full stop and a fraction, unless it is a calling code and nine digits (`+1.5551234567`). */
function isDecimal({ separators, sizes }: DigitGroups): boolean {
  return separators[1] === '.' && separators[2] !== '.' && (sizes[1] ?? 0) < 9
}

/** The most groups whose digits together fit and that end like a number; 0 where none do. */
function longest(text: string, groups: DigitGroups, fits: (total: number) => boolean): number {
  let best = 0
  let total = 0
  for (const [at, size] of groups.sizes.entries()) {
    total += size
    if (fits(total) && endsWell(text, groups.ends[at] ?? 0)) best = at + 1
  }
  return best
}

/** No letter follows, and no digit behind a separator other than a space. */
function endsWell(text: string, end: number): boolean {
  const after = text.charCodeAt(end)
  if (isDigit(after) || after === 0x5f || after === 0x25 || after === 0x3d) return false
  if (isAlphanumeric(after)) return after === 0x78 || after === 0x65 // `x12`, `ext`
  const next = text.charCodeAt(end + 1)
  if (after === 0x2d || after === 0x2e || after === 0x2c || after === 0x3a) {
    return !isDigit(next) && !(after === 0x2d && isAlphanumeric(next))
  }
  return true
}

interface Shape {
  /** Digits of the groups, and what they must look like. */
  readonly sizes: string
  readonly digits: RegExp
  /** Separators that are allowed between them. */
  readonly separators: RegExp
}

const NANP = /^1?[2-9]/ // the exchange is not looked at: invented numbers have any
const ANY = /^[ \-./()]+$/
const DASHES = /^[ -]+$/

/** Shapes of national numbers without a trunk zero that are distinctive by themselves. */
const SHAPES: readonly Shape[] = [
  { sizes: '3 3 4', digits: NANP, separators: /^[ \-./)]+$/ },
  { sizes: '1 3 3 4', digits: /^1[2-9]/, separators: ANY },
  { sizes: '3 4 4', digits: /^1[3-9]/, separators: DASHES }, // mobile numbers in China
  { sizes: '5 5', digits: /^[6-9](?!\d*000)/, separators: DASHES }, // in India; not `80000-24000`
  { sizes: '2 5 4', digits: /^[1-9][1-9]9/, separators: DASHES }, // in Brazil
  { sizes: '1 3 3 2 2', digits: /^8[2-9]/, separators: ANY }, // in Russia
  { sizes: '1 3 3 4', digits: /^8[2-9]/, separators: ANY },
  { sizes: '3 3 2 2', digits: /^[2-9]/, separators: DASHES },
  { sizes: '3 2 2 2', digits: /^[6-9]/, separators: /^[ -.]+$/ }, // in Spain
  { sizes: '2 3 2 2', digits: /^[1-9]/, separators: DASHES }, // in Poland, Spain, Belgium
  { sizes: '3 7', digits: /^3/, separators: DASHES }, // mobile numbers in Italy
  { sizes: '4 3 3', digits: /^1[38]00/, separators: DASHES }, // in Australia
  { sizes: '4 3 3', digits: /^(?:0800|0[1-9])/, separators: DASHES },
]

const SHAPE_SIZES: ReadonlySet<string> = new Set(SHAPES.map(({ sizes }) => sizes))

/** Groups that make a national number; 0 where they do not. */
function nationalGroups(text: string, start: number, groups: DigitGroups): number {
  const { digits, sizes, ends, closed, parenthesis } = groups
  for (let count = Math.min(sizes.length, 5); count > 1; count--) {
    const shape = sizes.slice(0, count).join(' ')
    if (!SHAPE_SIZES.has(shape)) continue
    const taken = digits.slice(
      0,
      sizes.slice(0, count).reduce((sum, size) => sum + size, 0),
    )
    const between = groups.separators.slice(1, count).join('')
    const matches = (each: Shape): boolean =>
      each.sizes === shape && each.digits.test(taken) && each.separators.test(between)
    if (SHAPES.some(matches) && endsWell(text, ends[count - 1] ?? 0)) return count
  }
  if (parenthesis && closed === 1) return areaInParentheses(text, start, groups)
  return digits.startsWith('0') ? trunkGroups(text, groups) : 0
}

/** `(11) 91234-5678`, `(0351) 123456`; not the year or the issue of a reference. */
function areaInParentheses(text: string, start: number, groups: DigitGroups): number {
  const { digits, sizes } = groups
  const area = sizes[0] ?? 0
  if (area < 2 || area > 5 || /^(?:19|20)\d\d/.test(digits.slice(0, area))) return 0
  if (/\d ?$/.test(text.slice(Math.max(0, start - 2), start))) return 0
  const least = digits.startsWith('0') ? 8 : 9
  if (sizes.length < 2 || sizes.slice(1).includes(1)) return 0
  return longest(text, groups, (total) => total >= least && total <= 12 && total > area + 5)
}

/** A number with a trunk zero: an area code of two digits and more, and 9 to 12 digits in all. */
function trunkGroups(text: string, groups: DigitGroups): number {
  const { digits, sizes, separators } = groups
  const second = digits.charCodeAt(1) - 0x30
  if (!(second >= 1 && second <= 9) || (sizes[0] ?? 0) < 2 || sizes.length < 2) return 0
  const between = separators.slice(1).join('')
  if (between.includes('.') && (sizes.length < 3 || /[^.]/.test(between))) return 0
  if (separators.slice(2).includes('/')) return 0
  const count = longest(text, groups, (total) => total >= 9 && total <= 12)
  return count > 1 && !isOtherShape(digits, sizes.slice(0, count), separators) ? count : 0
}

/** Dates, social security numbers, ZIP codes, lists of small numbers. */
function isOtherShape(digits: string, sizes: readonly number[], separators: readonly string[]): boolean {
  const shape = sizes.join(' ')
  if (/^(?:2 2 4|3 2 4|5 4)(?: |$)/.test(shape) && separators[1] !== '/' && separators[1] !== ' ') return true
  if (/^2 2 4(?: |$)/.test(shape) && /^(?:19|20)/.test(digits.slice(4))) return true
  const isSingle = sizes.some((size, at) => size === 1 && separators[at] !== '-' && at !== 1)
  if (isSingle) return true
  if (/^2( 2)+$/.test(shape)) {
    const pairs = sizes.map((_, at) => Number(digits.slice(at * 2, at * 2 + 2)))
    return sizes.length !== 5 || pairs.every((pair, at) => pair < 50 && pair > (pairs[at - 1] ?? -1))
  }
  return false
}

/** After a cue: up to 13 digits, not a date or a decimal. */
function cuedGroups(text: string, groups: DigitGroups, least: number): number {
  const { digits, sizes, separators } = groups
  const first = sizes[0] ?? 0
  if (first > 13 || /^(?:4 2 2|4 2|1 2 4|2 1 4)(?: |$)/.test(sizes.join(' '))) return 0
  if (/^2 2 4(?: |$)/.test(sizes.join(' ')) && /^(?:19|20)/.test(digits.slice(4))) return 0
  if (separators[1] === '.' && sizes.length === 2) return 0
  if (/^(\d)\1+$/.test(digits)) return 0
  return longest(text, groups, (total) => total >= least && total <= 13)
}

const EXTENSION = /,? ?(?:ext\.?|extension|x|durchwahl|poste|int\.|доб\.) ?:? ?\d{1,6}(?![\w-])/iy

function withExtension(text: string, end: number): number {
  if (end < 0) return -1
  EXTENSION.lastIndex = end
  return end + (EXTENSION.exec(text)?.[0].length ?? 0)
}
