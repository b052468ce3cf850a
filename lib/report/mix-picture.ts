/** Pictures of a mix over the run: bars for a terminal, and an SVG. */
import type { Plan } from '../plan.ts'
import { formatQuantity } from '../recipe/quantity.ts'
import { formatShare } from './text.ts'

const BARS = ' ▁▂▃▄▅▆▇█'
/** Positions of the run that a terminal shows. */
const COLUMNS = 60

/** A line a pool, each column a part of the run, as high as the pool's share of it; segments marked below. */
export function renderMixBars({ mix, segments, tokens }: PlannedMix): string {
  const width = Math.max(0, ...Object.keys(mix).map((name) => name.length))
  const lines = Object.entries(mix).map(([name, shares]) => {
    const bars = Array.from({ length: COLUMNS }, (_, column) => {
      const from = Math.floor((column * shares.length) / COLUMNS)
      const part = shares.slice(from, Math.max(from + 1, ((column + 1) * shares.length) / COLUMNS))
      const share = part.reduce((sum, value) => sum + value, 0) / Math.max(1, part.length)
      return BARS[share <= 0 ? 0 : 1 + Math.min(7, Math.floor(share * 8))] ?? ' '
    })
    return `${name.padEnd(width)}  ${bars.join('')}  ${fromTo(shares)}`
  })
  const marks = Array.from({ length: COLUMNS }, () => '─')
  for (const { start } of segments) marks[Math.min(COLUMNS - 1, Math.floor((start * COLUMNS) / tokens))] = '┬'
  return [...lines, `${' '.repeat(width)}  ${marks.join('')}  0 → ${formatQuantity(tokens)} tokens`].join(
    '\n',
  )
}

/** What of a plan a picture shows. */
type PlannedMix = Pick<Plan, 'name' | 'mix' | 'segments' | 'tokens'>

function fromTo(shares: readonly number[]): string {
  return `${formatShare(shares[0] ?? 0)} → ${formatShare(shares.at(-1) ?? 0)}`
}

/** Okabe and Ito's colours, told apart by most people; repeated where there are more pools. */
const COLOURS = ['#0072B2', '#E69F00', '#009E73', '#CC79A7', '#56B4E9', '#D55E00', '#F0E442', '#999999']
const [WIDTH, HEIGHT, LEFT, TOP, LEGEND] = [720, 300, 48, 28, 220]

/** The mix over the run as stacked areas, with the segments' edges: an SVG file's text. */
export function mixSvg({ name: title, mix, segments, tokens }: PlannedMix): string {
  const shares = Object.entries(mix)
  const points = shares[0]?.[1].length ?? 0
  const x = (point: number): number => LEFT + (point * WIDTH) / points
  const y = (share: number): string => (TOP + (1 - share) * HEIGHT).toFixed(2)
  const below = new Float64Array(points)
  const areas = shares.map(([, values], pool) => {
    const bottom = Float64Array.from(below)
    for (const [at, share] of values.entries()) below[at] = (below[at] ?? 0) + share
    const along = [...below].map(
      (share, at) => `${x(at).toFixed(1)},${y(share)} ${x(at + 1).toFixed(1)},${y(share)}`,
    )
    const back = [...bottom].map(
      (share, at) => `${x(at + 1).toFixed(1)},${y(share)} ${x(at).toFixed(1)},${y(share)}`,
    )
    return `<polygon fill="${colour(pool)}" points="${[...along, ...back.toReversed()].join(' ')}"/>`
  })
  const edges = segments.map(({ start, stage, sequenceLength }, at) => {
    const left = x((start * points) / tokens)
    const nearEnd = left > LEFT + WIDTH * 0.85
    const label = `${stage} ${sequenceLength}`
    return (
      `<line x1="${left}" x2="${left}" y1="${TOP}" y2="${TOP + HEIGHT}" stroke="#222" stroke-dasharray="3 3"/>` +
      `<text x="${left + (nearEnd ? -4 : 4)}" y="${TOP + 14 + (at % 4) * 14}" text-anchor="${nearEnd ? 'end' : 'start'}">${escapeXml(label)}</text>`
    )
  })
  const legend = shares.map(([name, values], pool) => {
    const [top, text] = [TOP + pool * 18, `${name}  ${fromTo(values)}`]
    return (
      `<rect x="${LEFT + WIDTH + 16}" y="${top}" width="12" height="12" fill="${colour(pool)}"/>` +
      `<text x="${LEFT + WIDTH + 34}" y="${top + 11}">${escapeXml(text)}</text>`
    )
  })
  const ticks = [0, 0.25, 0.5, 0.75, 1].map(
    (share) => `<text x="${LEFT - 6}" y="${Number(y(share)) + 4}" text-anchor="end">${share * 100} %</text>`,
  )
  const positions = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const position = formatQuantity(Math.round(tokens * part))
    return `<text x="${x(part * points)}" y="${TOP + HEIGHT + 18}" text-anchor="middle">${position}</text>`
  })
  const height = Math.max(TOP + HEIGHT + 30, TOP + shares.length * 18 + 10)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LEFT + WIDTH + LEGEND} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="${LEFT}" y="18" font-size="14">${escapeXml(title)}</text>`,
    ...areas,
    ...edges,
    ...ticks,
    ...positions,
    ...legend,
    '</svg>',
    '',
  ].join('\n')
}

function colour(pool: number): string {
  return COLOURS[pool % COLOURS.length] ?? ''
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
