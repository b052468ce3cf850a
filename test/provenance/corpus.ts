import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import type { RecipeInput } from '../../lib/recipe/schema.ts'

/** Numbers in [0, 1) that depend on `key` alone. */
export function keyedNumbers(key: string): () => number {
  let block = 0
  let digest = Buffer.alloc(0)
  let at = 0
  return () => {
    if (at >= digest.length) {
      digest = createHash('sha256').update(`${key}/${block++}`).digest()
      at = 0
    }
    const value = digest.readUInt32LE(at) / 2 ** 32
    at += 4
    return value
  }
}

const WORDS =
  'the of and to that with have be a river stone morning letter garden window market history teacher weather mountain ' +
  'paper village winter question answer music bridge sailor harvest engine science library journey copper island'

/** Sentences of `words` words, the same for the same key. */
export function prose(key: string, words: number): string {
  const number = keyedNumbers(key)
  const list = WORDS.split(' ')
  const chosen = Array.from({ length: words }, (_, at) => {
    const word = list[Math.floor(number() * list.length)] ?? ''
    return at % 11 === 10 ? `${word}.` : word
  })
  return `${chosen.join(' ')}.`
}

/** A line of an input file, with what the test knows of it. */
export interface InputRecord {
  readonly id: string
  readonly url: string | undefined
  readonly text: string
}

export interface Corpus {
  /** Folder with the inputs. */
  readonly directory: string
  readonly recipe: RecipeInput
  /** Decompressed content of each input file. */
  readonly contents: Readonly<Record<string, string>>
  readonly records: Readonly<Record<string, readonly InputRecord[]>>
  remove(): Promise<void>
}

const pages = Array.from({ length: 150 }, (_, at): InputRecord => {
  const number = keyedNumbers(`length/${at}`)
  const words = at % 9 === 0 ? 150 + Math.floor(number() * 120) : 25 + Math.floor(number() * 60)
  const text = at % 17 === 5 ? 'too short' : prose(`page/${at}`, words)
  return { id: `p${at}`, url: `https://www.site-${at % 12}.org/page/${at}?q=é`, text }
})
/** Page 30 under another name, page 36 with two words more, and page 31 once more as it is. */
const copies: InputRecord[] = [
  { ...pages[30]!, id: 'copy', url: 'https://copies.example/exact' },
  { id: 'near', url: 'https://copies.example/near', text: `${pages[36]!.text} Two more.` },
  pages[31]!,
]
const articles = Array.from(
  { length: 40 },
  (_, at): InputRecord => ({
    id: `a${at}`,
    url: undefined,
    text: `Überschrift ${at} 🦉\n${prose(`article/${at}`, 40 + (at % 7) * 12)} </s> [INST]`,
  }),
)
const extras = Array.from(
  { length: 30 },
  (_, at): InputRecord => ({ id: `e${at}`, url: undefined, text: prose(`extra/${at}`, 50) }),
)

/**
 * A small corpus with every fate: web pages with a tier, some dropped, copied or unreadable; articles in a gzip file, which
 * are repeated; a sampled source; a holdout; three stages and two phases that cut each other, and shards of 3K tokens.
 */
export async function writeCorpus(): Promise<Corpus> {
  const directory = await mkdtemp(path.join(tmpdir(), 'millrace-'))
  const web = [
    ...pages.map(pageLine),
    ...copies.map(pageLine),
    '{"content": "cut off',
    JSON.stringify({ id: 'number', meta: { url: 'https://bad.example/' }, content: 5 }),
  ]
  const contents = {
    'web.jsonl': `${web.join('\n')}\n`,
    'articles.jsonl.gz': articles.map((record) => `${JSON.stringify(record)}\n`).join(''),
    'extras.jsonl': extras.map((record) => `${JSON.stringify(record)}\n`).join(''),
  }
  for (const [name, content] of Object.entries(contents)) {
    await writeFile(path.join(directory, name), name.endsWith('.gz') ? gzipSync(content) : content)
  }
  return {
    directory,
    recipe,
    contents,
    records: { 'web.jsonl': [...pages, ...copies], 'articles.jsonl.gz': articles, 'extras.jsonl': extras },
    remove: () => rm(directory, { recursive: true, force: true }),
  }
}

function pageLine({ id, url, text }: InputRecord): string {
  return JSON.stringify({ id, meta: { url }, content: text })
}

const recipe: RecipeInput = {
  name: 'small',
  seed: 11,
  tokenizer: 'mistral-v1',
  sources: {
    web: {
      files: ['web.jsonl'],
      fields: { text: 'content', url: 'meta.url' },
      license: 'CC-BY-4.0',
      acquisition: 'crawl',
      filters: [{ 'gopher-quality': { minWords: 20 } }],
      tiers: { long: 'tokens >= 200' },
    },
    articles: {
      files: ['articles.jsonl.gz'],
      license: 'CC-BY-SA-4.0',
      acquisition: 'public',
      priority: 5,
      maxEpochs: 3,
    },
    extras: { files: ['extras.jsonl'], license: 'CC0-1.0', acquisition: 'other', sample: 0.6 },
  },
  dedup: ['exact', { minhash: { threshold: 0.8 } }],
  holdout: { tokens: 150 },
  batchTokens: 1024,
  stages: [
    { name: 'base', tokens: 7000, mix: { web: 55, 'web.long': 20, articles: 20, extras: 5 } },
    { name: 'refine', tokens: 4000, mix: { web: 30, 'web.long': 20, articles: 50 } },
    { name: 'anneal', tokens: 3000, mix: { 'web.long': 33.3, articles: 66.7 } },
  ],
  phases: [
    { sequenceLength: 128, tokens: 9000, packing: 'best-fit' },
    { sequenceLength: 256, tokens: 'rest', packing: 'concat' },
  ],
  output: { formats: ['megatron', 'packed'], shardTokens: 3000 },
}
