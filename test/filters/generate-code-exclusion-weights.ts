/**
 * Fits the weights of filters/code-exclusion/weights.ts: logistic regression by gradient descent, with an L2 penalty,
 * over the features of labelled texts. Kinds of text weigh by the square root of their number, and prose as much as
 * the rest, so that no frequent kind decides for the others.
 *
 *     node test/filters/generate-code-exclusion-weights.ts labelled.jsonl > filters/code-exclusion/weights.ts
 *
 * A line of the input: {"kind": "yaml", "code": 1, "text": "…"}; `code` is 0 for prose. Needs a Node that reads types.
 */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { classifyLines } from '../../filters/code-exclusion/lines.ts'
import { features } from '../../filters/code-exclusion/score.ts'

const PENALTY = 0.0003
const RATE = 3
const ROUNDS = 4000

const labelled = z.object({ kind: z.string(), code: z.int().min(0).max(1), text: z.string() })

const samples = readFileSync(process.argv[2] ?? '/dev/stdin', 'utf8')
  .trim()
  .split('\n')
  .map((line) => labelled.parse(JSON.parse(line)))
  .flatMap(({ kind, code, text }) => {
    const measured = features(classifyLines(text))
    return measured === undefined ? [] : [{ kind: `${kind} ${code}`, code, measured }]
  })
if (samples.length === 0) throw new Error('no labelled text')
const names = Object.keys(samples[0]!.measured)
const rows = samples.map(({ measured }) => names.map((name) => new Map(Object.entries(measured)).get(name)!))

const ofKind = new Map<string, number>()
for (const { kind } of samples) ofKind.set(kind, (ofKind.get(kind) ?? 0) + 1)
const raw = samples.map(({ kind }) => 1 / Math.sqrt(ofKind.get(kind)!))
const perLabel = [0, 1].map((label) =>
  raw.reduce((sum, weight, i) => sum + (samples[i]!.code === label ? weight : 0), 0),
)
const importance = raw.map((weight, i) => weight / (2 * perLabel[samples[i]!.code]!))

const weights = names.map(() => 0)
let bias = 0
for (let round = 0; round < ROUNDS; round++) {
  const gradient = weights.map((weight) => PENALTY * weight)
  let biasGradient = 0
  for (const [i, row] of rows.entries()) {
    const logit = row.reduce((sum, value, j) => sum + weights[j]! * value, bias)
    const error = (1 / (1 + Math.exp(-logit)) - samples[i]!.code) * importance[i]!
    biasGradient += error
    for (const [j, value] of row.entries()) gradient[j]! += error * value
  }
  for (const j of weights.keys()) weights[j]! -= RATE * gradient[j]!
  bias -= RATE * biasGradient
}

console.log('// Written by test/filters/generate-code-exclusion-weights.ts. Positive: speaks for no prose.')
console.log(`export const BIAS = ${bias.toFixed(2)}\n\nexport const WEIGHTS = {`)
for (const [j, name] of names.entries()) console.log(`  ${name}: ${weights[j]!.toFixed(2)},`)
console.log('} as const')
