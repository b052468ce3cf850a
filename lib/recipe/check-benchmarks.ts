import { benchmarkName } from '../../filters/decontaminate/index.ts'
import { checkPath } from './check-uses.ts'
import { listOf, type Problem, valueAt } from './problem.ts'

/** `decontaminate.benchmarks`: their files exist, and no two have one name. */
export async function checkBenchmarks(raw: unknown, directory: string): Promise<Problem[]> {
  const list = ['decontaminate', 'benchmarks']
  const names = new Set<string>()
  const problems: Problem[] = []
  for (const [index, use] of listOf(valueAt(raw, list)).entries()) {
    const file = valueAt(use, ['file'])
    if (typeof file !== 'string' || file === '') continue
    problems.push(...(await checkPath([...list, index, 'file'], file, directory)))
    const as = valueAt(use, ['as'])
    const name = benchmarkName({ file, as: typeof as === 'string' ? as : undefined })
    if (names.has(name)) {
      const message = `a benchmark before this one is named ${JSON.stringify(name)} too`
      const place = [...list, index, ...(as === undefined ? ['file'] : ['as'])]
      problems.push({ path: place, at: 'value', message, got: name, fix: 'Give it another name by `as`.' })
    }
    names.add(name)
  }
  return problems
}
