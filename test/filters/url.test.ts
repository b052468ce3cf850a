import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { url, type Verdict } from '../../filters/index.ts'

const NONE = { allowDomains: [], blockDomains: [], blockUrls: [], hardWords: [], softWords: [], subWords: [] }
const judge = (address: string | undefined, settings: object): Verdict =>
  url.create(url.settings.parse(settings), NONE)({ text: 'x', id: undefined, url: address })
const reason = (address: string | undefined, settings: object): string | null =>
  judge(address, settings).reason

test('domains: registered ones of public suffixes, hosts and those under them', () => {
  expect(judge('https://news.example.co.uk/a', {}).values).toEqual({ domain: 'example.co.uk', softWords: 0 })
  const settings = { blockDomains: ['Example.org', '*.bad.co.uk'], allowDomains: ['good.example.org'] }
  expect(reason('https://example.org/x', settings)).toBe('domain')
  expect(reason('HTTPS://A.B.EXAMPLE.ORG:8080/x', settings)).toBe('domain')
  expect(reason('http://x.bad.co.uk', settings)).toBe('domain')
  expect(reason('http://good.example.org/x', settings)).toBe(null)
  expect(reason('http://notexample.org/x', settings)).toBe(null)
})

test('a host in Punycode is the one that it stands for, in a URL and in a list', () => {
  const [name, coded] = ['https://bücher.münchen.de/a', 'https://xn--bcher-kva.xn--mnchen-3ya.de/a']
  for (const address of [name, coded]) {
    for (const entry of ['münchen.de', 'xn--mnchen-3ya.de', '*.xn--mnchen-3ya.de'])
      expect(reason(address, { blockDomains: [entry] })).toBe('domain')
    expect(reason(address, { blockUrls: [coded] })).toBe('url')
    expect(reason(address, { hardWords: ['Bücher'] })).toBe('hard_word')
    expect(judge(address, {}).values).toEqual({ domain: 'münchen.de', softWords: 0 })
  }
  expect(reason('https://x.org/xn--mnchen-3ya.de', { blockDomains: ['münchen.de'] })).toBe(null)
  expect(judge('https://xn--a.org/', {}).values).toEqual({ domain: 'xn--a.org', softWords: 0 })
})

test('urls without scheme, www., query and final slash', () => {
  const settings = { blockUrls: ['http://www.example.org/a/'] }
  expect(reason('https://example.org/A?q=1#x', settings)).toBe('url')
  expect(reason('https://example.org/a/b', settings)).toBe(null)
})

test('one hard word, minSoftWords different soft ones, and parts of words, whatever their case', () => {
  expect(reason('https://x.org/CASINO-now', { hardWords: ['casino'] })).toBe('hard_word')
  expect(reason('https://x.org/casinos', { hardWords: ['casino'] })).toBe(null)
  const soft = { softWords: ['free', 'Adult', 'video'] }
  expect(reason('https://x.org/free/free', soft)).toBe(null)
  expect(judge('https://x.org/free/adult_video', soft)).toMatchObject({
    reason: 'soft_words',
    value: 3,
    threshold: 2,
  })
  expect(reason('https://x.org/free', { ...soft, minSoftWords: 1 })).toBe('soft_words')
  expect(reason('https://mega-casi.no/x', { subWords: ['casino'] })).toBe('sub_word')
})

test.each([undefined, '', 'not a url', 'mailto:'])(
  'without a url (%j) a document is kept or dropped',
  (address) => {
    expect(reason(address, { missing: 'drop', hardWords: ['url'] })).toBe('missing_url')
    expect(judge(address, {}).keep).toBe(true)
  },
)

test('lists in files have comments, and a missing file says which', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'url-'))
  const file = path.join(folder, 'domains.txt')
  await writeFile(file, '# mine\nexample.org  # all of it\n\r\nother.example\r\n')
  const settings = url.settings.parse({ blockDomainsFile: file })
  const decide = url.create(settings, await url.load!(settings))
  expect(decide({ text: '', id: undefined, url: 'http://a.other.example/' }).reason).toBe('domain')
  await rm(folder, { recursive: true })
  await expect(url.load!(settings)).rejects.toThrow(/cannot read the list .*domains\.txt/)
})
