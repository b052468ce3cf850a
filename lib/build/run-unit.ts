import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { Completion } from '../journal.ts'
import { withScratch } from '../kernels/scratch.ts'
import * as registered from './registered.ts'
import type { Step, StepContext, Unit } from './step.ts'

// A unit carries its step's input as JSON; only the step itself knows the type.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const steps = new Map(Object.values(registered).map((step) => [step.name, step as unknown as Step<unknown>]))

/** Runs one unit wherever this is, and returns its completion record. Outputs are whole when this resolves. */
export async function runUnit(unit: Unit, context: Omit<StepContext, 'scratch'>): Promise<Completion> {
  const { files, result } = await withScratch((scratch) =>
    stepOf(unit.step).run(unit.input, { ...context, scratch }),
  )
  const relative = files.map((file) => ({
    ...file,
    path: path.relative(context.folder, file.path).split(path.sep).join('/'),
  }))
  return { id: unit.id, key: unit.key, files: relative, result }
}

/** The step called `name`. */
export function stepOf(name: string): Step<unknown> {
  const step = steps.get(name)
  if (step === undefined) throw new RangeError(`there is no step ${name}`)
  return step
}

/** Removes what an earlier completion of a unit left, before it runs again under another key. */
export async function removeOutputs(folder: string, completion: Completion): Promise<void> {
  for (const file of completion.files) await rm(path.join(folder, file.path), { force: true })
}
