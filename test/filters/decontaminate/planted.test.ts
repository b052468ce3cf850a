import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { decontaminateSettings, loadBenchmarks } from '../../../filters/decontaminate/index.ts'
import { createScanner } from '../../../filters/decontaminate/scan.ts'

const corpus = path.resolve(import.meta.dirname, '../../../../shared/corpus')
const benchmark = path.join(corpus, 'benchmark-gsm8k-test.jsonl.gz')

interface Item {
  readonly question: string
  readonly answer: string
}

function linesOf<T>(file: string): T[] {
  const text = gunzipSync(readFileSync(path.join(corpus, file))).toString()
  return text
    .trim()
    .split('\n')
    .map((line): T => JSON.parse(line))
}

/** How an item is planted: `host` is text of others. */
type Plant = (text: string, host: string) => string

const words = (text: string): string[] => text.split(/\s+/)
const replaced = (text: string, every: number, first: number, host: string): string => {
  const others = words(host)
  return words(text)
    .map((word, at) => (at % every === first ? (others[at % others.length] ?? word) : word))
    .join(' ')
}

const PLANTS: [name: string, plant: Plant, recall: number][] = [
  ['verbatim', (text) => text, 0.99],
  ['in capitals', (text) => text.toUpperCase(), 0.99],
  ['without punctuation', (text) => text.replaceAll(/[^\p{L}\p{N}\s]/gu, ''), 0.99],
  ['with white space for punctuation', (text) => text.replaceAll(/[^\p{L}\p{N}\s]/gu, ' '), 0.99],
  [
    'with other punctuation and white space',
    (text) => text.replaceAll('.', ' —').replaceAll(/\s+/g, '\n\t '),
    0.99,
  ],
  ['a sentence a paragraph', (text) => text.replaceAll(/(?<=[.?!])\s+/g, '\n\n'), 0.99],
  [
    'in halves around another paragraph',
    (text, host) => {
      const all = words(text)
      const half = all.length >> 1
      return `${all.slice(0, half).join(' ')}\n\n${host.slice(0, 500)}\n\n${all.slice(half).join(' ')}`
    },
    0.99,
  ],
  ['with one word in twelve replaced', (text, host) => replaced(text, 12, 7, host), 0.97],
  ['with one word in eight replaced', (text, host) => replaced(text, 8, 3, host), 0.9],
]

describe.skipIf(!existsSync(benchmark))('planted GSM8K items (needs ../shared/corpus)', async () => {
  const present = existsSync(benchmark)
  const loaded = present
    ? await loadBenchmarks(
        decontaminateSettings.parse({ benchmarks: [{ file: benchmark, as: 'gsm8k' }] }),
        '/',
      )
    : undefined
  const items = present ? linesOf<Item>('benchmark-gsm8k-test.jsonl.gz') : []
  const texts = present
    ? ['technical.jsonl.gz', 'encyclopedia.jsonl.gz'].flatMap((file) =>
        linesOf<{ text: string }>(file).map(({ text }) => text),
      )
    : []
  const hosts = texts.filter((text) => text.length > 4000)

  test('corpora without it have nothing of it', () => {
    if (loaded === undefined) return
    const scan = createScanner(loaded.index)
    expect(texts.flatMap((text) => scan(Buffer.from(text)).found)).toEqual([])
  })

  test.each(PLANTS)('%s', (_, plant, recall) => {
    if (loaded === undefined) return
    const { index } = loaded
    const scan = createScanner(index)
    let right = 0
    for (const [at, { question, answer }] of items.entries()) {
      const host = hosts[at % hosts.length] ?? ''
      const text = at % 2 === 0 ? question : `${question}\n${answer}`
      const document = `${host.slice(0, 700)}\n\n${plant(text, host.slice(2000, 3000))}\n\n${host.slice(700, 1400)}`
      const found = scan(Buffer.from(document)).found.some(({ text }) =>
        index.textItems.subarray(index.textItemStarts[text], index.textItemStarts[text + 1]).includes(at),
      )
      if (found) right++
    }
    expect(right / items.length).toBeGreaterThanOrEqual(recall)
  })
})
