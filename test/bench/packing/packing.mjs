// How full sequences are, and how long packing takes, on one core. See RESULTS.md.
//   npm run build && node test/bench/packing/packing.mjs FILE.jsonl[.gz|.zst]…

import { readItems } from '../../../dist/lib/readers/index.js'
import { pack } from '../../../dist/stages/packing/index.js'
import { packingMetrics } from '../../../dist/stages/packing/metrics.js'
import { packingUse } from '../../../dist/stages/packing/use.js'
import { createTokenizer, loadTokenizer } from '../../../dist/tokenizers/index.js'

/** Tokens of a segment, as in the bar. */
const SEGMENT = 5e6
const uses = [
  'best-fit',
  { 'best-fit': { long: 'own' } },
  { 'best-fit': { long: 'truncate' } },
  { 'best-fit': { maxDocuments: 8 } },
  'concat',
  'one-document',
  { 'one-document': { buckets: 'power-of-two' } },
]

const tokenizer = createTokenizer(await loadTokenizer('mistral-v1'))
/** Tokens of each document, BOS and EOS included. */
const counted = []
for (const file of process.argv.slice(2)) {
  for await (const items of readItems(file, 'jsonl', {})) {
    for (const { value } of items) {
      const text = value.text ?? value.messages.map(({ content }) => content).join('\n')
      counted.push(tokenizer.encode(text).length + 2)
    }
  }
}

/** Documents in a fixed order that has nothing to do with their lengths, until there are so many tokens. */
function segment(tokens) {
  const lengths = []
  for (let sum = 0, at = 0; sum < tokens; at++) {
    const length = counted[(at * 7919) % counted.length]
    lengths.push(length)
    sum += length
  }
  return Uint32Array.from(lengths)
}

const percent = (share) => `${(100 * share).toFixed(3)} %`
console.log(`${counted.length} documents, ${counted.reduce((sum, length) => sum + length, 0)} tokens`)
for (const sequenceLength of [2048, 4096, 8192, 16_384]) {
  const lengths = segment(SEGMENT)
  for (const use of uses) {
    const request = { lengths, sequenceLength, seed: 'bench' }
    const metrics = packingMetrics(pack(packingUse.parse(use), request), request)
    const { efficiency, cutNeeded, cutNeedless, truncatedTokens, documentsPerSequence } = metrics
    console.log(
      [
        sequenceLength,
        JSON.stringify(use),
        `efficiency ${percent(efficiency)}`,
        `cut: too long ${cutNeeded}, would fit ${cutNeedless}`,
        `truncated ${percent(truncatedTokens / (truncatedTokens + metrics.realTokens))}`,
        `${documentsPerSequence.toFixed(2)} pieces a sequence`,
        `usable context ${metrics.meanUsableContext.toFixed(0)}`,
      ].join(' | '),
    )
  }
}

const million = Uint32Array.from({ length: 1e6 }, (_, at) => counted[(at * 7919) % counted.length])
for (const use of uses) {
  const request = { lengths: million, sequenceLength: 2048, seed: 'bench' }
  const parsed = packingUse.parse(use)
  const seconds = Array.from({ length: 3 }, () => {
    const start = process.cpuUsage()
    pack(parsed, request)
    const { user, system } = process.cpuUsage(start)
    return ((user + system) / 1e6).toFixed(2)
  })
  console.log(`1,000,000 documents | ${JSON.stringify(use)} | CPU seconds ${seconds.join(', ')}`)
}
