// Share of a benchmark's items that are found where they are planted, and what is found in texts without it. See RESULTS.md.
//   npm run build && node test/bench/decontaminate/planted.mjs BENCHMARK TEXTS.jsonl…
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import {
  createDecontaminator,
  decontaminateSettings,
  loadBenchmarks,
} from '../../../dist/filters/decontaminate/index.js'
import { readTexts } from '../dedup/corpus.mjs'

const [benchmark, ...files] = process.argv.slice(2)
const bytes = readFileSync(benchmark)
const items = (benchmark.endsWith('.gz') ? gunzipSync(bytes) : bytes)
  .toString()
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))
const settings = decontaminateSettings.parse({
  benchmarks: [{ file: path.resolve(benchmark), as: 'gsm8k' }],
  action: 'report',
})
const { index } = await loadBenchmarks(settings, '/')
const find = createDecontaminator(index, settings)
const evidenceOf = (text) => find(Buffer.from(text))?.evidence ?? []

for (const file of files) {
  const texts = readTexts([file])
  const hits = texts.flatMap(evidenceOf)
  console.log(`${path.basename(file)}: ${hits.length} hits in ${texts.length} texts`)
  for (const { item, rule, text, benchmarkText } of hits) {
    console.log(`  ${item} by ${rule}\n    ${JSON.stringify(text)}\n    ${JSON.stringify(benchmarkText)}`)
  }
}

// Replacements and places are drawn by a generator of their own: the same in each run.
let state = 1
const draw = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 32
}
const hosts = readTexts(files).filter((text) => text.length > 4000)
const someHost = () => hosts[Math.floor(draw() * hosts.length)]
const vocabulary = hosts.slice(0, 200).join(' ').split(/\s+/)
const some = () => vocabulary[Math.floor(draw() * vocabulary.length)]
const words = (text) => text.split(/\s+/)
const plants = {
  verbatim: (text) => text,
  'in capitals': (text) => text.toUpperCase(),
  'without punctuation': (text) => text.replaceAll(/[^\p{L}\p{N}\s]/gu, ''),
  'white space for punctuation': (text) => text.replaceAll(/[^\p{L}\p{N}\s]/gu, ' '),
  'other white space': (text) => text.replaceAll(/\s+/g, '\n \t'),
  'a sentence a paragraph': (text) => text.replaceAll(/(?<=[.?!])\s+/g, '\n\n'),
  'in halves, 500 other characters between': (text) => {
    const all = words(text)
    const half = all.length >> 1
    return [all.slice(0, half).join(' '), someHost().slice(1000, 1500), all.slice(half).join(' ')].join(
      '\n\n',
    )
  },
  'sentences, 300 other characters between': (text) =>
    text
      .split(/(?<=[.?!])\s+/)
      .map((sentence) => `${sentence}\n\n${someHost().slice(1000, 1300)}`)
      .join('\n\n'),
  'every 12th word replaced': (text) => {
    const first = Math.floor(draw() * 12)
    return words(text)
      .map((word, at) => (at % 12 === first ? some() : word))
      .join(' ')
  },
  'each word replaced with 1/12': (text) =>
    words(text)
      .map((word) => (draw() < 1 / 12 ? some() : word))
      .join(' '),
  'each word replaced with 1/6': (text) =>
    words(text)
      .map((word) => (draw() < 1 / 6 ? some() : word))
      .join(' '),
}
for (const [name, plant] of hosts.length === 0 ? [] : Object.entries(plants)) {
  const shares = [({ question }) => question, ({ question, answer }) => `${question}\n${answer}`].map(
    (textOf) => {
      const found = items.filter((item, at) => {
        const host = hosts[at % hosts.length]
        const document = [host.slice(0, 1000), plant(textOf(item)), host.slice(1000, 2000)].join('\n\n')
        return evidenceOf(document).some((one) =>
          [one.item, ...(one.alsoItems ?? [])].includes(item.id ?? String(at)),
        )
      })
      return (found.length / items.length).toFixed(4)
    },
  )
  console.log(`${name}: question ${shares[0]}, question and answer ${shares[1]}`)
}
