/**
 * MB/s of one thread over FILE.jsonl: the first pass with cold caches, then more passes together. Run each line in a process
 * of its own.
 *
 *     npm run build && node test/bench/tokenize/speed.mjs FILE.jsonl [string|buffer] [mistral-v1|tekken]
 */
import { createHash } from 'node:crypto'
import { createTokenizer, loadTokenizer } from '../../../dist/tokenizers/index.js'
import { clock, readTexts } from './clock.mjs'

const [file, form = 'string', name = 'mistral-v1'] = process.argv.slice(2)
const { texts, size } = readTexts(file)
const inputs = form === 'string' ? texts : texts.map((text) => Buffer.from(text))
const tokenizer = createTokenizer(await loadTokenizer(name))

function pass() {
  const before = clock()
  const all = inputs.map((input) => tokenizer.encode(input))
  return { rate: size / 1e3 / (clock() - before), all }
}

const first = pass()
const digest = createHash('sha1')
for (const ids of first.all) digest.update(new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength))
const passes = Math.max(4, Math.ceil(80e6 / size))
const before = clock()
for (let i = 0; i < passes; i++) for (const input of inputs) tokenizer.encode(input)
const warm = (passes * size) / 1e3 / (clock() - before)
const rates = { cold: Number(first.rate.toFixed(1)), warm: Number(warm.toFixed(1)) }
console.log(
  JSON.stringify({
    node: process.version,
    name,
    form,
    megabytes: size / 1e6,
    ...rates,
    sha1: digest.digest('hex'),
  }),
)
