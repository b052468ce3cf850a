/**
 * A small corpus for tests of whole builds: English-like prose that the filters keep, near copies, copies across sources,
 * prose in other languages, code and conversations. A pure function of its keys: no file, no clock, no process-wide generator.
 */
import { createHash } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { compressZstd } from '../../lib/storage/zstd.ts'
import { adjectives, dutch, nouns, verbs } from './words.ts'

/** One line of an input file. */
export type CorpusRecord = Readonly<Record<string, unknown>>

export interface Corpus {
  readonly web: readonly CorpusRecord[]
  readonly books: readonly CorpusRecord[]
  readonly chat: readonly CorpusRecord[]
}

/**
 * 154 pages, of which 12 are near copies of a page, 8 copies of a book, 8 in another language and 4 the very records of
 * others; 40 books, of which 6 are long; 40 conversations. About 60,000 tokens.
 */
export function testCorpus(): Corpus {
  const books = Array.from({ length: 40 }, (_, at) => ({
    text: prose(`book-${at}`, at % 7 === 0 ? 60 : 14),
    id: `book-${at}`,
  }))
  const pages = Array.from({ length: 122 }, (_, at) => prose(`page-${at}`, at % 9 === 0 ? 45 : 10 + (at % 8)))
  const near = pages.slice(0, 12).map((text) => `${text} Copied for the record.`)
  const copies = books.slice(3, 11).map(({ text }) => text)
  const foreign = Array.from({ length: 8 }, (_, at) => dutchProse(`page-${at}`))
  const once = [...pages, ...near, ...copies, ...foreign].map((text, at) => ({
    text,
    meta: { url: `https://site-${at % 11}.example/page/${at}` },
  }))
  const web = [...once, ...once.slice(20, 24)]
  const chat = Array.from({ length: 40 }, (_, at) => ({
    messages: [
      { role: 'user', content: prose(`question-${at}`, 1) },
      { role: 'assistant', content: prose(`answer-${at}`, 3) },
    ],
  }))
  return { web, books, chat }
}

/** `sentences` sentences, the same for the same key. */
export function prose(key: string, sentences: number): string {
  const draw = drawer(key)
  const some = (words: readonly string[]): string => words[draw(words.length)] ?? ''
  return Array.from({ length: sentences }, () => {
    const object = `the ${some(adjectives)} ${some(nouns)} of the ${some(nouns)}`
    switch (draw(4)) {
      case 0:
        return `The ${some(nouns)} that we ${some(verbs)} with ${object} is ${some(adjectives)} and ${some(adjectives)}.`
      case 1:
        return `To ${some(verbs)} ${object}, people have to ${some(verbs)} a ${some(nouns)} in the ${some(nouns)}.`
      case 2:
        return `They ${some(verbs)} ${object}, but the ${some(nouns)} will be as ${some(adjectives)} as a ${some(nouns)}.`
      default:
        return `In the ${some(nouns)}, you ${some(verbs)} ${object} and then ${some(verbs)} it for a ${some(adjectives)} ${some(nouns)}.`
    }
  }).join(' ')
}

function dutchProse(key: string): string {
  const draw = drawer(key)
  return Array.from({ length: 40 }, () => dutch[draw(dutch.length)] ?? '').join(' ')
}

/** Numbers in [0, limit), from SHA-256 in counter mode. */
export function drawer(key: string): (limit: number) => number {
  let count = 0
  return (limit) => createHash('sha256').update(`${key}:${count++}`).digest().readUInt32LE(0) % limit
}

/** How the records of a source are laid into files. */
export interface Layout {
  /** File names; each ending decides how the file is stored: `.jsonl`, `.jsonl.gz` or `.jsonl.zst`. */
  readonly files: readonly string[]
  /** Puts the records into another order when given. */
  readonly shuffle?: string
}

/** Writes a source's records into `folder`, made anew, as the layout says. */
export async function writeRecords(
  folder: string,
  records: readonly CorpusRecord[],
  { files, shuffle }: Layout,
): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const ordered = shuffle === undefined ? records : shuffled(records, shuffle)
  for (const [at, name] of files.entries()) {
    const own = ordered.filter((_, record) => record % files.length === at)
    const bytes = Buffer.from(own.map((record) => `${JSON.stringify(record)}\n`).join(''))
    await writeFile(path.join(folder, name), await encoded(name, bytes))
  }
}

async function encoded(name: string, bytes: Buffer): Promise<Uint8Array> {
  if (name.endsWith('.gz')) return gzipSync(bytes)
  return name.endsWith('.zst') ? compressZstd(bytes) : bytes
}

function shuffled<T>(items: readonly T[], key: string): T[] {
  const draw = drawer(key)
  const order = [...items]
  for (let last = order.length - 1; last > 0; last--) {
    order.push(...order.splice(draw(last + 1), 1))
  }
  return order
}

/** Writes the whole corpus under `folder`: `web/`, `books/` and `chat/`, a source each. */
export async function writeCorpus(
  folder: string,
  layout: Layout = { files: ['a.jsonl', 'b.jsonl'] },
): Promise<void> {
  for (const [source, records] of Object.entries(testCorpus())) {
    await writeRecords(path.join(folder, source), records, layout)
  }
}

/**
 * A recipe over the corpus, with all that shapes an output: filters, tiers, both dedup methods across sources with
 * priorities, holdout, batches, three stages, two phases, several epochs, several shards a segment, both kinds of format.
 * It is JSON, which is YAML too.
 */
// oxlint-disable-next-line typescript/explicit-module-boundary-types -- tests change it by its own shape
export function testRecipe() {
  const common = { license: 'CC0-1.0', acquisition: 'synthetic' }
  const filters: unknown[] = ['language', { 'gopher-quality': { minWords: 40 } }]
  return {
    name: 'test',
    seed: 17,
    tokenizer: 'mistral-v1',
    sources: {
      web: {
        ...common,
        files: ['web/*'],
        fields: { url: 'meta.url' },
        filters: [...filters],
        tiers: { long: 'tokens >= 600' },
        maxEpochs: 1,
      },
      books: { ...common, files: ['books/*'], priority: 5, filters: [...filters], maxEpochs: 4 },
      chat: {
        ...common,
        files: ['chat/*'],
        template: 'plain',
        priority: 2,
        filters: [] as unknown[],
        maxEpochs: 4,
      },
    },
    dedup: ['exact', { minhash: { threshold: 0.7 } }],
    holdout: { tokens: 700 },
    batchTokens: 2048,
    stages: [
      { name: 'base', tokens: 12_000, mix: { web: 80, books: 15, chat: 5 } as Record<string, number> },
      { name: 'refine', tokens: 10_000, mix: { web: 30, 'web.long': 20, books: 40, chat: 10 } },
      { name: 'anneal', tokens: 8_000, mix: { 'web.long': 20, books: 20, chat: 60 } },
    ],
    phases: [
      { sequenceLength: 256, tokens: 18_000 as number | string, packing: 'best-fit' },
      { sequenceLength: 1024, tokens: 'rest' as number | string, packing: 'concat' },
    ],
    output: { formats: ['megatron', 'packed'], shardTokens: 3_000 },
  }
}

export type TestRecipe = ReturnType<typeof testRecipe>
