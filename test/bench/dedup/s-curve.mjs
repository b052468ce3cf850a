// With what probability minhash compares, and removes, a pair of documents, by their exact Jaccard similarity. See RESULTS.md.
//   npm run build && node test/bench/dedup/s-curve.mjs test/bench/dedup/s-curve.svg
import { writeFileSync } from 'node:fs'
import { dedupMethods } from '../../../dist/filters/dedup/index.js'

const PAIRS = 4000
/** n-grams of a text: long documents, and short ones, in which one n-gram is often least for several hash functions. */
const SIZES = [500, 60, 30, 20]
const NGRAM = 5
const shape = { bands: 16, rows: 7 }
const theory = (j) => 1 - (1 - j ** shape.rows) ** shape.bands

const { settings, create } = dedupMethods.minhash
const method = create(settings.parse({}))
const measured = SIZES.map((grams) => ({ grams, points: curve(grams) }))
for (const { grams, points } of measured) {
  console.log(`\n${grams} n-grams a text\n`)
  console.log('| J | a band in common, theory | measured | difference, standard errors | removed |')
  console.log('| ---: | ---: | ---: | ---: | ---: |')
  for (const point of points) {
    const { j, candidates, removed, off } = point
    const cells = [
      j.toFixed(3),
      point.theory.toFixed(4),
      candidates.toFixed(4),
      off.toFixed(1),
      removed.toFixed(4),
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
  // Where the theory expects fewer than five of either kind, the difference is not nearly normal.
  const normal = points.filter(({ theory: share }) => Math.min(share, 1 - share) * PAIRS >= 5)
  const squares = normal.reduce((sum, { off }) => sum + off ** 2, 0)
  const rmse = Math.sqrt(mean(points.map(({ squaredError }) => squaredError)))
  const binomial = Math.sqrt(mean(points.map(({ j }) => (j * (1 - j)) / (shape.bands * shape.rows))))
  console.log(
    `\nchi-square ${squares.toFixed(1)} of ${normal.length}; estimate of J: bias ${mean(points.map(({ error }) => error)).toFixed(5)}, RMSE ${rmse.toFixed(4)} (binomial ${binomial.toFixed(4)})`,
  )
}
if (process.argv[2] !== undefined) writeFileSync(process.argv[2], picture())

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function curve(grams) {
  const points = []
  for (let percent = 30; percent <= 98; percent += 4) {
    let [candidates, removed, error, squaredError] = [0, 0, 0, 0]
    let j = 0
    for (let pair = 0; pair < PAIRS; pair++) {
      const { a, b, similarity } = pairOf(percent / 100, grams, `g${grams}p${percent}n${pair}`)
      const [left, right] = [a, b].map(keysAndSketch)
      const compared = left.keys.some((key) => right.keys.includes(key))
      if (compared) candidates++
      if (compared && method.compare(left.sketch, 0, right.sketch, 0) !== null) removed++
      const agreement =
        left.sketch.filter((value, at) => value === right.sketch[at]).length / left.sketch.length
      error += (agreement - similarity) / PAIRS
      squaredError += (agreement - similarity) ** 2 / PAIRS
      j = similarity
    }
    const expected = theory(j)
    const deviation = Math.sqrt(Math.max((expected * (1 - expected)) / PAIRS, 1e-9))
    points.push({
      j,
      candidates: candidates / PAIRS,
      removed: removed / PAIRS,
      theory: expected,
      off: (candidates / PAIRS - expected) / deviation,
      error,
      squaredError,
    })
  }
  return points
}

/**
 * Two texts of `grams` n-grams each whose sets have the similarity nearest to `target` that the sizes allow: they begin
 * alike, and no other word of them is in both.
 */
function pairOf(target, grams, seed) {
  const common = Math.round((2 * grams * target) / (1 + target))
  const words = grams + NGRAM - 1
  const shared = Array.from({ length: common + NGRAM - 1 }, (_, at) => `s${seed}w${at}`)
  const rest = (side) => Array.from({ length: words - shared.length }, (_, at) => `${side}${seed}w${at}`)
  const text = (side) => [...shared, ...rest(side)].join(' ')
  return { a: text('a'), b: text('b'), similarity: common / (2 * grams - common) }
}

function keysAndSketch(text) {
  const sketch = new Uint32Array(method.sketchWords)
  const keys = new Uint32Array(2 * method.maxKeys)
  method.sketch({ text, id: undefined, url: undefined }, sketch, 0)
  const count = method.keys(sketch, 0, keys, 0)
  return { sketch, keys: Array.from({ length: count }, (_, at) => `${keys[2 * at]} ${keys[2 * at + 1]}`) }
}

function picture() {
  const [width, height, margin] = [640, 400, 48]
  const x = (j) => margin + ((j - 0.3) / 0.7) * (width - 2 * margin)
  const y = (share) => height - margin - share * (height - 2 * margin)
  const curve = Array.from({ length: 141 }, (_, at) => 0.3 + at * 0.005)
    .map((j, at) => `${at === 0 ? 'M' : 'L'}${x(j).toFixed(1)} ${y(theory(j)).toFixed(1)}`)
    .join('')
  const dots = (points, key, look) =>
    points
      .map(
        (point) => `<circle cx="${x(point.j).toFixed(1)}" cy="${y(point[key]).toFixed(1)}" r="3.5" ${look}/>`,
      )
      .join('\n')
  const [long, short] = [measured[0], measured.at(-1)]
  const ticks = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `<line x1="${margin}" x2="${width - margin}" y1="${y(share)}" y2="${y(share)}" stroke="#ddd"/>` +
      `<text x="${margin - 6}" y="${y(share) + 4}" text-anchor="end">${share}</text>`,
  )
  const marks = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1].map(
    (j) => `<text x="${x(j)}" y="${height - margin + 18}" text-anchor="middle">${j}</text>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<rect width="${width}" height="${height}" fill="#fff"/>
${ticks.join('\n')}
${marks.join('\n')}
<path d="${curve}" fill="none" stroke="#456" stroke-width="2"/>
${dots(long.points, 'candidates', 'fill="#456"')}
${dots(short.points, 'candidates', 'fill="none" stroke="#456"')}
${dots(long.points, 'removed', 'fill="#c52"')}
${dots(short.points, 'removed', 'fill="none" stroke="#c52"')}
<text x="${width / 2}" y="${height - 8}" text-anchor="middle">Jaccard similarity of the sets of 5-grams</text>
<text x="${margin + 8}" y="${margin - 20}">share of pairs: <tspan fill="#456">a band in common (line: theory)</tspan>, <tspan fill="#c52">removed (threshold 0.8, slack 0.1)</tspan>; filled: ${long.grams} n-grams a text, open: ${short.grams}</text>
</svg>
`
}
