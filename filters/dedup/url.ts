import { createHash } from 'node:crypto'
import { z } from 'zod'
import { defineDedup } from './define-dedup.ts'
import { scope } from './scope.ts'

/**
 * Documents of the same web address. The sketch is the first 128 bits of the SHA-256 of the normalised URL, its first
 * 64 bits the only key: equal sketches are equal URLs, similarity 1. Normalisation goes by RFC 3986, section 6, on the
 * URL's parts as they are written, so that no runtime's tables can change it:
 *
 * - white space around it goes; scheme and host in lower case (ASCII); the default port of the scheme goes;
 * - the fragment goes, and so do query parameters that `drop` names; the others keep their order;
 * - `%41` becomes `A` where the character needs no escape (letters, digits, `-._~`), other escapes get capital hex
 *   digits, and what is not printable ASCII is escaped as UTF-8;
 * - slashes at the end of the path go.
 *
 * A document has no key, and is never a duplicate, where its URL is missing, is not `scheme://host…` (as `N/A`, which
 * many records may share), or has more than 65,536 UTF-16 units.
 */
export const url = defineDedup({
  name: 'url',
  summary: 'Drops documents whose web address is that of a kept one.',
  revision: 1,
  reads: 'url',
  place: 0,
  unicode: false,
  settings: z.strictObject({
    drop: z
      .array(z.string().min(1).max(200))
      .max(1000)
      .default(['utm_*', 'gclid', 'fbclid', 'msclkid'])
      .describe(
        'Query parameters that do not count, by name; a * at the end stands for any rest, alone for the whole query.',
      ),
    scheme: z
      .enum(['keep', 'ignore'])
      .default('keep')
      .describe('Whether http and https of one address differ (keep) or are the same (ignore).'),
    scope,
  }),
  create({ drop, scheme, scope }) {
    const isDropped = droppedParameters(drop)
    return {
      scope,
      sketchWords: WORDS,
      maxKeys: 1,
      sketch({ url: address }, into, at) {
        const normalised = normaliseUrl(address ?? '', isDropped)
        if (normalised === undefined) {
          into.fill(0, at, at + WORDS)
          return
        }
        const counted = scheme === 'keep' ? normalised : normalised.replace(/^https?:/, '')
        const digest = createHash('sha256').update(counted).digest()
        for (let word = 0; word < WORDS; word++) into[at + word] = digest.readUInt32BE(4 * word)
      },
      keys(sketches, at, into, intoAt) {
        if (isNone(sketches, at)) return 0
        into[intoAt] = sketches[at] ?? 0
        into[intoAt + 1] = sketches[at + 1] ?? 0
        return 1
      },
      compare(a, aAt, b, bAt) {
        for (let word = 0; word < WORDS; word++) if (a[aAt + word] !== b[bAt + word]) return null
        return isNone(a, aAt) ? null : 1
      },
    }
  },
})

/** 32-bit words of a sketch: 128 bits. All zero stands for no URL; no URL's hash is that in effect. */
const WORDS = 4

function isNone(sketches: Uint32Array, at: number): boolean {
  for (let word = 0; word < WORDS; word++) if (sketches[at + word] !== 0) return false
  return true
}

/** UTF-16 units beyond which an address is none: far above what servers take, and a bound of the memory. */
const MAX_UNITS = 1 << 16

const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443', ftp: '21' }

/** The comparable form of an absolute URL with a host, or undefined for anything else. */
export function normaliseUrl(address: string, isDropped: (parameter: string) => boolean): string | undefined {
  if (address.length > MAX_UNITS) return undefined
  const parts = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]+)([^?#]*)(?:\?([^#]*))?/i.exec(escaped(address.trim()))
  if (parts === null) return undefined
  const [, protocol = '', authority = '', path = '', query = ''] = parts
  const scheme = protocol.toLowerCase()
  const user = authority.lastIndexOf('@') + 1
  const [, host = '', port = ''] = /^(.*?)(?::(\d*))?$/.exec(authority.slice(user).toLowerCase()) ?? []
  if (host === '') return undefined
  const named = port === '' || port === DEFAULT_PORTS[scheme] ? '' : `:${port}`
  const kept = query.split('&').filter((pair) => pair !== '' && !isDropped(pair.split('=', 1)[0] ?? ''))
  const rest = kept.length === 0 ? '' : `?${kept.join('&')}`
  return `${scheme}://${authority.slice(0, user)}${host}${named}${withoutSlashes(path)}${rest}`
}

function escaped(address: string): string {
  return address
    .replace(/[^\x21-\x7e]+/g, (run) => encodeURIComponent(run.toWellFormed()))
    .replace(/%[0-9a-f]{2}/gi, (escape) => {
      const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16))
      return /[\w.~-]/.test(character) ? character : escape.toUpperCase()
    })
}

/** A loop, since a pattern for slashes at the end is quadratic in the runs before it. */
function withoutSlashes(path: string): string {
  let end = path.length
  while (path[end - 1] === '/') end--
  return path.slice(0, end)
}

function droppedParameters(drop: readonly string[]): (parameter: string) => boolean {
  const names = new Set(drop.filter((name) => !name.endsWith('*')))
  const starts = drop.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1))
  return (parameter) => names.has(parameter) || starts.some((start) => parameter.startsWith(start))
}
