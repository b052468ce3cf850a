// One build in a process of its own, and for CPU time the same once more: prints seconds until its first unit, of refine, and of the
// rest; and CPU time in all. Used by whole.mjs and two.mjs: once.mjs RECIPE WORKERS cpu|wall
import { rmSync } from 'node:fs'
import { build, loadRecipe } from '../../../dist/lib/index.js'

const [recipe, workers, clock] = process.argv.slice(2)
const out = `${recipe}.out`

/** Seconds since the process began. CPU time is that of all its threads: compilers and garbage collectors as well. */
function now() {
  return clock === 'wall' ? performance.now() / 1000 : cpu()
}

function cpu() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

async function run(from) {
  rmSync(out, { recursive: true, force: true })
  const began = {}
  const onEvent = ({ kind, step }) => {
    if (kind === 'step') began[step] ??= now()
  }
  await build(await loadRecipe(recipe), { out, workers: Number(workers), onEvent })
  const next = Math.min(...Object.values(began).filter((at) => at > began.refine))
  return { start: began.refine - from, refine: next - began.refine, rest: now() - next }
}

const cold = await run(0)
const warm = clock === 'cpu' ? await run(now()) : cold
rmSync(out, { recursive: true, force: true })
console.log(JSON.stringify({ cold, warm, cpu: cpu() }))
