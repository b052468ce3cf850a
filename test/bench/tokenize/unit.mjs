/**
 * One unit of 20 MB: seconds, and the process's memory before, at most and after.
 *
 *     npm run build && node --expose-gc test/bench/tokenize/unit.mjs
 */
import { createTokenizer, loadTokenizer } from '../../../dist/tokenizers/index.js'

const tokenizer = createTokenizer(await loadTokenizer('mistral-v1'))
const megabytes = () => Math.round(process.memoryUsage().rss / 1e6)
for (const part of ['a', ' ', 'ing', '👍']) {
  const before = megabytes()
  const text = part.repeat(2e7 / Buffer.byteLength(part))
  const start = performance.now()
  const tokens = tokenizer.encode(text).length
  const seconds = Number(((performance.now() - start) / 1e3).toFixed(2))
  globalThis.gc?.()
  const most = Math.round(process.resourceUsage().maxRSS / 1e3)
  console.log(
    JSON.stringify({ node: process.version, part, tokens, seconds, before, most, after: megabytes() }),
  )
}
