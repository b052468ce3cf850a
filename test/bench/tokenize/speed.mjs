/**
 * MB/s of one thread over FILE.jsonl: the first pass with cold caches, then more passes together; by the thread's processor
 * time where Linux tells it, as the machine may be shared. Run each line in a process of its own.
 *
 *     npm run build && node test/bench/tokenize/speed.mjs FILE.jsonl [string|buffer] [mistral-v1|tekken]
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createTokenizer, loadTokenizer } from '../../../dist/tokenizers/index.js'

const [file, form = 'string', name = 'mistral-v1'] = process.argv.slice(2)
const texts = readFileSync(file, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line).text)
const size = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
const inputs = form === 'string' ? texts : texts.map((text) => Buffer.from(text))
const own = `/proc/self/task/${process.pid}/schedstat`
/** Milliseconds. Linux counts in steps of some milliseconds: files of less than 10 MB need several runs. */
const clock = existsSync(own)
  ? () => Number(readFileSync(own, 'utf8').split(' ')[0]) / 1e6
  : () => performance.now()
const tokenizer = createTokenizer(await loadTokenizer(name))

function pass() {
  const before = clock()
  const all = inputs.map((input) => tokenizer.encode(input))
  return { rate: size / 1e3 / (clock() - before), all }
}

const first = pass()
const digest = createHash('sha1')
for (const ids of first.all) digest.update(Buffer.from(ids.buffer))
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
