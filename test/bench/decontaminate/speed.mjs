// Cost of looking for ten benchmarks, beside filters, sketches and tokenizing, on one core. See RESULTS.md.
//   npm run build && node test/bench/decontaminate/speed.mjs TEXTS.jsonl ITEMS.jsonl [BENCHMARK]
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import {
  createDecontaminator,
  decontaminateSettings,
  loadBenchmarks,
} from '../../../dist/filters/decontaminate/index.js'
import { dedupMethods } from '../../../dist/filters/dedup/index.js'
import { filters } from '../../../dist/filters/index.js'
import { createTokenizer, loadTokenizer } from '../../../dist/tokenizers/index.js'
import { readTexts } from '../dedup/corpus.mjs'

const [textsFile, itemsFile, ...given] = process.argv.slice(2)
const texts = readTexts([textsFile])
const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-bench-'))

/** Nine benchmarks of questions of 20 to 60 words, cut out of other texts than those that are looked through. */
function writeBenchmarks() {
  const words = readTexts([itemsFile]).join(' ').split(/\s+/)
  const items = []
  for (let at = 0; at < words.length; at += 20 + (items.length % 41)) {
    items.push(words.slice(at, at + 20 + (items.length % 41)).join(' '))
  }
  return Array.from({ length: 9 }, (_, number) => {
    const file = path.join(folder, `b${number}.jsonl`)
    const own = items.filter((_, at) => at % 9 === number)
    writeFileSync(file, own.map((question) => `${JSON.stringify({ question })}\n`).join(''))
    return { file }
  })
}

const benchmarks = [...given.map((file) => ({ file: path.resolve(file), as: 'gsm8k' })), ...writeBenchmarks()]
const settings = decontaminateSettings.parse({ benchmarks })
const started = performance.now()
const { index } = await loadBenchmarks(settings, '/')
const items = index.benchmarks.reduce((sum, benchmark) => sum + benchmark.items, 0)
console.log(
  `${index.benchmarks.length} benchmarks, ${items} items, ${index.words.length} words: read in ${((performance.now() - started) / 1000).toFixed(1)} s`,
)
rmSync(folder, { recursive: true })

const find = createDecontaminator(index, settings)
const used = ['language', 'code-exclusion', 'gopher-repetition', 'gopher-quality']
const judges = []
for (const name of used) {
  const filter = filters[name]
  const defaults = filter.settings.parse({})
  judges.push(filter.create(defaults, await filter.load?.(defaults)))
}
const methods = ['exact', 'minhash'].map((name) =>
  dedupMethods[name].create(dedupMethods[name].settings.parse({})),
)
const sketches = methods.map((method) => new Uint32Array(method.sketchWords))
const tokenizer = createTokenizer(await loadTokenizer('mistral-v1', '/'))

const cpu = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

const documents = texts.map((text) => ({ text, id: undefined, url: undefined, utf8: Buffer.from(text) }))
const isKept = (document) => judges.every((judge) => judge(document).keep)
const kept = documents.filter(isKept)
const megabytes = (of) => of.reduce((sum, { utf8 }) => sum + utf8.length, 0) / 1e6
const share = (part, whole) => `${((100 * part) / whole).toFixed(1)} %`
console.log(
  `${megabytes(documents).toFixed(1)} MB in ${documents.length} documents, of which ${megabytes(kept).toFixed(1)} MB in ${kept.length} are kept`,
)

/** Milliseconds of CPU for all of `of`. */
const measure = (of, work) => {
  const start = cpu()
  for (const document of of) work(document)
  return cpu() - start
}

let found = 0
for (let pass = 0; pass < 5; pass++) {
  const all = measure(documents, isKept)
  const own = measure(kept, isKept)
  const sketching = measure(kept, (document) =>
    methods.forEach((method, at) => method.sketch(document, sketches[at], 0)),
  )
  const tokenizing = measure(kept, ({ utf8 }) => tokenizer.encode(utf8))
  const looking = measure(kept, ({ utf8 }) => find(utf8) !== undefined && found++)
  console.log(
    `pass ${pass}: filters ${all.toFixed(0)} ms (${own.toFixed(0)} for the kept), sketches ${sketching.toFixed(0)}, tokenize ${tokenizing.toFixed(0)}, decontaminate ${looking.toFixed(0)}: ` +
      `${share(looking, all + sketching + tokenizing)} of the rest, ${share(looking, own + sketching + tokenizing)} if all were kept; ${((1000 * megabytes(kept)) / looking).toFixed(0)} MB/s`,
  )
}
const everything = Array.from(
  { length: 5 },
  () => (1000 * megabytes(documents)) / measure(documents, ({ utf8 }) => find(utf8)),
)
console.log(
  `decontaminate alone, all documents: ${everything.map((rate) => rate.toFixed(0)).join(' ')} MB/s; ${found / 5} kept documents have something`,
)
