import { checkUse, packingUses } from './check-uses.ts'
import { listOf, type Problem, valueAt } from './problem.ts'
import { formatQuantity, parseQuantity } from './quantity.ts'
import { budgetOf } from './stage-budgets.ts'

/** What phases have to agree on: their tokens with the stages', and their sequence lengths with the batch. */
export function checkPhases(raw: unknown): Problem[] {
  const phases = listOf(valueAt(raw, ['phases']))
  return [...checkBudgets(raw, phases), ...checkBatch(raw, phases), ...phases.flatMap(checkPacking)]
}

function checkPacking(phase: unknown, index: number): Problem[] {
  const use = valueAt(phase, ['packing'])
  return use === undefined ? [] : checkUse(use, ['phases', index, 'packing'], packingUses)
}

/** The phases' tokens are those of the stages: exactly, or with the last phase taking the rest. */
function checkBudgets(raw: unknown, phases: readonly unknown[]): Problem[] {
  const written = phases.map((phase) => valueAt(phase, ['tokens']) ?? 'rest')
  const early = written.slice(0, -1).findIndex((tokens) => tokens === 'rest')
  if (early !== -1) {
    return [
      {
        path: ['phases', early, 'tokens'],
        at: 'value',
        message: 'only the last phase may take the rest',
        got: 'rest',
        fix: 'Give every phase but the last its tokens.',
      },
    ]
  }
  const last = written.length - 1
  const asked = sumOf(listOf(valueAt(raw, ['stages'])).map((stage) => budgetOf(raw, stage)))
  const endsInRest = written[last] === 'rest'
  const given = sumOf(endsInRest ? written.slice(0, last) : written)
  if (last < 0 || asked === undefined || asked === 0n || given === undefined) return []
  if (endsInRest ? given < asked : given === asked) return []
  const [stages, sum] = [text(asked), text(given)]
  return [
    {
      path: ['phases', last, 'tokens'],
      at: 'value',
      message: endsInRest
        ? `nothing is left for the last phase: those before it have ${sum} tokens, the stages ${stages}`
        : `the phases have ${sum} tokens, the stages ${stages}`,
      got: sum,
      limit: stages,
      fix: endsInRest
        ? 'Lower the tokens of the phases before it, or remove this phase.'
        : 'Write `tokens: rest` in the last phase, or make the two sums equal.',
    },
  ]
}

/** Exact sum, or undefined when one of the values is no quantity. */
function sumOf(values: readonly unknown[]): bigint | undefined {
  let sum = 0n
  for (const value of values) {
    const parsed = parseQuantity(value)
    if (parsed.problem !== undefined) return undefined
    sum += BigInt(parsed.value)
  }
  return sum
}

function text(tokens: bigint): string {
  return tokens <= BigInt(Number.MAX_SAFE_INTEGER) ? formatQuantity(Number(tokens)) : String(tokens)
}

function checkBatch(raw: unknown, phases: readonly unknown[]): Problem[] {
  const written = valueAt(raw, ['batchTokens'])
  const batch = parseQuantity(written)
  if (written === undefined || batch.problem !== undefined || batch.value === 0) return []
  const lengths = phases
    .map((phase) => parseQuantity(valueAt(phase, ['sequenceLength'])).value ?? 0)
    .filter((length) => length > 0)
  const misfits = lengths.filter((length) => batch.value % length !== 0)
  if (misfits.length === 0) return []
  const step = lengths.reduce((multiple, length) => (multiple / gcd(multiple, length)) * length, 1)
  const near = Math.max(1, Math.round(batch.value / step)) * step
  return [
    {
      path: ['batchTokens'],
      at: 'value',
      message: `${batch.value} is not a multiple of the sequence length ${[...new Set(misfits)].join(', ')}`,
      got: batch.value,
      fix: Number.isSafeInteger(near)
        ? `Use a multiple of every phase’s sequenceLength; the nearest is ${formatQuantity(near)}.`
        : 'Use a multiple of every phase’s sequenceLength.',
    },
  ]
}

function gcd(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b]
  return a
}
