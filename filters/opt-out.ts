import { z } from 'zod'
import { defineFilter, drop, keep } from './define-filter.ts'

/** Directives to robots that have a value after a colon: other words before one are names of robots. */
const WITH_VALUE = new Set(['max-snippet', 'max-image-preview', 'max-video-preview', 'unavailable_after'])
/** What a field of one's own says where it forbids. */
const FORBIDS = new Set([
  '1',
  'true',
  'yes',
  'y',
  'deny',
  'disallow',
  'disallowed',
  'forbidden',
  'opt-out',
  'optout',
])

/**
 * Drops documents whose publishers reserve them, as far as the records say so: pages of WARC files bring their headers and
 * `meta` elements along, other records have keys or `fields`. A document without any such field is kept.
 */
export const optOut = defineFilter({
  name: 'opt-out',
  summary:
    'Drops documents whose publishers opted out: TDM reservation, robots directives such as noai, a field.',
  revision: 2,
  settings: z.strictObject({
    tdmReservation: z
      .boolean()
      .default(true)
      .describe('Whether a TDM reservation counts: `tdm-reservation: 1` (TDMRep).'),
    robots: z
      .array(z.string().min(1))
      .default(['noai', 'noimageai'])
      .describe(
        'Directives of X-Robots-Tag headers and robots meta elements that count, case-insensitive, e.g. noai, noindex, noarchive.',
      ),
    agents: z
      .array(z.string().min(1))
      .default([])
      .describe('Robots whose own directives count too, e.g. [ccbot]; those to all robots always do.'),
    optOut: z
      .boolean()
      .default(true)
      .describe(
        'Whether the field optOut counts, where it is true, 1, yes, deny, disallow, forbidden or opt-out.',
      ),
  }),
  reasons: ['tdm_reservation', 'robots', 'opt_out'],
  values: { tdmReservation: 'string', robots: 'string', optOut: 'string' },
  unicode: false,
  create: (settings) => {
    const wanted = new Set(settings.robots.map(lowered))
    const agents = new Set(settings.agents.map(lowered))
    return ({ optOut: signals }) => {
      if (signals === undefined) return keep()
      const tdmReservation = signals.tdmReservation?.trim().slice(0, MOST_RECORDED)
      const robots = signals.robots === undefined ? undefined : directivesTo(agents, signals.robots)
      const field = signals.optOut?.trim().slice(0, MOST_RECORDED)
      const values = {
        ...(tdmReservation !== undefined && { tdmReservation }),
        ...(robots !== undefined && { robots: robots.join(' ').slice(0, MOST_RECORDED) }),
        ...(field !== undefined && { optOut: field }),
      }
      if (settings.tdmReservation && (tdmReservation === '1' || lowered(tdmReservation ?? '') === 'true'))
        return drop('tdm_reservation', tdmReservation ?? '', '1', values)
      const directive = robots?.find((each) => wanted.has(each))
      if (directive !== undefined) return drop('robots', directive, directive, values)
      if (settings.optOut && field !== undefined && FORBIDS.has(lowered(field)))
        return drop('opt_out', field, null, values)
      return keep(values)
    }
  },
})

/** UTF-16 units of a signal that are recorded. */
const MOST_RECORDED = 200

/** Directives, different ones in their order, that are to all robots or to one of these. */
function directivesTo(agents: ReadonlySet<string>, signals: string): string[] {
  const found = new Set<string>()
  for (const line of signals.split('\n')) {
    let counts = true
    for (const part of line.split(/[,;]/)) {
      const colon = part.indexOf(':')
      const before = lowered(part.slice(0, Math.max(0, colon)).trim())
      const isAgent = colon >= 0 && !WITH_VALUE.has(before)
      // A robot's name is for what comes after it in the line, until another one.
      if (isAgent) counts = before === '*' || agents.has(before)
      const directive = lowered((isAgent ? part.slice(colon + 1) : part).trim())
      if (counts && directive !== '') found.add(directive)
    }
  }
  return [...found]
}

/** ASCII letters in lower case. */
function lowered(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
