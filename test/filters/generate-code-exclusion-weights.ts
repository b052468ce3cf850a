/**
 * Fits the weights of filters/code-exclusion/weights.ts: logistic regression with an L2 penalty, by Newton's method, over
 * the features of labelled texts. Kinds of text weigh by the square root of their number, and prose as much as the rest,
 * so that no frequent kind decides for the others.
 *
 *     node test/filters/generate-code-exclusion-weights.ts labelled.jsonl … > filters/code-exclusion/weights.ts
 *
 * A line of the input: {"kind": "yaml", "code": 1, "text": "…"}; `code` is 0 for prose. Needs a Node that reads types.
 */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { classifyLines } from '../../filters/code-exclusion/lines.ts'
import { features } from '../../filters/code-exclusion/score.ts'

const PENALTY = 0.00003
/** Largest change of a weight that is none: they are written with two decimals. */
const TOLERANCE = 1e-4
const ROUNDS = 50

const labelled = z.object({ kind: z.string(), code: z.int().min(0).max(1), text: z.string() })

const names: string[] = []
/** The features of each text, and a 1 for the bias. */
const rows: Float64Array[] = []
const codes: number[] = []
const kinds: string[] = []
for (const file of process.argv.slice(2)) {
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const { kind, code, text } = labelled.parse(JSON.parse(line))
    const measured = features(classifyLines(text))
    if (measured === undefined) continue
    if (names.length === 0) names.push(...Object.keys(measured))
    rows.push(Float64Array.of(...Object.values(measured), 1))
    codes.push(code)
    kinds.push(`${kind} ${code}`)
  }
}
if (rows.length === 0) throw new Error('no labelled text')

const ofKind = new Map<string, number>()
for (const kind of kinds) ofKind.set(kind, (ofKind.get(kind) ?? 0) + 1)
const raw = kinds.map((kind) => 1 / Math.sqrt(ofKind.get(kind)!))
const perLabel = [0, 1].map((label) => raw.reduce((sum, each, i) => sum + (codes[i] === label ? each : 0), 0))
const importance = raw.map((each, i) => each / (2 * perLabel[codes[i]!]!))

const size = names.length + 1
const weights = new Float64Array(size)
for (let round = 0; ; round++) {
  if (round === ROUNDS) throw new Error(`no solution in ${ROUNDS} rounds`)
  const step = solve(...derivatives())
  for (const [i, by] of step.entries()) weights[i]! -= by
  if (Math.max(...step.map(Math.abs)) < TOLERANCE) break
}

/** Gradient and Hessian of the penalised loss at the weights; the bias has no penalty. */
function derivatives(): [gradient: Float64Array, hessian: Float64Array[]] {
  const gradient = weights.map((weight, i) => (i < names.length ? PENALTY * weight : 0))
  const hessian = Array.from(gradient, (_, i) =>
    new Float64Array(size).fill(i < names.length ? PENALTY : 0, i, i + 1),
  )
  for (const [at, row] of rows.entries()) {
    const chance = 1 / (1 + Math.exp(-row.reduce((sum, value, i) => sum + value * weights[i]!, 0)))
    const error = importance[at]! * (chance - codes[at]!)
    const curve = importance[at]! * chance * (1 - chance)
    for (const [i, value] of row.entries()) {
      if (value === 0) continue
      gradient[i]! += error * value
      for (let j = 0; j < size; j++) hessian[i]![j]! += curve * value * row[j]!
    }
  }
  return [gradient, hessian]
}

/** The solution of `matrix * x = vector` by elimination; the matrix is positive definite, so that no rows are exchanged. */
function solve(vector: Float64Array, matrix: Float64Array[]): Float64Array {
  for (let i = 0; i < size; i++) {
    for (let below = i + 1; below < size; below++) {
      const factor = matrix[below]![i]! / matrix[i]![i]!
      for (let j = i; j < size; j++) matrix[below]![j]! -= factor * matrix[i]![j]!
      vector[below]! -= factor * vector[i]!
    }
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let j = i + 1; j < size; j++) vector[i]! -= matrix[i]![j]! * vector[j]!
    vector[i]! /= matrix[i]![i]!
  }
  return vector
}

console.log('// Written by test/filters/generate-code-exclusion-weights.ts. Positive: speaks for no prose.')
console.log(`export const BIAS = ${weights[names.length]!.toFixed(2)}\n\nexport const WEIGHTS = {`)
for (const [i, name] of names.entries()) console.log(`  ${name}: ${weights[i]!.toFixed(2)},`)
console.log('} as const')
