// A whole build step by step: seconds by the clock, and CPU time by kind of thread, from Linux's /proc. See RESULTS.md.
//   npm run build && node test/bench/build/threads.mjs BENCHMARK.jsonl.gz FILES… [--times 8] [--workers 2]
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { build, resolveRecipe } from '../../../dist/lib/index.js'
import { wholeRecipe, writeCopies } from './input.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { times: { type: 'string', default: '8' }, workers: { type: 'string', default: '2' } },
})
const [benchmark, ...files] = positionals.map((file) => path.resolve(file))
const directory = mkdtempSync(path.join(os.tmpdir(), 'millrace-threads-'))

/** CPU seconds of each thread that there is, with its name. */
function threads() {
  return readdirSync('/proc/self/task').map((id) => {
    const stat = readFileSync(`/proc/self/task/${id}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'))
    return { id, name, seconds: (Number(fields[11]) + Number(fields[12])) / 100 }
  })
}

let [step, since, before] = ['start', 0, new Map()]
/** Tells of the step so far, and begins the next. */
function next(name) {
  const now = threads()
  const used = {}
  for (const { id, name: thread, seconds } of now)
    used[thread] = (used[thread] ?? 0) + seconds - (before.get(id) ?? 0)
  const each = Object.entries(used).flatMap(([thread, seconds]) =>
    seconds < 0.01 ? [] : [`${thread} ${seconds.toFixed(2)}`],
  )
  console.log(`${step}: ${((performance.now() - since) / 1e3).toFixed(2)} s; CPU time: ${each.join(', ')}`)
  since = performance.now()
  before = new Map(now.map(({ id, seconds }) => [id, seconds]))
  step = name
}

try {
  const megabytes = await writeCopies(files, path.join(directory, 'input'), Number(values.times))
  console.log(`Node ${process.versions.node}, ${megabytes.toFixed(0)} MB, ${values.workers} workers`)
  since = performance.now()
  before = new Map(threads().map(({ id, seconds }) => [id, seconds]))
  const onEvent = ({ kind, step: name }) => kind === 'step' && next(name)
  const recipe = await resolveRecipe(wholeRecipe('input/*/*.jsonl.zst', benchmark), { directory })
  await build(recipe, { out: path.join(directory, 'out'), workers: Number(values.workers), onEvent })
  next('end')
} finally {
  rmSync(directory, { recursive: true, force: true })
}
