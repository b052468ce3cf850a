import { createHash } from 'node:crypto'
import path from 'node:path'
import type { Executor } from '../execute/executor.ts'
import type { Completion, Journal } from '../journal.ts'
import { writeWhole } from '../storage/output-file.ts'
import { removeOutputs } from './run-unit.ts'
import type { Progress, Unit } from './step.ts'

/** What a build tells whoever watches it. */
export type BuildEvent =
  /** `bytes`: input that the units not reused will read, where that is known. */
  | {
      readonly kind: 'step'
      readonly step: string
      readonly units: number
      readonly reused: number
      readonly bytes: number
    }
  | { readonly kind: 'progress'; readonly step: string; readonly amount: Progress }
  | { readonly kind: 'unit'; readonly step: string; readonly done: number; readonly units: number }

/** Runs units through an executor and a journal: what is complete is taken as it is, the rest is run and recorded. */
export interface Session {
  /** Completions in the order of the units, however they finished. `bytesOf`: the input of a unit, for progress. */
  run<Result>(units: readonly Unit[], bytesOf?: (unit: Unit) => number): Promise<Completion<Result>[]>
  /** Writes a list that units of later steps read, at a path in the build's folder; gives the hash for their keys. */
  writeList(list: string, items: readonly unknown[]): Promise<string>
  /** Units run, and units taken from earlier runs, so far. */
  readonly counts: { readonly ran: number; readonly reused: number }
}

/** A list as it is written, and the hash that stands for it in keys. */
export function listText(items: readonly unknown[]): { readonly text: string; readonly hash: string } {
  const text = JSON.stringify(items)
  return { text, hash: createHash('sha256').update(text).digest('hex') }
}

export interface SessionOptions {
  readonly folder: string
  readonly journal: Journal
  readonly executor: Executor
  readonly signal?: AbortSignal | undefined
  readonly onEvent: (event: BuildEvent) => void
}

export function createSession({ folder, journal, executor, signal, onEvent }: SessionOptions): Session {
  const counts = { ran: 0, reused: 0 }
  return {
    counts,
    async writeList(list, items) {
      const { text, hash } = listText(items)
      await writeWhole(path.join(folder, list), text)
      return hash
    },
    async run<Result>(
      units: readonly Unit[],
      bytesOf: (unit: Unit) => number = () => 0,
    ): Promise<Completion<Result>[]> {
      const step = units[0]?.step
      if (step === undefined) return []
      const completions = new Map<string, Completion>()
      const missing: Unit[] = []
      for (const unit of units) {
        const found = await journal.find(unit.id, unit.key)
        if (found !== undefined) completions.set(unit.id, found)
        else missing.push(unit)
      }
      counts.reused += completions.size
      const bytes = missing.reduce((sum, missed) => sum + bytesOf(missed), 0)
      onEvent({ kind: 'step', step, units: units.length, reused: completions.size, bytes })
      const stale = missing.flatMap(({ id }) => journal.last(id) ?? [])
      await Promise.all(stale.map(({ id }) => journal.forget(id)))
      for (const completion of stale) await removeOutputs(folder, completion)
      // The largest first, so that no worker begins a large one when the others are done.
      const inOrder = missing.toSorted((a, b) => bytesOf(b) - bytesOf(a))
      await executor.run(inOrder, {
        signal,
        onProgress: (amount) => onEvent({ kind: 'progress', step, amount }),
        onCompletion: async (completion) => {
          await journal.append(completion)
          completions.set(completion.id, completion)
          counts.ran++
          onEvent({ kind: 'unit', step, done: completions.size, units: units.length })
        },
      })
      return units.map(({ id }) => {
        const completion = completions.get(id)
        if (completion === undefined) throw new RangeError(`unit ${id} did not complete`)
        // The result is what the unit's own step returns, as JSON.
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion
        return completion as Completion<Result>
      })
    },
  }
}
