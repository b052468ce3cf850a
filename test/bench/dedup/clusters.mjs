// Text → clusters on one core: sketches and keys, then the walk, which compares candidates too. See RESULTS.md.
//   npm run build && node test/bench/dedup/clusters.mjs FILE.jsonl…
import { dedupMethods } from '../../../dist/filters/dedup/index.js'
import { walk } from '../../../dist/filters/dedup/walk.js'
import { readTexts } from './corpus.mjs'

const texts = readTexts(process.argv.slice(2))
const megabytes = texts.reduce((size, text) => size + Buffer.byteLength(text), 0) / 1e6

for (let pass = 0; pass < 3; pass++) {
  const start = process.cpuUsage()
  const { settings, create } = dedupMethods.minhash
  const method = create(settings.parse({}))
  const sketches = new Uint32Array(texts.length * method.sketchWords)
  for (const [at, text] of texts.entries()) method.sketch({ text }, sketches, at * method.sketchWords)
  const { duplicateOf } = walk({ count: texts.length, sketches: [sketches] }, [method])
  const { user, system } = process.cpuUsage(start)
  const clusters = duplicateOf.filter((kept) => kept === -1).length
  console.log(
    `${megabytes.toFixed(1)} MB, ${texts.length} documents, ${clusters} clusters; MB a second of CPU time: ${((1e6 * megabytes) / (user + system)).toFixed(1)}`,
  )
}
