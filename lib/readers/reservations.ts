import { Parser } from 'htmlparser2'

/**
 * What a page says of its use, as record keys: `robots`, a line for each `X-Robots-Tag` header and robots `meta` element, and
 * `tdmReservation` (TDMRep, W3C community report of 2024). Directives to one crawler have its name before them.
 */
export interface Reservations {
  readonly robots?: string
  readonly tdmReservation?: string
}

/** Different lines that are kept of a page: nobody writes so many. */
const MOST_LINES = 1000

/** Reads a page's headers (of HTTP, `name: value` lines) and its `meta` elements. */
export function reservationsOf(headerText: string, html: string | undefined): Reservations {
  const lines = new Set<string>()
  const reservations: string[] = []
  const add = (name: string, value: string): void => {
    if (name === 'tdm-reservation') {
      if (reservations.length < MOST_LINES) reservations.push(value.trim())
    } else if (lines.size < MOST_LINES)
      lines.add(name === 'robots' ? value.trim() : `${name}: ${value.trim()}`)
  }
  for (const line of headerText.replaceAll(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(0, colon)).trim().toLowerCase()
    if (name === 'x-robots-tag') add('robots', line.slice(colon + 1))
    else if (name === 'tdm-reservation') add(name, line.slice(colon + 1))
  }
  if (html !== undefined) readMetas(html, add)
  // Where several say different things, a reservation is one.
  const tdmReservation = reservations.find((value) => value === '1') ?? reservations[0]
  return {
    ...(lines.size > 0 && { robots: [...lines].join('\n') }),
    ...(tdmReservation !== undefined && { tdmReservation }),
  }
}

function readMetas(html: string, add: (name: string, value: string) => void): void {
  let [isMeta, name, content] = [false, '', '']
  const finish = (): void => {
    const known = name.trim().toLowerCase()
    if (isMeta && (known === 'robots' || known === 'tdm-reservation' || /^[\w-]{1,60}bot$/.test(known)))
      add(known, content)
  }
  const parser = new Parser({
    onopentagname(tag) {
      finish()
      isMeta = tag === 'meta'
      name = ''
      content = ''
    },
    onattribute(attribute, value) {
      if (!isMeta) return
      if (attribute === 'name' || attribute === 'http-equiv') name = value
      if (attribute === 'content') content = value
    },
  })
  parser.end(html)
  finish()
}
