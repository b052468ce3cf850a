import { createHash } from 'node:crypto'

/** Words of a row of a part's `.index` run: key (2), kind, record. */
export const INDEX_WIDTH = 4

/** What a row of the index stands for. A uid is its own key: its first two words. */
export const INDEX_KINDS = { uid: 0, url: 1, domain: 2 } as const

export type IndexEntry = readonly [high: number, low: number, kind: number]

/** Index entries of a document's url: the url itself, and its host (where it parses). */
export function indexKey(url: string): IndexEntry[] {
  const host = domainOf(url)
  const entries = [hashedKey('url', url)]
  return host === undefined ? entries : [...entries, hashedKey('domain', host)]
}

export function hashedKey(kind: 'url' | 'domain', value: string): IndexEntry {
  const digest = createHash('sha256').update(`${kind}\0${value}`).digest()
  return [digest.readUInt32LE(0), digest.readUInt32LE(4), INDEX_KINDS[kind]]
}

/** Lower-case host of a URL, without a leading `www.`; undefined where `url` is not one. */
export function domainOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined
  const host = new URL(url).hostname.toLowerCase()
  return host === '' ? undefined : host.replace(/^www\./, '')
}
