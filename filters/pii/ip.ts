import { isAlphanumeric, isDigit } from './finding.ts'

/**
 * Public IP addresses. Those of private, local, documentation, test and multicast ranges (IANA's special-purpose
 * registries, RFC 6890) are nobody's. Four numbers with full stops are more often a version or a section's number:
 * words around them, and small numbers, tell.
 */

/** Special ranges: address and prefix length. */
const SPECIAL: readonly (readonly [address: number, bits: number])[] = [
  [0x00000000, 8],
  [0x0a000000, 8],
  [0x64400000, 10],
  [0x7f000000, 8],
  [0xa9fe0000, 16],
  [0xac100000, 12],
  [0xc0000000, 24],
  [0xc0000200, 24],
  [0xc0586300, 24],
  [0xc0a80000, 16],
  [0xc6120000, 15],
  [0xc6336400, 24],
  [0xcb007100, 24],
  [0xe0000000, 3],
]

/** Public resolvers whose numbers would be those of versions. */
const RESOLVERS: ReadonlySet<string> = new Set(
  '1.1.1.1 1.0.0.1 8.8.8.8 8.8.4.4 9.9.9.9 4.2.2.1 4.2.2.2'.split(' '),
)

/** Below this, three leading numbers are taken for a version's unless words speak for an address. */
const VERSION_LIKE = 50

/** Code units before an address in which words are looked for. */
const CONTEXT = 40

const ADDRESS_WORDS =
  /(?:\bip|\bipv4|address(?:es)?|addr|host|server|dns|ping|traceroute|client|remote|resolver|gateway|nameserver|peer|proxy|subnet|listen(?:ing)?|connect(?:ed|ion)?|from|login|ssh|inet|whois|adresse|direcci[oó]n|服务器|地址|адрес)(?![a-z])[^\n.]{0,20}$/i
const VERSION_WORDS =
  /(?:\bv|\bver|\bversions?|\brelease|\brev|\brevision|\bbuild|\bfirmware|\bupdate|\b(?:up|down)graded?(?: from)?|\bpatch|\bsection|\bchapter|\bclause|\barticle|\bappendix|\bannex|\bfigure|\bfig|\btable|\bstep|\brule|\bsdk|\bdriver|\boid|\bkernel|\bpackage|\bversie|\bversión|\bversione|§|版本)[\s.:=("'#v-]{0,4}$/i

/** End of the public IPv4 address at `start`, a digit; -1 where there is none. */
export function ip4End(text: string, start: number): number {
  const before = text.charCodeAt(start - 1)
  if (isAlphanumeric(before) || before === 0x2e || before === 0x5f || before === 0x24) return -1
  const isJoined = before === 0x2d || before === 0x2f
  if (isJoined && isAlphanumeric(text.charCodeAt(start - 2)) && !isRange(text, start)) return -1
  const octets: number[] = []
  let at = start
  for (; octets.length < 4; at++) {
    const from = at
    let value = 0
    while (isDigit(text.charCodeAt(at)) && at - from < 4) value = value * 10 + text.charCodeAt(at++) - 0x30
    if (at === from || value > 255 || at - from > 3 || (at - from > 1 && text.charCodeAt(from) === 0x30))
      return -1
    octets.push(value)
    if (octets.length < 4 && text.charCodeAt(at) !== 0x2e) return -1
  }
  at--
  const after = text.charCodeAt(at)
  const next = text.charCodeAt(at + 1)
  if (isAlphanumeric(after) || after === 0x5f || after === 0x25) return -1
  if ((after === 0x2e || after === 0x2c) && isDigit(next)) return -1
  if ((after === 0x2d || after === 0x2e || after === 0x2b) && isAlphanumeric(next) && !isDigit(next))
    return -1
  return isSpecial(octets) || isVersion(text, start, at, octets) ? -1 : at
}

/** True in `A-B`, where A ends in a number. */
function isRange(text: string, start: number): boolean {
  return /\d\.\d{1,3}-$/.test(text.slice(Math.max(0, start - 8), start))
}

function isSpecial(octets: readonly number[]): boolean {
  const address = octets.reduce((sum, octet) => sum * 256 + octet, 0)
  return SPECIAL.some(
    ([range, bits]) => Math.floor(address / 2 ** (32 - bits)) === Math.floor(range / 2 ** (32 - bits)),
  )
}

function isVersion(text: string, start: number, end: number, octets: readonly number[]): boolean {
  const before = text.slice(Math.max(0, start - CONTEXT), start)
  if (VERSION_WORDS.test(before)) return true
  if (octets.slice(0, 3).some((octet) => octet >= VERSION_LIKE) || RESOLVERS.has(text.slice(start, end)))
    return false
  // No version counts four parts beyond 9, and the last beyond 99.
  if (octets.every((octet) => octet > 9) && (octets[3] ?? 0) > 99) return false
  const isLocated = before.endsWith('//') || before.endsWith('@') || /^:\d/.test(text.slice(end, end + 2))
  return !isLocated && !ADDRESS_WORDS.test(before)
}

/** Groups of hexadecimal digits with colons, bounded: eight groups, an IPv4 tail or a doubled colon among them. */
const IP6 = /[0-9a-f]{4}(?::{1,2}[0-9a-f]{1,4}){1,7}(?:::)?/iy

/** End of the public IPv6 address (2000::/3) at `start`; -1 where there is none. */
export function ip6End(text: string, start: number): number {
  const lead = text.charCodeAt(start)
  if (lead !== 0x32 && lead !== 0x33) return -1
  if (text.charCodeAt(start + 4) !== 0x3a) return -1
  const before = text.charCodeAt(start - 1)
  if (isAlphanumeric(before) || before === 0x3a || before === 0x2e || before === 0x2d || before === 0x5f)
    return -1
  IP6.lastIndex = start
  const found = IP6.exec(text)?.[0] ?? shortened(text, start)
  if (found === undefined) return -1
  const end = start + found.length
  const after = text.charCodeAt(end)
  if (isAlphanumeric(after) || (after === 0x3a && isAlphanumeric(text.charCodeAt(end + 1)))) return -1
  return isPublic6(found.toLowerCase()) ? end : -1
}

/** `2a01::` alone. */
function shortened(text: string, start: number): string | undefined {
  const found = text.slice(start, start + 6)
  return /^[0-9a-f]{4}::$/i.test(found) ? found : undefined
}

function isPublic6(address: string): boolean {
  const halves = address.split('::')
  if (halves.length > 2) return false
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  if (halves.length === 2 ? groups.length > 7 : groups.length !== 8) return false
  // `2020::12` may be anything; an address that short has letters in its first group.
  if (groups.length < 3 && !/[a-f]/.test(groups[0] ?? '')) return false
  const first = Number.parseInt(groups[0] ?? '', 16)
  const second = address.startsWith(`${groups[0]}::`) ? 0 : Number.parseInt(groups[1] ?? '0', 16)
  const isDocumentation = (first === 0x2001 && second === 0xdb8) || (first === 0x3fff && second < 0x1000)
  return !isDocumentation && !(first === 0x2001 && second < 0x200)
}
