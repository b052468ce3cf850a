// Recall and wrong removals of minhash by shape and slack, over planted edits. See RESULTS.md.
//   npm run build && node test/bench/dedup/quality.mjs FILE.jsonl…
import { dedupMethods } from '../../../dist/filters/dedup/index.js'
import { walk } from '../../../dist/filters/dedup/walk.js'
import { readTexts } from './corpus.mjs'

const SHAPES = [
  { bands: 14, rows: 8, slack: 0.1 },
  { bands: 16, rows: 7, slack: 0 },
  { bands: 16, rows: 7, slack: 0.05 },
  { bands: 16, rows: 7, slack: 0.1 },
  { bands: 20, rows: 7, slack: 0.1 },
  { bands: 20, rows: 6, slack: 0.1 },
]

const random = generator(1)
const { documents, pairs } = plant(readTexts(process.argv.slice(2)))
console.log(`${documents.length} documents, ${pairs.length} planted pairs`)
for (const shape of SHAPES) console.log(report(shape))

/** Mulberry32 with a stated seed, so that every run plants the same. */
function generator(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

function grams(text) {
  const words =
    text
      .toLowerCase()
      .replaceAll('ς', 'σ')
      .match(/[\p{L}\p{N}_]+/gu) ?? []
  if (words.length < 5) return new Set(words.length === 0 ? [] : [words.join(' ')])
  return new Set(Array.from({ length: words.length - 4 }, (_, at) => words.slice(at, at + 5).join(' ')))
}

function jaccard(a, b) {
  const [left, right] = [grams(a), grams(b)]
  let both = 0
  for (const gram of left) if (right.has(gram)) both++
  return both / (left.size + right.size - both)
}

/** Replaces words, in one run or scattered, so that about a similarity of `target` remains. */
function edit(text, target) {
  const parts = text.split(/(\s+)/u)
  const words = [...parts.keys()].filter((at) => /[\p{L}\p{N}]/u.test(parts[at]))
  const lost = ((1 - target) / (1 + target)) * words.length
  const scattered = random() < 0.5
  const edits = Math.max(1, Math.round(scattered ? lost / 5 : lost - 4))
  const start = Math.floor(random() * (words.length - edits))
  for (let i = 0; i < edits; i++) {
    const word = scattered ? Math.floor(random() * words.length) : start + i
    parts[words[word]] = `edit${Math.floor(random() * 1e6)}`
  }
  return parts.join('')
}

/** All texts, and edited copies of six in ten of 30 words to 20,000 characters, in one random order. */
function plant(texts) {
  const all = texts.map((text, at) => ({ text, pair: at }))
  const planted = new Map()
  for (const [pair, text] of texts.entries()) {
    if (text.length > 20_000 || grams(text).size < 26 || random() > 0.6) continue
    const edited = edit(text, 0.3 + 0.7 * random())
    all.push({ text: edited, pair })
    planted.set(pair, jaccard(text, edited))
  }
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[all[i], all[j]] = [all[j], all[i]]
  }
  const places = new Map()
  for (const [at, { pair }] of all.entries()) places.set(pair, [...(places.get(pair) ?? []), at])
  return {
    documents: all.map(({ text }) => text),
    pairs: [...planted].map(([pair, exact]) => ({ places: places.get(pair), exact })),
  }
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function report({ bands, rows, slack }) {
  const { minhash } = dedupMethods
  const method = minhash.create(minhash.settings.parse({ bands, rows, slack }))
  const width = method.sketchWords
  const sketches = new Uint32Array(documents.length * width)
  for (const [at, text] of documents.entries()) method.sketch({ text }, sketches, at * width)
  // Components only save comparisons: one walk over all documents decides the same.
  const { duplicateOf } = walk({ count: documents.length, sketches: [sketches] }, [method])

  const found = (from, to) => {
    const between = pairs.filter(({ exact }) => exact >= from && exact < to)
    const gone = between.filter(({ places }) => places.some((at) => duplicateOf[at] !== -1))
    return `${gone.length}/${between.length} = ${(gone.length / between.length).toFixed(4)}`
  }
  const evidence = [...duplicateOf.entries()]
    .filter(([, kept]) => kept !== -1)
    .map(([at, kept]) => jaccard(documents[at], documents[kept]))
  const errors = pairs.map(({ places: [a, b], exact }) => {
    let equal = 0
    for (let i = 0; i < width; i++) if (sketches[a * width + i] === sketches[b * width + i]) equal++
    return equal / width - exact
  })
  const theory = Math.sqrt(mean(pairs.map(({ exact }) => (exact * (1 - exact)) / width)))
  return [
    `${bands}x${rows} slack ${slack}`,
    `J >= .9: ${found(0.9, 2)}`,
    `.8-.9: ${found(0.8, 0.9)}`,
    `.7-.8: ${found(0.7, 0.8)}`,
    `removed ${evidence.length}, evidence < .5: ${evidence.filter((j) => j < 0.5).length}, < .6: ${evidence.filter((j) => j < 0.6).length}, < .7: ${evidence.filter((j) => j < 0.7).length}`,
    `estimate: bias ${mean(errors).toFixed(5)}, RMSE ${Math.sqrt(mean(errors.map((e) => e * e))).toFixed(4)}, theory ${theory.toFixed(4)}`,
  ].join(' | ')
}
