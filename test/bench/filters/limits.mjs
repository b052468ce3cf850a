// Worst cases: CPU seconds a filter takes for texts that are made to hurt it, how they grow with their size, and the memory
// of its process: each filter has one of its own. See RESULTS.md.
//   npm run build && node test/bench/filters/limits.mjs [--units N] [--filters a,b] [--texts a,b] [--all]
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { filters } from '../../../dist/filters/index.js'

const { values: options } = parseArgs({
  options: {
    units: { type: 'string', default: '4000000' },
    filters: { type: 'string' },
    texts: { type: 'string' },
    /** Each text's figures, where else the worst of each filter is all. */
    all: { type: 'boolean', default: false },
    /** A child's: the filter that it measures. */
    one: { type: 'string' },
  },
})
const units = Number(options.units)
/** Times as long as the quarter: four is linear. Less than so many seconds is noise. */
const NOISE = 0.2

let seed = 1
const random = (below) => {
  seed = (Math.imul(seed, 0x41c64e6d) + 12345) >>> 0
  return Math.floor((seed / 2 ** 32) * below)
}
const fill = (part, size) =>
  Buffer.alloc(size * 4, part)
    .toString()
    .slice(0, size)
const made = (make, size) => {
  const parts = []
  for (let length = 0; length < size; length += parts.at(-1).length) parts.push(make())
  return parts.join('').slice(0, size)
}
const letters = (count, of) => Array.from({ length: count }, () => of[random(of.length)]).join('')
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

const texts = {
  'one line of words': (size) => made(() => `${letters(2 + random(8), 'etaoinshrdlu')} `, size),
  'lines that differ': (size) => made(() => `${letters(6, BASE64)}.\n`, size),
  base64: (size) => made(() => letters(1000, BASE64), size),
  digits: (size) => made(() => letters(1000, '0123456789'), size),
  'numbers as of phones': (size) => made(() => `+${letters(2, '123')} (0)${letters(9, '0123 -.')} `, size),
  // One after the other, without white space where it is shown without
  ...Object.fromEntries(
    [
      'word ',
      'a ',
      'a line.\n',
      'a line. ',
      '\n',
      ')',
      '(',
      '[',
      '{',
      'a:',
      'a.',
      'a-',
      '1.',
      '1:',
      '1-',
      '1 ',
      '@',
      'a@',
      'a@b.',
      'a@b.com ',
      'a dot b at c dot d ',
      '[at]',
      'https://a:b@',
      '-----BEGIN PRIVATE KEY-----\n',
      'api_key = ',
      'sk-a1A-',
      'DE89 ',
      '😀',
      '本',
      '"',
      "''' ",
      '<a ',
      '<p>\n',
      '&amp',
      '```\n',
      '/*\n',
      'a, ',
      'a|',
      'a: \n ',
      'cookie ',
      'lorem ipsum ',
      '…',
      '• a\n',
    ].map((part) => [JSON.stringify(part), (size) => fill(part, size)]),
  ),
}

const fixture = (name) => path.resolve(import.meta.dirname, '../../filters/models/fixtures', name)
const NEEDED = {
  lightgbm: { model: fixture('lightgbm-binary.txt') },
  onnx: {
    model: fixture('onnx-mean.onnx'),
    tokenizer: { type: 'huggingface', model: fixture('onnx-tokenizer.json') },
    labels: ['plain', 'sale', 'chat'],
  },
  'code-exclusion': { blocks: 'cut', maxScore: null, maxCodeShare: null },
  'line-quality': {},
  url: {
    blockDomains: ['a.example'],
    hardWords: ['x'],
    softWords: ['y'],
    subWords: ['zzz'],
    blockUrls: ['b'],
  },
}
const uses = Object.entries(filters).flatMap(([name, { settings }]) => {
  const shape = settings.shape ?? {}
  const kinds = shape.words === undefined ? [undefined] : ['spacy', 'unicode', 'whitespace']
  const variants = shape.variant?.unwrap?.().options ?? [undefined]
  return variants.flatMap((variant) =>
    kinds
      .filter((_, i) => i === 0 || variant === undefined || variant === 'datatrove')
      .map((words) => {
        const given = { ...(variant && { variant }), ...(words && { words }) }
        return [[name, ...Object.values(given)].join(' '), name, { ...NEEDED[name], ...given }]
      }),
  )
})

const wanted = (list, name) => list === undefined || list.split(',').includes(name)

const figure = ({ kind, whole, growth }) => `${kind}: ${whole.toFixed(2)} (${growth.toFixed(1)})`

async function measure(name, given) {
  const { settings, load, create } = filters[name]
  const parsed = settings.parse(given)
  const judge = create(parsed, await load?.(parsed))
  const earlier = new Proxy({}, { get: () => ({}) })
  const time = (text) => {
    const cpu = process.cpuUsage()
    // The url filter reads nothing but this.
    judge({ text, id: undefined, url: name === 'url' ? `https://a.${text}` : undefined }, earlier)
    const { user, system } = process.cpuUsage(cpu)
    return (user + system) / 1e6
  }
  time(texts['one line of words'](100_000))
  const rows = []
  for (const [kind, make] of Object.entries(texts)) {
    if (!wanted(options.texts, kind)) continue
    const quarter = time(make(units / 4))
    const whole = time(make(units))
    rows.push({ kind, whole, growth: whole / Math.max(quarter, NOISE / 4) })
  }
  globalThis.gc()
  const held = process.memoryUsage()
  return { rows, peak: process.resourceUsage().maxRSS / 1e3, held: (held.heapUsed + held.external) / 1e6 }
}

if (options.one === undefined) {
  console.log(
    '| filter | slowest text: CPU s (times the quarter) | greatest growth | peak MB | held after, MB |\n| --- | --- | --- | --- | --- |',
  )
  for (const [label, name] of uses) {
    if (!wanted(options.filters, name)) continue
    const given = [
      '--units',
      options.units,
      '--one',
      label,
      ...(options.texts ? ['--texts', options.texts] : []),
    ]
    const child = ['--expose-gc', import.meta.filename, ...given]
    const { rows, peak, held } = JSON.parse(execFileSync(process.execPath, child, { maxBuffer: 1e8 }))
    const slowest = rows.toSorted((a, b) => b.whole - a.whole)
    const growing = rows.filter(({ whole }) => whole > NOISE).toSorted((a, b) => b.growth - a.growth)
    if (options.all) for (const row of slowest) console.error(`  ${label} ${figure(row)}`)
    console.log(
      `| ${label} | ${figure(slowest[0])} | ${growing.length === 0 ? '' : figure(growing[0])} | ${peak.toFixed(0)} | ${held.toFixed(0)} |`,
    )
  }
} else {
  const [, name, given] = uses.find(([label]) => label === options.one)
  console.log(JSON.stringify(await measure(name, given)))
  process.exit(0)
}
