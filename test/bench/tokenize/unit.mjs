/**
 * One unit of 20 MB: seconds of processor time, and the process's memory before, at most and after. `plain`: without the
 * WebAssembly kernel. Random bytes are no valid UTF-8, and become more by U+FFFD.
 *
 *     npm run build && node --expose-gc test/bench/tokenize/unit.mjs [NAME] [plain]
 */
import { readFileSync } from 'node:fs'
import { webAssembly } from '../../../dist/lib/kernels/web-assembly.js'
import { createTokenizer, loadTokenizer } from '../../../dist/tokenizers/index.js'
import { clock } from './clock.mjs'

const BYTES = 2e7
const [name = 'mistral-v1', plain] = process.argv.slice(2)
if (plain === 'plain') webAssembly.validate = () => false
const tokenizer = createTokenizer(await loadTokenizer(name))
const memory = (field) =>
  Math.round(
    Number(new RegExp(`${field}:\\s+(\\d+)`, 'u').exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 976.6,
  )

/** The same bytes in each run. */
function randomBytes() {
  const words = new Uint32Array(BYTES / 4)
  for (let i = 0, x = 1; i < words.length; i++) {
    x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d) + 0x9e3779b9
    words[i] = x ^ (x >>> 13)
  }
  return new Uint8Array(words.buffer)
}

const units = [
  ...['a', ' ', 'ing', '👍'].map((part) => [
    `${part} repeated`,
    part.repeat(BYTES / Buffer.byteLength(part)),
  ]),
  ['random bytes', randomBytes()],
]
for (const [unit, text] of units) {
  globalThis.gc?.()
  const before = memory('VmRSS')
  const start = clock()
  const tokens = tokenizer.encode(text).length
  const seconds = Number(((clock() - start) / 1e3).toFixed(2))
  const most = memory('VmHWM')
  globalThis.gc?.()
  const after = memory('VmRSS')
  console.log(
    JSON.stringify({ node: process.version, name, plain, unit, tokens, seconds, before, most, after }),
  )
}
