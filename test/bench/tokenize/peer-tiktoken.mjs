/**
 * npm's tiktoken (Rust as WebAssembly) with Tekken's ranks, as peers.py does with the others.
 *
 *     node test/bench/tokenize/peer-tiktoken.mjs FILE.jsonl
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Tiktoken } from 'tiktoken/lite'
import { readTekken } from '../../../dist/tokenizers/tekken/file.js'
import { TEKKEN_PATTERN } from '../../../dist/tokenizers/tekken/split.js'
import { clock, readTexts } from './clock.mjs'

const { texts, size } = readTexts(process.argv[2])
const { tokens, specials } = await readTekken('builtin:tekken')
const words = tokens.map((token) => Buffer.from(token, 'latin1').toString('base64'))
const encoder = new Tiktoken(`! 0 ${words.join(' ')}`, {}, TEKKEN_PATTERN)
const rates = []
let ids = []
for (let pass = 0; pass < 2; pass++) {
  const before = clock()
  ids = texts.map((text) => encoder.encode_ordinary(text))
  rates.push(Number((size / 1e3 / (clock() - before)).toFixed(1)))
}
const digest = createHash('sha1')
for (const each of ids) digest.update(new Uint8Array(each.map((rank) => rank + specials.length).buffer))
const { version } = JSON.parse(readFileSync('node_modules/tiktoken/package.json', 'utf8'))
const [cold, second] = rates
console.log(JSON.stringify({ peer: `npm tiktoken ${version}`, cold, second, sha1: digest.digest('hex') }))
