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
  const columns = Object.entries(mix).map(([name, shares]): [string, readonly number[], number[]] => {
    const means = Array.from({ length: COLUMNS }, (_, column) => {
      const from = Math.floor((column * shares.length) / COLUMNS)
      const part = shares.slice(from, Math.max(from + 1, ((column + 1) * shares.length) / COLUMNS))
      return part.reduce((sum, value) => sum + value, 0) / Math.max(1, part.length)
    })
    return [name, shares, means]
  })
  // Of sixty pools none has an eighth of the mix: the highest bar is the largest share.
  const highest = Math.max(...columns.flatMap(([, , means]) => means))
  const lines = columns.map(([name, shares, means]) => {
    const bars = means.map((share) => BARS[Math.ceil((share / highest) * 8 - 1e-9)] ?? ' ')
    return `${name.padEnd(width)}  ${bars.join('')}  ${fromTo(shares)}`
  })
  const marks = Array.from({ length: COLUMNS }, () => '─')
  for (const { start } of segments) marks[Math.min(COLUMNS - 1, Math.floor((start * COLUMNS) / tokens))] = '┬'
  const scale = `0 → ${formatQuantity(tokens)} tokens; █ = ${formatShare(highest)}`
  return [...lines, `${' '.repeat(width)}  ${marks.join('')}  ${scale}`].join('\n')
}

/** What of a plan a picture shows. */
type PlannedMix = Pick<Plan, 'name' | 'mix' | 'segments' | 'tokens'>

function fromTo(shares: readonly number[]): string {
  return `${formatShare(shares[0] ?? 0)} → ${formatShare(shares.at(-1) ?? 0)}`
}

/** Okabe and Ito's colours, told apart by most people. */
const COLOURS = ['#0072B2', '#E69F00', '#009E73', '#CC79A7', '#56B4E9', '#D55E00', '#F0E442', '#999999']
const WHITE = 255
/** Of the picture, in its own units: text is 12 high. */
const [WIDTH, HEIGHT, LEFT, TOP, ROW] = [900, 300, 48, 28, 18]
const CHARACTER = 7

/**
 * The mix over the run as stacked areas, with the segments' edges: an SVG file's text. The legend goes down its columns as
 * the areas lie, the highest first; pointing at an area names it.
 */
export function mixSvg({ name: title, mix, segments, tokens }: PlannedMix): string {
  const pools = Object.entries(mix)
  const points = pools[0]?.[1].length ?? 0
  const x = (point: number): string => (LEFT + (point * WIDTH) / points).toFixed(1)
  const y = (share: number): string => (TOP + (1 - share) * HEIGHT).toFixed(2)
  const label = ([name, shares]: (typeof pools)[number]): string => escapeXml(`${name}  ${fromTo(shares)}`)
  const below = Array.from({ length: points }, () => 0)
  const areas = pools.map((pool, index) => {
    const bottom = outline(below)
    for (const [at, share] of pool[1].entries()) below[at] = (below[at] ?? 0) + share
    const path = [...outline(below), ...bottom.toReversed()].map(
      ([point, share]) => `${x(point)},${y(share)}`,
    )
    const fill = colour(index, pools.length)
    return `<polygon fill="${fill}" points="${path.join(' ')}"><title>${label(pool)}</title></polygon>`
  })
  const edges = segments.map(({ start, stage, sequenceLength }, at) => {
    const left = LEFT + (start * WIDTH) / tokens
    const nearEnd = left > LEFT + WIDTH * 0.85
    const [from, anchor] = nearEnd ? [left - 4, 'end'] : [left + 4, 'start']
    return (
      `<line x1="${left}" x2="${left}" y1="${TOP}" y2="${TOP + HEIGHT}" stroke="#222" stroke-dasharray="3 3"/>` +
      `<text x="${from}" y="${TOP + 14 + (at % 4) * 14}" text-anchor="${anchor}" stroke="#fff" stroke-width="3" ` +
      `paint-order="stroke">${escapeXml(`${stage} ${sequenceLength}`)}</text>`
    )
  })
  const longest = Math.max(0, ...pools.map((pool) => label(pool).length))
  const columns = Math.max(1, Math.floor(WIDTH / (longest * CHARACTER + 34)))
  const rows = Math.ceil(pools.length / columns)
  const legendTop = TOP + HEIGHT + 36
  const legend = pools.map((pool, index) => {
    const place = pools.length - 1 - index
    const left = LEFT + Math.floor(place / rows) * (WIDTH / columns)
    const top = legendTop + (place % rows) * ROW
    return (
      `<rect x="${left}" y="${top}" width="12" height="12" fill="${colour(index, pools.length)}"/>` +
      `<text x="${left + 18}" y="${top + 11}">${label(pool)}</text>`
    )
  })
  const quarters = [0, 0.25, 0.5, 0.75, 1]
  const ticks = quarters.map(
    (share) => `<text x="${LEFT - 6}" y="${Number(y(share)) + 4}" text-anchor="end">${share * 100} %</text>`,
  )
  const positions = quarters.map((part) => {
    const position = formatQuantity(Math.round(tokens * part))
    return `<text x="${x(part * points)}" y="${TOP + HEIGHT + 18}" text-anchor="middle">${position}</text>`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LEFT + WIDTH + 32} ${legendTop + rows * ROW + 8}" font-family="sans-serif" font-size="12">`,
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

/** A step line over the points, by its corners: a run of equal values is one line. */
function outline(values: readonly number[]): [point: number, value: number][] {
  const corners: [number, number][] = []
  for (let from = 0; from < values.length; ) {
    const value = values[from] ?? 0
    let to = from + 1
    while (to < values.length && values[to] === value) to++
    corners.push([from, value], [to, value])
    from = to
  }
  return corners
}

/** No two pools have the same one: further rounds of the colours are mixed with more and more white. */
function colour(pool: number, pools: number): string {
  const rounds = Math.ceil(pools / COLOURS.length)
  const pale = (Math.floor(pool / COLOURS.length) / rounds) * 0.8
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt((COLOURS[pool % COLOURS.length] ?? '').slice(at, at + 2), 16)
    return Math.round(channel + (WHITE - channel) * pale)
      .toString(16)
      .padStart(2, '0')
  })
  return `#${red}${green}${blue}`
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
