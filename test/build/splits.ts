/** Builds from splits of a test's own choice: the steps as `build` runs them, on the calling thread. */
import { account } from '../../lib/build/account.ts'
import { runSteps } from '../../lib/build/build.ts'
import { createSession } from '../../lib/build/session.ts'
import type { Unit } from '../../lib/build/step.ts'
import { type Split, survey } from '../../lib/build/survey.ts'
import { loadTables, tokenizerOf } from '../../lib/build/tables.ts'
import type { Executor } from '../../lib/execute/executor.ts'
import { createInProcessExecutor } from '../../lib/execute/in-process.ts'
import { openJournal } from '../../lib/journal.ts'
import type { LoadedRecipe } from '../../lib/recipe/load.ts'

/**
 * The recipe's inventory with each plain file cut every `bytes` bytes, wherever that falls, and a split for each piece: what
 * survey does to large files.
 */
export async function splitEvery(loaded: LoadedRecipe, bytes: number): Promise<Split[]> {
  const cut: Split[] = []
  for (const { pieces, ...split } of await survey(loaded)) {
    for (const [number, piece] of pieces.entries()) {
      for (let start = 0; start < piece.bytes; start += bytes) {
        const end = Math.min(start + bytes, piece.bytes)
        const range = { ...piece, range: { start, end }, bytes: end - start }
        cut.push({ ...split, name: `${split.name}-${number}-${start}`, bytes: end - start, pieces: [range] })
      }
    }
  }
  return cut
}

/** Builds into `folder`; each step's units run in the order that `ordered` gives them. */
export async function buildFromSplits(
  loaded: LoadedRecipe,
  folder: string,
  splits: readonly Split[],
  ordered: (units: readonly Unit[]) => readonly Unit[] = (units) => units,
): Promise<void> {
  const { recipe, directory } = loaded
  const tables = await loadTables(recipe, directory)
  const tokenizer = tokenizerOf(tables)
  const journal = await openJournal(folder, 0)
  const inProcess = createInProcessExecutor({ folder, directory, recipe, tables })
  const executor: Executor = { ...inProcess, run: (units, hooks) => inProcess.run(ordered(units), hooks) }
  try {
    const session = createSession({ folder, journal, executor, onEvent: () => undefined })
    const done = await runSteps(session, { loaded, folder, splits, tables, tokenizer })
    const { benchmarks } = tables
    await account({
      loaded,
      benchmarks,
      tokenizer,
      folder,
      splits,
      ...done,
    })
  } finally {
    await journal.close()
  }
}
