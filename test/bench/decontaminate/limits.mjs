// Time and memory of a benchmark of a million items, and of documents made to cost most. See RESULTS.md.
//   npm run build && node test/bench/decontaminate/limits.mjs
import { createIndexBuilder, decontaminateSettings } from '../../../dist/filters/decontaminate/index.js'
import { createScanner } from '../../../dist/filters/decontaminate/scan.js'

const settings = decontaminateSettings.parse({ benchmarks: [{ file: 'none' }] })
const item = (question) => ({ id: undefined, question, answers: [], passage: '', choices: [] })
/** Words by number, one in 50,021 by a multiplicative hash: items share words, and hardly two in a row. */
const words = (count, from, prefix = 'w') =>
  Array.from({ length: count }, (_, at) => `${prefix}${(Math.imul(from + at, 0x9e3779b1) >>> 7) % 50_021}x`)
const seconds = (work) => {
  const start = process.cpuUsage()
  const result = work()
  const { user, system } = process.cpuUsage(start)
  return [((user + system) / 1e6).toFixed(1), result]
}

for (const count of [250_000, 1_000_000]) {
  const [time, index] = seconds(() => {
    const builder = createIndexBuilder(settings)
    builder.begin('many')
    for (let at = 0; at < count; at++) builder.add(item(words(20, at * 20).join(' ')))
    return builder.finish()
  })
  const { rss } = process.memoryUsage()
  console.log(
    `${count} items, ${index.words.length} words: ${time} s of CPU, ${(rss / 2 ** 20).toFixed(0)} MiB resident`,
  )
}

const builder = createIndexBuilder(settings)
builder.begin('few')
for (let at = 0; at < 20; at++) builder.add(item([...words(6, 0), ...words(30, 1000 * (at + 1))].join(' ')))
const scan = createScanner(builder.finish())
for (const count of [1_250_000, 5_000_000]) {
  const fillers = Buffer.from(words(count, 0, 'f').join(' '))
  const seeds = Buffer.from(Array.from({ length: count / 7 }, () => `${words(6, 0).join(' ')} z`).join(' '))
  console.log(
    `${count} words: ${seconds(() => scan(fillers))[0]} s of CPU; of seeds: ${seconds(() => scan(seeds))[0]} s`,
  )
}
