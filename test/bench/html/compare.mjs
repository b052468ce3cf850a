// HTML to text: extraction libraries against trafilatura. See RESULTS.md.
//   npm run build && node test/bench/html/compare.mjs --python PYTHON [--warc FILE.warc.gz]
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { Readability } from '@mozilla/readability'
import { Defuddle } from 'defuddle/node'
import { convert } from 'html-to-text'
import { parseHTML } from 'linkedom'
import { htmlToText } from '../../../dist/lib/readers/html-text.js'
import { decodeText, httpBody } from '../../../dist/lib/readers/http-body.js'
import { createWarcFramer, headerEnd, parseHeaders } from '../../../dist/lib/readers/warc-frames.js'

const { values: options } = parseArgs({
  options: { python: { type: 'string', default: 'python3' }, warc: { type: 'string' } },
})
const PASSES = 5

const folder = new URL('pages/', import.meta.url)
const own = Object.fromEntries(
  readdirSync(folder).map((name) => [name.replace('.html', ''), readFileSync(new URL(name, folder), 'utf8')]),
)
const crawled = options.warc === undefined ? [] : pagesOf(options.warc)

/** What turns a page into text. Those that give the HTML of the article leave its text to the reader's own converter. */
const candidates = {
  'html-to-text, its defaults': (html) => convert(html),
  'html-to-text, as the reader sets it': htmlToText,
  'readability + linkedom': (html) =>
    htmlToText(new Readability(parseHTML(html).document).parse()?.content ?? ''),
  'defuddle + linkedom': async (html) =>
    htmlToText((await Defuddle(parseHTML(html).document, 'https://example.org/')).content),
}

/** What of each own page stands on a line of its own, in order; the code must stand as it is. */
const apart = {
  paragraphs: [
    /^Water on .*every year\.$/,
    /^On the inside .*moves away\.$/,
    /^When a bend is cut off$/,
    /^Two bends/,
  ],
  lists: [
    /500 g of wheat.*kind$/,
    /10 g of salt$/,
    /2 g of dry yeast$/,
    /Stir the .*bowl\.$/,
    /Cover .*hours\.$/,
  ],
  tables: [
    /Metal\W+Density\W+Melts at\W*$/,
    /Copper\W+8\.96\W+1085\W*$/,
    /Lead\W+11\.34, melts at 327\W*$/,
    /^Density is/,
  ],
}
const code = [
  '    while low < high:\n        middle = (low + high) // 2\n        if items[middle] < value:\n',
  'int middle = low + (high - low) / 2;\nif (items[middle] < value) {\n  low = middle + 1;\n}',
]

const pages = [...crawled, ...Object.values(own)]
const reference = trafilatura(pages)
const megabytes = pages.reduce((sum, page) => sum + Buffer.byteLength(page), 0) / 1e6
console.log(
  `${crawled.length} crawled and ${pages.length - crawled.length} own pages, ${megabytes.toFixed(2)} MB of HTML`,
)
console.log(
  '| | F1 crawled | lowest | F1 own | precision | recall | MB/s | kept apart |\n|---|---|---|---|---|---|---|---|',
)
console.log(
  `| trafilatura ${reference.version} | | | | | | ${(megabytes / reference.seconds).toFixed(1)} | ${await kept(async (html) => trafilatura([html, html]).texts[1])} |`,
)
for (const [name, toText] of Object.entries(candidates)) {
  const texts = []
  let failed = 0
  for (const page of pages)
    try {
      texts.push(await toText(page))
    } catch {
      texts.push('')
      failed += 1
    }
  const scores = texts.map((text, index) => agreement(words(text), words(reference.texts[index])))
  const [onCrawled, onOwn] = [scores.slice(0, crawled.length), scores.slice(crawled.length)]
  const lowest = Math.min(...onCrawled.map(({ f1 }) => f1))
  const figures = [
    mean(onCrawled, 'f1'),
    lowest,
    mean(onOwn, 'f1'),
    mean(scores, 'precision'),
    mean(scores, 'recall'),
  ]
  const speed = (await rate(toText)).toFixed(1)
  const failures = failed === 0 ? '' : `, ${failed} pages failed`
  console.log(
    `| ${name} | ${figures.map((x) => x.toFixed(3)).join(' | ')} | ${speed} | ${await kept(toText)}${failures} |`,
  )
}

/** Best of some passes over all pages, in MB of HTML a second of CPU time. */
async function rate(toText) {
  let best = 0
  for (let pass = 0; pass < PASSES; pass += 1) {
    const start = process.cpuUsage()
    for (const page of pages)
      try {
        await toText(page)
      } catch {}
    const { user, system } = process.cpuUsage(start)
    best = Math.max(best, (megabytes * 1e6) / (user + system))
  }
  return best
}

async function kept(toText) {
  const found = []
  for (const [page, patterns] of Object.entries(apart)) {
    const lines = (await toText(own[page])).split('\n')
    const standing = patterns.filter((pattern) => lines.some((line) => pattern.test(line)))
    found.push(`${page} ${standing.length}/${patterns.length}`)
  }
  const text = await toText(own.code)
  return [...found, `code ${code.filter((block) => text.includes(block)).length}/${code.length}`].join(', ')
}

function words(text) {
  return text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
}

/** Of bags of words. */
function agreement(given, wanted) {
  const left = new Map()
  for (const word of wanted) left.set(word, (left.get(word) ?? 0) + 1)
  let shared = 0
  for (const word of given) {
    const count = left.get(word) ?? 0
    if (count === 0) continue
    left.set(word, count - 1)
    shared += 1
  }
  const precision = shared / Math.max(1, given.length)
  const recall = shared / Math.max(1, wanted.length)
  return { precision, recall, f1: shared === 0 ? 0 : (2 * precision * recall) / (precision + recall) }
}

function mean(scores, key) {
  return scores.reduce((sum, score) => sum + score[key], 0) / Math.max(1, scores.length)
}

function trafilatura(htmls) {
  const script = new URL('trafilatura_texts.py', import.meta.url).pathname
  const input = JSON.stringify(htmls)
  const { status, stdout, stderr } = spawnSync(options.python, [script], {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

/** The responses of HTML. */
function pagesOf(file) {
  const framer = createWarcFramer(1 << 30)
  return [...framer.push(gunzipSync(readFileSync(file))), ...framer.stop()].flatMap(({ headers, block }) => {
    if (headers?.get('warc-type') !== 'response') return []
    const start = headerEnd(block)
    const http = parseHeaders(block.toString('latin1', 0, start))
    const contentType = http.get('content-type') ?? ''
    if (!/^HTTP\/\S+ 2/.test(block.toString('latin1', 0, 16)) || !/html/.test(contentType)) return []
    return [decodeText(httpBody(http, block.subarray(start), 1 << 30), contentType, true)]
  })
}
