import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { createOutput, createRawScores } from '../../../filters/models/lightgbm.ts'
import { parseLightGbm } from '../../../filters/models/lightgbm-file.ts'

/** What generate_lightgbm.py prints: rows of features, null where one is missing, and LightGBM's predictions of each. */
export const lightgbmCases = z.object({
  rows: z.array(z.array(z.number().nullable())),
  models: z.record(
    z.string(),
    z.object({ raw: z.array(z.array(z.number())), scores: z.array(z.array(z.number())) }),
  ),
})

export type LightGbmCases = z.output<typeof lightgbmCases>

/** Our raw scores of a model's rows, and how far our predictions are from LightGBM's at most, relative to those above 1. */
export async function predictions(
  folder: string,
  name: string,
  cases: LightGbmCases,
): Promise<{ raw: number[][]; difference: number }> {
  const file = path.join(folder, `lightgbm-${name}.txt`)
  const model = parseLightGbm(await readFile(file), file)
  const [rawOf, convert] = [createRawScores(model), createOutput(model)]
  const scores = new Float64Array(model.scores)
  let difference = 0
  const raw = cases.rows.map((row, at) => {
    const values = row.map((value) => value ?? Number.NaN)
    rawOf(Float64Array.from(values), scores)
    const raw = [...scores]
    convert(scores)
    for (const [score, value] of scores.entries()) {
      const expected = cases.models[name]?.scores[at]?.[score] ?? Number.NaN
      const apart = Math.abs(value - expected) / Math.max(1, Math.abs(expected))
      if (!(apart <= difference)) difference = apart
    }
    return raw
  })
  return { raw, difference }
}
