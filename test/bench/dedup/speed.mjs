// Speed of text → band keys on one core. See RESULTS.md.
//   npm run build && node test/bench/dedup/speed.mjs FILE.jsonl…
import minhashPeer from 'minhash'
import { dedupMethods } from '../../../dist/filters/dedup/index.js'
import { readTexts } from './corpus.mjs'

const texts = readTexts(process.argv.slice(2))

/** The first texts up to so many bytes: the peer would take minutes for all of them. */
function upTo(limit) {
  let size = 0
  return texts.filter((text) => (size += Buffer.byteLength(text)) <= limit)
}

function measure(name, sample, passes, sketchOf) {
  const megabytes = sample.reduce((size, text) => size + Buffer.byteLength(text), 0) / 1e6
  const rates = Array.from({ length: passes }, () => {
    const start = performance.now()
    for (const text of sample) sketchOf(text)
    return (1000 * megabytes) / (performance.now() - start)
  })
  const [cold, ...warm] = rates.map((rate) => rate.toFixed(rate < 10 ? 3 : 1))
  console.log(
    `${name}: ${megabytes.toFixed(1)} MB, ${sample.length} documents, MB/s: first pass ${cold}, then ${warm.join(' ')}`,
  )
}

for (const { name, settings, create } of Object.values(dedupMethods)) {
  const method = create(settings.parse({}))
  const sketch = new Uint32Array(method.sketchWords)
  const keys = new Uint32Array(2 * method.maxKeys)
  measure(name, texts, 5, (text) => {
    method.sketch({ text, id: undefined, url: undefined }, sketch, 0)
    method.keys(sketch, 0, keys, 0)
  })
}

measure('npm minhash 0.0.9, signature only', upTo(1e6), 2, (text) => {
  const words = text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []
  const signature = new minhashPeer.Minhash({ numPerm: 112 })
  for (let at = 0; at + 5 <= words.length; at++) signature.update(words.slice(at, at + 5).join(' '))
})
