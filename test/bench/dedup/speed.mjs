// Speed of text → band keys on one core. See RESULTS.md.
//   npm run build && node test/bench/dedup/speed.mjs FILE.jsonl…
import minhashPeer from 'minhash'
import { HASH_WORDS, pieceHasher } from '../../../dist/filters/dedup/blocks.js'
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
    const start = process.cpuUsage()
    for (const text of sample) sketchOf(text)
    const { user, system } = process.cpuUsage(start)
    return (1e6 * megabytes) / (user + system)
  })
  const [cold, ...warm] = rates.map((rate) => rate.toFixed(rate < 10 ? 3 : 1))
  console.log(
    `${name}: ${megabytes.toFixed(1)} MB, ${sample.length} documents, MB a second of CPU time: first pass ${cold}, then ${warm.join(' ')}`,
  )
}

const all = Object.values(dedupMethods)

for (const { name, settings, create } of all.filter(({ compares }) => compares === 'documents')) {
  const method = create(settings.parse({}))
  const sketch = new Uint32Array(method.sketchWords)
  const keys = new Uint32Array(2 * method.maxKeys)
  measure(name, texts, 5, (text) => {
    method.sketch({ text, id: undefined, url: undefined }, sketch, 0)
    method.keys(sketch, 0, keys, 0)
  })
}

// Methods that cut: split, collapse white space, SHA-256 of every piece.
const bytesOf = new Map(texts.map((text) => [text, Buffer.from(text)]))
for (const { name, settings, create } of all.filter(({ compares }) => compares === 'blocks')) {
  const { split, width, minCharacters } = create(settings.parse({}))
  const hash = pieceHasher(minCharacters)
  const key = new Uint32Array(HASH_WORDS)
  let pieces = 0
  measure(name, texts, 5, (text) => {
    const bytes = bytesOf.get(text)
    const ends = split(bytes)
    for (let place = 0; place + width <= ends.length; place++) {
      if (hash(bytes, ends[place - 1] ?? 0, ends[place + width - 1], key, 0)) pieces++
    }
  })
  console.log(
    `  ${Math.round(pieces / 5)} pieces, ${(texts.reduce((sum, text) => sum + bytesOf.get(text).length, 0) / (pieces / 5)).toFixed(0)} bytes of text each`,
  )
}

measure('npm minhash 0.0.9, signature only', upTo(1e6), 2, (text) => {
  const words = text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []
  const signature = new minhashPeer.Minhash({ numPerm: 112 })
  for (let at = 0; at + 5 <= words.length; at++) signature.update(words.slice(at, at + 5).join(' '))
})
