// With what probability minhash compares, and removes, a pair of documents, by their exact Jaccard similarity. See RESULTS.md.
//   npm run build && node test/bench/dedup/s-curve.mjs test/bench/dedup/s-curve.svg
import { writeFileSync } from 'node:fs'
import { dedupMethods } from '../../../dist/filters/dedup/index.js'

const PAIRS = 1000
const GRAMS = 500
const NGRAM = 5
const shape = { bands: 16, rows: 7 }
const theory = (j) => 1 - (1 - j ** shape.rows) ** shape.bands

const { settings, create } = dedupMethods.minhash
const method = create(settings.parse({}))
const points = []
for (let percent = 30; percent <= 98; percent += 4) {
  const counts = { candidates: 0, removed: 0, similarity: 0 }
  for (let pair = 0; pair < PAIRS; pair++) {
    const { a, b, similarity } = pairOf(percent / 100, `${percent}-${pair}`)
    const [left, right] = [a, b].map(keysAndSketch)
    const compared = left.keys.some((key) => right.keys.includes(key))
    if (compared) counts.candidates++
    if (compared && method.compare(left.sketch, 0, right.sketch, 0) !== null) counts.removed++
    counts.similarity = similarity
  }
  points.push({
    j: counts.similarity,
    candidates: counts.candidates / PAIRS,
    removed: counts.removed / PAIRS,
    theory: theory(counts.similarity),
  })
}

console.log('| J | a band in common, theory | measured | difference, standard errors | removed |')
console.log('| ---: | ---: | ---: | ---: | ---: |')
for (const { j, candidates, removed, theory: expected } of points) {
  const error = Math.sqrt(Math.max((expected * (1 - expected)) / PAIRS, 1e-9))
  const off = Math.abs(candidates - expected) < 1e-9 ? 0 : (candidates - expected) / error
  const cells = [j.toFixed(3), expected.toFixed(4), candidates.toFixed(3), off.toFixed(1), removed.toFixed(3)]
  console.log(`| ${cells.join(' | ')} |`)
}
if (process.argv[2] !== undefined) writeFileSync(process.argv[2], picture(points))

/**
 * Two texts of `GRAMS` n-grams each whose sets have the similarity nearest to `target` that the sizes allow: they begin
 * alike, and no other word of them is in both.
 */
function pairOf(target, seed) {
  const common = Math.round((2 * GRAMS * target) / (1 + target))
  const words = GRAMS + NGRAM - 1
  const shared = Array.from({ length: common + NGRAM - 1 }, (_, at) => `s${seed}w${at}`)
  const rest = (side) => Array.from({ length: words - shared.length }, (_, at) => `${side}${seed}w${at}`)
  const text = (side) => [...shared, ...rest(side)].join(' ')
  return { a: text('a'), b: text('b'), similarity: common / (2 * GRAMS - common) }
}

function keysAndSketch(text) {
  const sketch = new Uint32Array(method.sketchWords)
  const keys = new Uint32Array(2 * method.maxKeys)
  method.sketch({ text, id: undefined, url: undefined }, sketch, 0)
  const count = method.keys(sketch, 0, keys, 0)
  return { sketch, keys: Array.from({ length: count }, (_, at) => `${keys[2 * at]} ${keys[2 * at + 1]}`) }
}

function picture(measured) {
  const [width, height, margin] = [640, 400, 48]
  const x = (j) => margin + ((j - 0.3) / 0.7) * (width - 2 * margin)
  const y = (share) => height - margin - share * (height - 2 * margin)
  const curve = Array.from({ length: 141 }, (_, at) => 0.3 + at * 0.005)
    .map((j, at) => `${at === 0 ? 'M' : 'L'}${x(j).toFixed(1)} ${y(theory(j)).toFixed(1)}`)
    .join('')
  const dots = (key, fill) =>
    measured
      .map(
        (point) =>
          `<circle cx="${x(point.j).toFixed(1)}" cy="${y(point[key]).toFixed(1)}" r="3.5" fill="${fill}"/>`,
      )
      .join('\n')
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
${dots('candidates', '#456')}
${dots('removed', '#c52')}
<text x="${width / 2}" y="${height - 8}" text-anchor="middle">Jaccard similarity of the sets of 5-grams</text>
<text x="${margin + 8}" y="${margin - 20}">share of pairs: <tspan fill="#456">a band in common (line: theory)</tspan>, <tspan fill="#c52">removed (threshold 0.8, slack 0.1)</tspan></text>
</svg>
`
}
