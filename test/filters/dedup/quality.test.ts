import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { minhash } from '../../../filters/dedup/minhash.ts'
import { deduplicate } from './deduplicate.ts'
import { jaccard, wordsOf } from './reference.ts'

/** How well minhash, at its defaults, finds planted near-duplicates whose exact Jaccard similarity is known. */

const corpus = path.resolve(import.meta.dirname, '../../../../shared/corpus')
const corpusFiles = ['encyclopedia.jsonl.gz', 'technical.jsonl.gz', 'instruct.jsonl.gz'].map((file) =>
  path.join(corpus, file),
)

/** Mulberry32: a small generator with a stated seed, so that a failure repeats. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Replaces words, in one run or scattered, so that about a Jaccard similarity of `target` remains. */
function edit(text: string, target: number, random: () => number): string {
  const words = text.split(' ')
  const lost = ((1 - target) / (1 + target)) * words.length
  const scattered = random() < 0.5
  // A word stands in five shingles; a run of k words in k + 4.
  const edits = Math.max(1, Math.round(scattered ? lost / 5 : lost - 4))
  const start = Math.floor(random() * Math.max(1, words.length - edits))
  for (let i = 0; i < edits; i++) {
    const at = scattered ? Math.floor(random() * words.length) : start + i
    words[at] = `edit${Math.floor(random() * 1e6)}`
  }
  return words.join(' ')
}

/** Deduplicates `originals` with an edited copy of most of them, and counts by exact similarity. */
function measure(
  originals: readonly string[],
  seed: number,
): Record<'close' | 'near' | 'removed' | 'wrong', number[]> {
  const random = generator(seed)
  const documents: { text: string; pair: number }[] = []
  const similarities: number[] = []
  for (const [pair, text] of originals.entries()) {
    documents.push({ text, pair })
    const edited = edit(text, 0.3 + 0.7 * random(), random)
    documents.push({ text: edited, pair })
    similarities.push(jaccard(text, edited))
  }
  for (let i = documents.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const other = documents[j]!
    documents[j] = documents[i]!
    documents[i] = other
  }
  const texts = documents.map(({ text }) => text)
  const { duplicateOf } = deduplicate(texts, minhash.create(minhash.settings.parse({})))
  const kept = new Uint8Array(originals.length)
  const evidence: number[] = []
  for (const [document, { pair }] of documents.entries()) {
    const other = duplicateOf[document]!
    if (other === -1) kept[pair]!++
    else evidence.push(jaccard(texts[document]!, texts[other]!))
  }
  const found = (from: number, to: number): number[] =>
    similarities.flatMap((similarity, pair) =>
      similarity >= from && similarity < to ? [kept[pair]! <= 1 ? 1 : 0] : [],
    )
  return {
    close: found(0.9, 2),
    near: found(0.8, 0.9),
    removed: evidence,
    wrong: evidence.filter((j) => j < 0.5),
  }
}

const share = (found: readonly number[]): number => found.reduce((sum, one) => sum + one, 0) / found.length

/** What falls short of the goals, with its figure. */
function shortfalls(originals: readonly string[], seed: number): string[] {
  const { close, near, removed, wrong } = measure(originals, seed)
  const goals: [string, number, boolean][] = [
    ['pairs of J >= 0.9', close.length, close.length >= 100],
    ['pairs of 0.8 <= J < 0.9', near.length, near.length >= 100],
    ['J >= 0.9 found', share(close), share(close) >= 0.99],
    ['0.8 <= J < 0.9 found', share(near), share(near) >= 0.95],
    ['removed with evidence J < 0.5', wrong.length / removed.length, wrong.length / removed.length <= 0.002],
  ]
  return goals.flatMap(([goal, figure, met]) => (met ? [] : [`${goal}: ${figure}`]))
}

describe('quality of minhash on planted near-duplicates', { timeout: 60_000 }, () => {
  test('of synthetic text: words by rank frequency, with phrases that documents share', () => {
    const random = generator(7)
    const phrases = Array.from({ length: 40 }, (_, at) =>
      Array.from({ length: 30 }, (_, w) => `p${at}x${w}`).join(' '),
    )
    const originals = Array.from({ length: 2000 }, () => {
      const length = 40 + Math.floor(random() * 260)
      const words = Array.from({ length }, () => `w${Math.floor(20_000 ** random())}`)
      const phrase = phrases[Math.floor(random() * phrases.length)]!
      return [...words, phrase].join(' ')
    })
    expect(shortfalls(originals, 11)).toEqual([])
  })

  test.skipIf(!corpusFiles.every(existsSync))('of real text (needs the shared corpus)', () => {
    const originals: string[] = []
    for (const file of corpusFiles) {
      for (const line of gunzipSync(readFileSync(file)).toString('utf8').split('\n')) {
        if (line === '') continue
        const record: { text?: string; messages?: { content: string }[] } = JSON.parse(line)
        const words = wordsOf(record.text ?? record.messages?.map(({ content }) => content).join(' ') ?? '')
        if (words.length >= 30) originals.push(words.slice(0, 300).join(' '))
      }
    }
    expect(shortfalls(originals, 13)).toEqual([])
  })
})
