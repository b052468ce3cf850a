import { type Operand, type Operator, parseExpression, type TierNode } from './tier-expression.ts'

/**
 * A tier: the documents of a source for which an expression over recorded values holds.
 *
 * Tiers are tried in the recipe's order, and a document goes into the first that takes it, so each token has one pool. The
 * source's plain name in a mix is what no tier takes.
 *
 * A comparison with a value that was not recorded is false, whatever the operator, and so is one of a number with a
 * text: `not (quality >= 0.9)` takes documents without a quality, `quality < 0.9` does not.
 */
export interface Tier {
  readonly name: string
  readonly expression: string
  /** Every recorded value that the expression reads, once, in order of appearance; `tokens` too where it does. */
  readonly values: readonly string[]
  readonly test: (values: TierValues) => boolean
  /** Whether it takes no document of fewer than so many tokens, by the expression alone. */
  readonly takesOnly: (tokens: number) => boolean
}

/** The recorded value of that name, e.g. `language.label`; `tokens` is the document's length, specials included. */
export type TierValues = (name: string) => number | string | undefined

/**
 * Reads `quality >= 0.9`, `tokens >= 8192 and language.label == "en"`, `not (a < 1 or b != 'x')`: comparisons (== != < <= >
 * >=) of names, numbers and quoted texts, joined by `and`, `or`, `not` and parentheses; `not` binds closest, then `and`.
 *
 * @throws MillraceError RECIPE_INVALID with the 1-based column of the first thing that does not fit.
 */
export function parseTier(name: string, expression: string): Tier {
  const { root, names } = parseExpression(expression)
  const takesOnly = (tokens: number): boolean => below(root, tokens) === false
  return { name, expression, values: names, test: compile(root), takesOnly }
}

/** The name of the first tier that takes the document, or undefined: then it belongs to the source's plain name. */
export function tierOf(tiers: readonly Tier[], values: TierValues): string | undefined {
  for (const tier of tiers) if (tier.test(values)) return tier.name
  return undefined
}

/** Recursion is bounded: parseExpression nests to MAX_DEPTH at most. */
function compile(node: TierNode): Tier['test'] {
  if (node.kind === 'comparison') return compileComparison(node.left, node.operator, node.right)
  if (node.kind === 'not') {
    const inner = compile(node.inner)
    return (values) => !inner(values)
  }
  const tests = node.parts.map(compile)
  return node.kind === 'and'
    ? (values) => tests.every((test) => test(values))
    : (values) => tests.some((test) => test(values))
}

function compileComparison(left: Operand, operator: Operator, right: Operand): Tier['test'] {
  const leftValue = read(left)
  const rightValue = read(right)
  const holds = HOLDS[operator]
  return (values) => {
    const a = leftValue(values)
    const b = rightValue(values)
    if (Number.isNaN(a) || Number.isNaN(b)) return false // was not measured, like a missing value
    if (typeof a === 'number' && typeof b === 'number') return holds.numbers(a, b)
    if (typeof a === 'string' && typeof b === 'string') return holds.texts(a, b)
    return false
  }
}

/** What the node is for every document of 0 to `tokens` - 1 tokens, whatever else is known of it; undefined where it depends. */
function below(node: TierNode, tokens: number): boolean | undefined {
  if (node.kind === 'not') {
    const inner = below(node.inner, tokens)
    return inner === undefined ? undefined : !inner
  }
  if (node.kind !== 'comparison') {
    const parts = node.parts.map((part) => below(part, tokens))
    const decides = node.kind === 'or'
    if (parts.includes(decides)) return decides
    return parts.includes(undefined) ? undefined : !decides
  }
  const { left, operator, right } = node
  const [limit, sign] = isCount(left) ? [right, operator] : [left, FLIPPED[operator]]
  if (!isCount(left) && !isCount(right)) return undefined
  if (limit.kind !== 'literal' || typeof limit.value !== 'number') return undefined
  const holds = HOLDS[sign].numbers
  const [shortest, longest] = [holds(0, limit.value), holds(tokens - 1, limit.value)]
  // An equality in between holds for one length, which both ends may miss.
  const isBetween = limit.value > 0 && limit.value < tokens - 1 && (sign === '==' || sign === '!=')
  return shortest === longest && !isBetween ? shortest : undefined
}

function isCount(operand: Operand): boolean {
  return operand.kind === 'name' && operand.name === 'tokens'
}

/** `8192 <= tokens` as `tokens >= 8192`. */
const FLIPPED: Readonly<Record<Operator, Operator>> = {
  '==': '==',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
}

function read(operand: Operand): (values: TierValues) => number | string | undefined {
  if (operand.kind === 'literal') return () => operand.value
  return (values) => values(operand.name)
}

interface Comparison {
  readonly numbers: (a: number, b: number) => boolean
  readonly texts: (a: string, b: string) => boolean
}

/** Texts are equal or not; they have no order here. */
const HOLDS: Readonly<Record<Operator, Comparison>> = {
  '==': { numbers: (a, b) => a === b, texts: (a, b) => a === b },
  '!=': { numbers: (a, b) => a !== b, texts: (a, b) => a !== b },
  '<': { numbers: (a, b) => a < b, texts: () => false },
  '<=': { numbers: (a, b) => a <= b, texts: () => false },
  '>': { numbers: (a, b) => a > b, texts: () => false },
  '>=': { numbers: (a, b) => a >= b, texts: () => false },
}
