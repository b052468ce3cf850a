// Worst cases: CPU seconds that a filter, or another part that looks at a whole text, takes for texts that are made to hurt it,
// how they grow with their size, and the memory of its process: each has one of its own. See RESULTS.md.
//   npm run build && node test/bench/filters/limits.mjs [--units N] [--uses a,b] [--texts a]… [--worst N] [--seconds N] [--all]
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { texts } from './limit-texts.mjs'
import { uses } from './limit-uses.mjs'

const { values: options } = parseArgs({
  options: {
    units: { type: 'string', default: '4000000' },
    /** Names, or labels of one variant; all unless given. */
    uses: { type: 'string' },
    /** All unless given; several times, as names have commas. */
    texts: { type: 'string', multiple: true },
    /** Only so many at full size: those that are slowest at a fortieth of it. */
    worst: { type: 'string' },
    /** By the clock, for a text and its quarter: then the process ends, and the next text has a new one. */
    seconds: { type: 'string', default: '60' },
    /** Each text's figures, where else the worst of each use is all. */
    all: { type: 'boolean', default: false },
    /** A child's: the use that it measures. */
    one: { type: 'string' },
  },
})
const units = Number(options.units)
/** Times as small as the full size, where the slowest texts are looked for. */
const SELECTION = 40
/** Less than so many seconds is noise. */
const NOISE = 0.2

const known = (given, names, what) => {
  for (const name of given)
    if (!names.includes(name)) {
      console.error(`limits.mjs: no ${what} is named ${name}; there are: ${names.join(' · ')}`)
      process.exit(2)
    }
  return given
}
const wantedTexts = known(options.texts ?? Object.keys(texts), Object.keys(texts), 'text')
const names = uses.flatMap(({ label, name }) => [name, label])
const wanted = options.uses && known(options.uses.split(','), [...new Set(names)], 'use')

/** Times as long as the quarter: four is linear. */
const figure = ({ kind, why, whole, growth }) =>
  `${kind}: ${why ?? `${whole.toFixed(2)} (${growth.toFixed(1)})`}`

async function measure({ create }) {
  const run = await create()
  console.log(JSON.stringify({ ready: true }))
  const time = (text) => {
    const cpu = process.cpuUsage()
    run(text)
    const { user, system } = process.cpuUsage(cpu)
    return (user + system) / 1e6
  }
  time(texts['one line of words'](100_000))
  for (const kind of wantedTexts) {
    const quarter = time(texts[kind](units / 4))
    const whole = time(texts[kind](units))
    const peak = process.resourceUsage().maxRSS / 1e3
    console.log(JSON.stringify({ kind, whole, growth: whole / Math.max(quarter, NOISE / 4), peak }))
  }
  globalThis.gc()
  const held = process.memoryUsage()
  console.log(JSON.stringify({ held: (held.heapUsed + held.external) / 1e6 }))
}

/** The rows of a child over these texts, as far as it came in time; and why it came no further. */
async function childRows(label, kinds, size) {
  const given = ['--units', String(size), '--one', label, ...kinds.flatMap((kind) => ['--texts', kind])]
  const child = spawn(process.execPath, ['--expose-gc', import.meta.filename, ...given], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let ended = ''
  child.stderr.on('data', (data) => (ended = `${ended}${data}`.slice(-500)))
  const stop = () => {
    ended = `over ${options.seconds} s`
    child.kill('SIGKILL')
  }
  let timer = setTimeout(stop, Number(options.seconds) * 1e3)
  const lines = []
  for await (const line of createInterface({ input: child.stdout })) {
    clearTimeout(timer)
    timer = setTimeout(stop, Number(options.seconds) * 1e3)
    lines.push(JSON.parse(line))
  }
  clearTimeout(timer)
  if (lines.shift() === undefined) throw new Error(`${label}: ${ended}`)
  const { held } = lines.at(-1) ?? {}
  const why = ended.match(/over .*|\w*Error: .*|FATAL ERROR: .*/)?.[0] ?? ended
  return held === undefined ? { rows: lines, why } : { rows: lines.slice(0, -1), held }
}

/** The rows of all of these texts: one that stops its process is a row too, and the next begins another. */
async function measured(label, kinds, size) {
  const rows = []
  let held = 0
  for (let left = kinds; left.length > 0; ) {
    const part = await childRows(label, left, size)
    rows.push(...part.rows)
    held = part.held ?? held
    if (part.why !== undefined)
      rows.push({ kind: left[part.rows.length], why: part.why, whole: Infinity, peak: 0 })
    left = left.slice(part.rows.length + 1)
    if (part.why === undefined) break
  }
  return { rows, held }
}

const bySlowest = (rows) => rows.toSorted((a, b) => b.whole - a.whole)

if (options.one !== undefined) {
  await measure(uses.find(({ label }) => label === options.one))
  process.exit(0)
}

console.log(
  '| use | slowest text: CPU s (times the quarter) | greatest growth | peak MB, of the text | held after, MB |\n| --- | --- | --- | --- | --- |',
)
for (const { label, name } of uses) {
  if (wanted !== undefined && !wanted.includes(name) && !wanted.includes(label)) continue
  let kinds = wantedTexts
  if (options.worst !== undefined) {
    const { rows } = await measured(label, kinds, units / SELECTION)
    if (options.all) print(label, rows, units / SELECTION)
    kinds = bySlowest(rows)
      .slice(0, Number(options.worst))
      .map(({ kind }) => kind)
  }
  const { rows, held } = await measured(label, kinds, units)
  if (options.all) print(label, rows, units)
  const slowest = bySlowest(rows)
  const growing = slowest.filter(({ whole }) => whole > NOISE).toSorted((a, b) => b.growth - a.growth)
  const top = rows.reduce((most, row) => (row.peak > most.peak ? row : most))
  const cells = [
    label,
    [...slowest.filter(({ why }) => why !== undefined), ...slowest.slice(0, 1)].map(figure).join('; '),
    growing.slice(0, 1).map(figure).join(''),
    `${top.peak.toFixed(0)}, ${top.kind}`,
    held.toFixed(0),
  ]
  console.log(`| ${cells.join(' | ').replaceAll('\n', ' ')} |`)
}

function print(label, rows, size) {
  for (const row of bySlowest(rows))
    console.error(`  ${label} ${size} ${figure(row)} ${row.peak.toFixed(0)} MB`)
}
