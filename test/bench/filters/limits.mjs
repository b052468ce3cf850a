// Worst cases: seconds a filter takes for a text that is made to hurt it, and how they grow with its size. See RESULTS.md.
//   npm run build && node test/bench/filters/limits.mjs [--units N] [--filters a,b] [--texts a,b]
import path from 'node:path'
import { parseArgs } from 'node:util'
import { filters } from '../../../dist/filters/index.js'

const { values: options } = parseArgs({
  options: {
    units: { type: 'string', default: '4000000' },
    filters: { type: 'string' },
    texts: { type: 'string' },
  },
})
const units = Number(options.units)
/** A longer time than the text's four times greater size explains is worth a line. */
const GROWTH = 5.5
const SLOW_MB_PER_S = 1

let seed = 1
const random = (below) => {
  seed = (Math.imul(seed, 0x41c64e6d) + 12345) >>> 0
  return Math.floor((seed / 2 ** 32) * below)
}
const fill = (part, size) => part.repeat(Math.ceil(size / part.length)).slice(0, size)
const made = (make, size) => {
  let text = ''
  while (text.length < size) text += make()
  return text.slice(0, size)
}
const letters = (count, of) => Array.from({ length: count }, () => of[random(of.length)]).join('')
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

const texts = {
  'one line of words': (size) => made(() => `${letters(2 + random(8), 'etaoinshrdlu')} `, size),
  'one word repeated': (size) => fill('word ', size),
  'short words': (size) => made(() => `${letters(1, 'abcdefgh')} `, size),
  'equal lines': (size) => fill('a line.\n', size),
  'lines that differ': (size) => made(() => `${letters(6, BASE64)}.\n`, size),
  'line feeds': (size) => fill('\n', size),
  'closing brackets': (size) => fill(')', size),
  'a:a:a:': (size) => fill('a:', size),
  'a.a.a.': (size) => fill('a.', size),
  base64: (size) => made(() => letters(1000, BASE64), size),
  emoji: (size) => fill('😀', size),
}

const uses = Object.entries(filters).flatMap(([name, { settings }]) => {
  if (name === 'lightgbm') {
    const model = path.resolve(import.meta.dirname, '../../filters/models/fixtures/lightgbm-binary.txt')
    return [[name, name, { model }]]
  }
  const shape = settings.shape ?? {}
  const kinds = shape.words === undefined ? [undefined] : ['spacy', 'unicode', 'whitespace']
  const variants = shape.variant === undefined ? [undefined] : ['datatrove', 'dolma', 'dclm']
  return variants.flatMap((variant) =>
    kinds
      .filter((words, i) => i === 0 || variant === undefined || variant === 'datatrove')
      .map((words) => {
        const given = { ...(variant && { variant }), ...(words && { words }) }
        return [[name, ...Object.values(given)].join(' '), name, given]
      }),
  )
})

const wanted = (list, name) => list === undefined || list.split(',').includes(name)
const rows = []
for (const [label, name, given] of uses) {
  if (!wanted(options.filters, name)) continue
  const { settings, load, create } = filters[name]
  const parsed = settings.parse(given)
  const judge = create(parsed, await load?.(parsed))
  const earlier = new Proxy({}, { get: () => ({}) })
  const time = (text) => {
    const cpu = process.cpuUsage()
    judge({ text, id: undefined, url: undefined }, earlier)
    const { user, system } = process.cpuUsage(cpu)
    return (user + system) / 1e6
  }
  time(texts['one line of words'](100_000))
  const cells = []
  for (const [kind, make] of Object.entries(texts)) {
    if (!wanted(options.texts, kind)) continue
    const quarter = time(make(units / 4))
    const whole = time(make(units))
    const growth = whole / quarter
    const flag = whole > units / 1e6 / SLOW_MB_PER_S || (growth > GROWTH && whole > 0.3) ? '  <--' : ''
    cells.push(`${kind} ${whole.toFixed(2)} (${growth.toFixed(1)})${flag}`)
  }
  const rss = Math.round(process.memoryUsage().rss / 1e6)
  rows.push({ label, cells, rss })
  console.log(`${label.padEnd(32)} ${rss} MB  ${cells.join('; ')}`)
}
