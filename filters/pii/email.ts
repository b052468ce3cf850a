import { parse } from 'tldts'
import { type Finding, isAlphanumeric, isDigit } from './finding.ts'

/**
 * E-mail addresses: a local part, `@` (or `%40`, `&#64;`, `(at)`, `[at]`), and a domain under a registered top-level
 * domain. Written-out ones ("jane dot doe at example dot com") count where the local part is more than a word, or a word
 * such as "e-mail" stands before them; "look at example dot com" is none.
 */

/** RFC 5321: octets of a local part and of a domain. */
const LOCAL_LENGTH = 64
const DOMAIN_LENGTH = 255

export function findEmails(text: string): Finding[] {
  const found: Finding[] = []
  let free = 0
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    const finding = addressAround(text, at, at + 1, free)
    if (finding === undefined) continue
    found.push(finding)
    free = finding.end
  }
  const written = findWritten(text)
  return written.length === 0 ? found : [...found, ...written].toSorted((a, b) => a.start - b.start)
}

/** The address whose sign is `[at, after)`, beginning at `free` or later. */
function addressAround(text: string, at: number, after: number, free: number): Finding | undefined {
  const end = domainEnd(text, after)
  if (end < 0) return undefined
  const start = localStart(text, at, Math.max(free, at - LOCAL_LENGTH))
  if (start < 0 || isOther(text, start, at, end)) return undefined
  return { kind: 'email', start, end }
}

/** `git@host:path`, `@user@host`, `user:password@host` in a URL (a secret, not an address). */
function isOther(text: string, start: number, at: number, end: number): boolean {
  const before = text.charCodeAt(start - 1)
  if (before === 0x40) return true
  const local = text.slice(start, at)
  if ((local === 'git' || local === 'hg' || local === 'svn') && (text[end] === ':' || before === 0x2f))
    return true
  if (text[end] === ':' && (text[end + 1] === '/' || text[end + 1] === '~')) return true
  const lead = text.slice(Math.max(0, start - 80), start)
  return (
    /(?:ssh|sftp|ftp|https?|git|postgres(?:ql)?|mysql|redis|amqps?|mongodb(?:\+srv)?|smb|ldaps?):\/\/[^\s/]{0,60}$/i.test(
      lead,
    ) || /(?:message-id|in-reply-to|references|content-id)[^\n]{0,20}<$|cid:$/i.test(lead)
  )
}

function localStart(text: string, at: number, least: number): number {
  let start = at
  while (start > least && isLocal(text.charCodeAt(start - 1))) start--
  // In scripts without spaces a sentence runs into the address: its letters are no part of a local part in ASCII.
  const isAscii = text.charCodeAt(at - 1) < 0x80
  if (isAscii) {
    let ascii = at
    while (ascii > start && text.charCodeAt(ascii - 1) < 0x2e80) ascii--
    start = ascii
  }
  while (start < at && !isEdge(text.charCodeAt(start))) start++
  const last = text.charCodeAt(at - 1)
  if (start === at || last === 0x2e || (start > 0 && start === least && isLocal(text.charCodeAt(start - 1))))
    return -1
  // Dots side by side are no part of it: `and so on...jane@example.org`.
  const dots = text.slice(start, at).lastIndexOf('..')
  return dots < 0 ? start : start + dots + 2
}

/** Of the signs that a local part may have, those that people use; `=`, `/`, `?` and `&` end it, for URLs. */
function isLocal(code: number): boolean {
  return (
    isAlphanumeric(code) ||
    isWide(code) ||
    (code < 0x80 && ".!#$%'*+-^_`{|}~".includes(String.fromCharCode(code)))
  )
}

/** What a local part begins with: letters, digits, `_`, `+`. */
function isEdge(code: number): boolean {
  return isAlphanumeric(code) || isWide(code) || code === 0x5f || code === 0x2b
}

/** Letters beyond ASCII, as blocks: no punctuation, spaces or symbols. */
function isWide(code: number): boolean {
  return (
    (code >= 0xc0 && code <= 0x1fff && code !== 0xd7 && code !== 0xf7) ||
    (code >= 0x3040 && code <= 0x30fa) ||
    (code >= 0x3400 && code <= 0x9fff) ||
    (code >= 0xac00 && code <= 0xd7a3)
  )
}

/** End of the domain at `start`: labels with full stops under a registered top-level domain. -1 where there is none. */
function domainEnd(text: string, start: number): number {
  const most = Math.min(text.length, start + DOMAIN_LENGTH)
  let end = start
  let ascii = -1
  while (end < most) {
    const code = text.charCodeAt(end)
    if (isWide(code)) {
      if (ascii < 0) ascii = end
    } else if (!isAlphanumeric(code) && code !== 0x2d && code !== 0x2e) break
    end++
  }
  const whole = registeredEnd(text, start, end)
  return whole < 0 && ascii > start ? registeredEnd(text, start, ascii) : whole
}

/** Takes full stops and hyphens off the end, then labels that no domain can have there. */
function registeredEnd(text: string, start: number, end: number): number {
  for (let last = end, tries = 0; tries < 3 && last > start; tries++) {
    while (last > start && (text.charCodeAt(last - 1) === 0x2e || text.charCodeAt(last - 1) === 0x2d)) last--
    const domain = text.slice(start, last)
    if (isDomain(domain)) return last
    // `jane@example.com.Then`: a sentence without a space behind it.
    const dot = domain.lastIndexOf('.')
    if (dot < 0 || !/^[A-Z]/.test(domain.slice(dot + 1))) return -1
    last = start + dot
  }
  return -1
}

/** Top-level domains that RFC 2606 sets apart for examples and tests count: addresses under them look like any other. */
const EXAMPLES: ReadonlySet<string> = new Set(['example', 'test'])

function isDomain(domain: string): boolean {
  const labels = domain.split('.')
  const top = labels.at(-1) ?? ''
  const first = labels[0] ?? ''
  if (labels.length < 2 || top.length < 2 || isDigit(top.charCodeAt(0))) return false
  if (
    labels.some((label) => label === '' || label.length > 63 || label.startsWith('-') || label.endsWith('-'))
  )
    return false
  if (/^\d+x$/i.test(first)) return false // image@2x.png
  const { isIcann } = parse(domain, { extractHostname: false, validateHostname: false })
  return isIcann === true || EXAMPLES.has(top.toLowerCase())
}

/** Signs that stand for `@`; around them white space is allowed. */
const WRITTEN_AT = /%40|&#0?64;|&#x40;|&commat;|\uff20|[[({<] ?at ?[\])}>]| dot /gi
const WORD = /[a-z0-9_+-]+$/i

function findWritten(text: string): Finding[] {
  const found: Finding[] = []
  let free = 0
  WRITTEN_AT.lastIndex = 0
  for (let sign = WRITTEN_AT.exec(text); sign !== null; sign = WRITTEN_AT.exec(text)) {
    const finding =
      sign[0].toLowerCase() === ' dot '
        ? spokenAround(text, sign.index, free)
        : bracketedAround(text, sign.index, WRITTEN_AT.lastIndex, free)
    if (finding === undefined) continue
    found.push(finding)
    free = finding.end
    WRITTEN_AT.lastIndex = finding.end
  }
  return found
}

const BRACKETED_DOMAIN =
  /\s?((?:[a-z0-9-]{1,63}(?:\.|\s?[[({<] ?(?:dot|punkt|\.) ?[\])}>]\s?| dot )){1,6}[a-z]{2,24})(?![a-z0-9-])/iy
const BRACKETED_LOCAL = /[a-z0-9_+](?:[a-z0-9_+-]|\.|\s?[[({<] ?dot ?[\])}>]\s?){0,63}\s?$/i

function bracketedAround(text: string, at: number, after: number, free: number): Finding | undefined {
  BRACKETED_DOMAIN.lastIndex = after
  const domain = BRACKETED_DOMAIN.exec(text)?.[1]
  if (domain === undefined || !isDomain(plainDots(domain))) return undefined
  const from = Math.max(free, at - LOCAL_LENGTH)
  const local = BRACKETED_LOCAL.exec(text.slice(from, at))
  return local === null
    ? undefined
    : { kind: 'email', start: from + local.index, end: BRACKETED_DOMAIN.lastIndex }
}

const SPOKEN = /([a-z0-9._+-]+(?: dot [a-z0-9_+-]+)*) at ([a-z0-9-]+(?: dot [a-z0-9-]+)+)/iy
const EMAIL_WORDS = /(?:e-?mail|mail|reach|write|contact|address|addr)[^\n]{0,30}$/i
/** Code units before the first " dot " of a written-out address in which it begins. */
const SPOKEN_LENGTH = 96

/** The written-out address whose first " dot " is at `dot`, in its local part or in its domain. */
function spokenAround(text: string, dot: number, free: number): Finding | undefined {
  const from = Math.max(free, dot - SPOKEN_LENGTH)
  const lead = text.slice(from, dot)
  const domainWord = WORD.exec(lead)
  if (domainWord === null) return undefined
  const isDomainDot = lead.slice(0, domainWord.index).endsWith(' at ')
  const localWord = isDomainDot ? /[a-z0-9._+-]+$/i.exec(lead.slice(0, domainWord.index - 4)) : domainWord
  if (localWord === null) return undefined
  const start = from + localWord.index
  SPOKEN.lastIndex = start
  const [whole, local = '', domain = ''] = SPOKEN.exec(text.slice(0, start + 2 * SPOKEN_LENGTH)) ?? []
  if (whole === undefined) return undefined
  const isMore = /[.\d_+-]| dot /i.test(local)
  if (!isMore && !EMAIL_WORDS.test(text.slice(Math.max(0, start - 40), start))) return undefined
  if (/^(?:us|me|you|him|her|it|them|out|here|more|look|page|site|online)$/i.test(local)) return undefined
  // Words may follow: the domain ends where it is one.
  const labels = domain.split(/ dot /i)
  return isDomain(labels.join('.')) ? { kind: 'email', start, end: start + whole.length } : undefined
}

function plainDots(domain: string): string {
  return domain.replace(/\s?[[({<] ?(?:dot|punkt|\.) ?[\])}>]\s?| dot /gi, '.')
}
