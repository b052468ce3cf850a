import { domainToUnicode } from 'node:url'
import { parse } from 'tldts'
import { z } from 'zod'
import { defineFilter, drop, keep, type Verdict } from './define-filter.ts'
import { linesOfFile } from './list-file.ts'

const list = (what: string) => z.array(z.string().min(1)).default([]).describe(what)
const file = (what: string) =>
  z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe(`Path of a text file with ${what}, one a line; # begins a comment.`)

const settings = z.strictObject({
  allowDomains: list('Domains whose documents are kept whatever else holds; those under them too.'),
  allowDomainsFile: file('more of them'),
  blockDomains: list('Domains that are dropped, and those under them: example.org is sub.example.org too.'),
  blockDomainsFile: file('more of them'),
  blockUrls: list('URLs that are dropped, without scheme, leading www., query, fragment and final slash.'),
  blockUrlsFile: file('more of them'),
  hardWords: list('Words of which one in the URL drops it; words are runs of letters and digits.'),
  hardWordsFile: file('more of them'),
  softWords: list('Words that drop a URL which has minSoftWords different ones of them.'),
  softWordsFile: file('more of them'),
  minSoftWords: z
    .int()
    .min(0)
    .nullable()
    .default(2)
    .describe('Different soft words in a URL that drop it, inclusive. null: none do.'),
  subWords: list(
    'Parts of words: one anywhere in the letters and digits of the URL, run together, drops it.',
  ),
  subWordsFile: file('more of them'),
  missing: z
    .enum(['keep', 'drop'])
    .default('keep')
    .describe('What becomes of a document without a URL, or with one that has no host.'),
})

type Lists = 'allowDomains' | 'blockDomains' | 'blockUrls' | 'hardWords' | 'softWords' | 'subWords'

const LISTS: readonly Lists[] = [
  'allowDomains',
  'blockDomains',
  'blockUrls',
  'hardWords',
  'softWords',
  'subWords',
]

/** Entries of the lists' files, by the list. */
type FileLists = Readonly<Record<Lists, readonly string[]>>

/**
 * Judges a document by its URL, in the order of RefinedWeb's and datatrove's filters: registered domain and host, whole
 * URL, hard words, soft words, sub-words. Nothing here depends on case: datatrove lets `CASINO` pass. A host in Punycode is
 * read as what it stands for, in lists too.
 */
export const url = defineFilter({
  name: 'url',
  summary: 'Drops documents by their URL: lists of domains and URLs, hard and soft words, parts of words.',
  revision: 3,
  settings,
  paths: LISTS.map((name) => `${name}File`),
  reasons: ['missing_url', 'domain', 'url', 'hard_word', 'soft_words', 'sub_word'],
  values: { domain: 'string', softWords: 'number' },
  unicode: true, // names in Punycode
  load: async (settings): Promise<FileLists> => ({
    allowDomains: await entriesOf(settings.allowDomainsFile),
    blockDomains: await entriesOf(settings.blockDomainsFile),
    blockUrls: await entriesOf(settings.blockUrlsFile),
    hardWords: await entriesOf(settings.hardWordsFile),
    softWords: await entriesOf(settings.softWordsFile),
    subWords: await entriesOf(settings.subWordsFile),
  }),
  create: (settings, files) => {
    const set = (name: Lists, form: (entry: string) => string): ReadonlySet<string> =>
      new Set(
        [...settings[name], ...files[name]]
          .map((entry) => form(lowered(entry)))
          .filter((entry) => entry !== ''),
      )
    const allowed = set('allowDomains', (entry) => readable(hostOf(entry)))
    const blocked = set('blockDomains', (entry) => readable(hostOf(entry)))
    const urls = set('blockUrls', (entry) => bare(readable(entry)))
    const hard = set('hardWords', joined)
    const soft = set('softWords', joined)
    const parts = [...set('subWords', joined)]
    return (document): Verdict => {
      const whole = readable(lowered((document.url ?? '').trim()))
      const { hostname, domain } = parse(whole)
      if (hostname === null || hostname === '') {
        return settings.missing === 'keep' ? keep() : drop('missing_url', null, null)
      }
      const found = new Set<string>()
      let hardWord: string | undefined
      for (const [word] of whole.matchAll(WORDS)) {
        if (soft.has(word)) found.add(word)
        if (hard.has(word)) hardWord ??= word
      }
      const values = { domain: domain ?? hostname, softWords: found.size }
      if (listed(hostname, allowed) !== undefined) return keep(values)
      const blockedBy = listed(hostname, blocked)
      if (blockedBy !== undefined) return drop('domain', hostname, blockedBy, values)
      const path = bare(whole)
      if (urls.has(path)) return drop('url', path, path, values)
      if (hardWord !== undefined) return drop('hard_word', hardWord, hardWord, values)
      if (settings.minSoftWords !== null && found.size >= settings.minSoftWords)
        return drop('soft_words', found.size, settings.minSoftWords, values)
      const letters = parts.length === 0 ? '' : joined(whole)
      const part = parts.find((each) => letters.includes(each))
      return part === undefined ? keep(values) : drop('sub_word', part, part, values)
    }
  },
})

/** What is beyond ASCII is of words. */
const WORDS = /[a-z0-9\u0080-\uffff]+/g
const SEPARATORS = /[^a-z0-9\u0080-\uffff]+/g

/** UTF-16 units that are lowered at a time: what a replacement holds for each of its places does not add up. */
const PIECE = 1 << 16

/** ASCII letters in lower case. */
function lowered(text: string): string {
  let all = ''
  for (let at = 0; at < text.length; at += PIECE)
    all += text.slice(at, at + PIECE).replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
  return all
}

/** `https://xn--mnchen-3ya.de/a` → `https://münchen.de/a`; what is no Punycode stays. */
function readable(text: string): string {
  if (!text.includes('xn--')) return text
  const { hostname } = parse(text)
  return hostname?.includes('xn--') === true
    ? text.replace(hostname, domainToUnicode(hostname) || hostname)
    : text
}

function joined(text: string): string {
  return text.replace(SEPARATORS, '')
}

/** `https://www.example.org/a/?q#f` → `example.org/a` */
function bare(text: string): string {
  const path =
    text
      .replace(/^[a-z][a-z0-9+.-]*:\/\//, '')
      .replace(/^www\./, '')
      .split(/[?#]/, 1)[0] ?? ''
  let end = path.length
  while (path.charAt(end - 1) === '/') end--
  return path.slice(0, end)
}

/** A domain as people list it: `*.example.org`, `.example.org`, `https://example.org/`. */
function hostOf(entry: string): string {
  return (
    bare(entry)
      .replace(/^\*?\./, '')
      .split(/[/:]/, 1)[0] ?? ''
  )
}

/** The host, or the nearest domain above it, that is in a list. */
function listed(host: string, domains: ReadonlySet<string>): string | undefined {
  for (let name = host; domains.size > 0 && name !== ''; ) {
    if (domains.has(name)) return name
    const dot = name.indexOf('.')
    name = dot < 0 ? '' : name.slice(dot + 1)
  }
  return undefined
}

async function entriesOf(path: string | null): Promise<readonly string[]> {
  if (path === null) return []
  const lines = await linesOfFile(path, 'url')
  return lines.map((line) => line.replace(/(^|\s)#.*$/, '').trim()).filter((line) => line !== '')
}
