import type { z } from 'zod'
import { filters } from '../../filters/index.ts'
import { checkTier } from './check-tier.ts'
import { entriesOf, keyPath, listOf, type Path, type Problem, valueAt } from './problem.ts'
import { formatQuantity, parseQuantity } from './quantity.ts'
import { dedupMethods } from './registries.ts'
import { namePattern, nameProblem } from './schema.ts'
import { schemaProblems, unknownName } from './schema-problems.ts'
import { nearest } from './suggest.ts'

/**
 * What the schema cannot see: references between parts of a recipe, and sums. Works on the recipe as written, valid or not,
 * so that these problems are told together with those of single values; a check whose values are themselves wrong is
 * left out.
 */
export function checkRecipe(raw: unknown): Problem[] {
  return [
    ...checkSources(raw),
    ...checkUses(raw, ['dedup'], 'dedup method', dedupMethods),
    ...checkStages(raw),
    ...checkPhases(raw),
  ]
}

function checkSources(raw: unknown): Problem[] {
  return entriesOf(valueAt(raw, ['sources'])).flatMap(([source, settings]) => {
    const path = ['sources', source]
    const used = new Set(listOf(valueAt(settings, ['filters'])).map((use) => nameOf(use)))
    return [
      ...checkName(path),
      ...checkUses(raw, [...path, 'filters'], 'filter', filters),
      ...entriesOf(valueAt(settings, ['tiers'])).flatMap(([tier, expression]) => [
        ...checkName([...path, 'tiers', tier]),
        ...(typeof expression === 'string' ? checkTier([...path, 'tiers', tier], expression, used) : []),
      ]),
    ]
  })
}

function checkName(path: Path): Problem[] {
  const name = String(path.at(-1))
  if (namePattern.test(name)) return []
  return [{ path, at: 'key', message: nameProblem, got: name, fix: 'Rename it, e.g. `web-2024`.' }]
}

/** What a use of a filter or a dedup method has to say of itself. */
type Registry = Readonly<Record<string, { readonly settings: z.ZodType }>>

/** A list of uses: each a name, or one name with settings; no name twice. */
function checkUses(raw: unknown, path: Path, kind: string, registry: Registry): Problem[] {
  const seen = new Set<string>()
  return listOf(valueAt(raw, path)).flatMap((use, index) => {
    const place = [...path, index]
    const name = nameOf(use)
    if (name === undefined) {
      const message = `is not a ${kind}: expected a name, or one name with its settings`
      return [{ path: place, at: 'value', message, fix: `For example \`- ${example(registry)}\`.` }]
    }
    const at = typeof use === 'string' ? 'value' : 'key'
    const namePath = typeof use === 'string' ? place : [...place, name]
    const definition = Object.hasOwn(registry, name) ? registry[name] : undefined
    if (definition === undefined) return [unknownName(namePath, at, kind, name, Object.keys(registry))]
    if (seen.has(name)) {
      return [
        { path: namePath, at, message: `the ${kind} ${name} is there twice`, fix: 'Remove one of the two.' },
      ]
    }
    seen.add(name)
    const settings = (typeof use === 'string' ? undefined : valueAt(use, [name])) ?? {}
    const parsed = definition.settings.safeParse(settings)
    return parsed.success ? [] : schemaProblems(definition.settings, settings, parsed.error.issues, namePath)
  })
}

/** The name in `name` or `{name: settings}`. */
function nameOf(use: unknown): string | undefined {
  if (typeof use === 'string') return use
  const [first, second] = entriesOf(use)
  return second === undefined ? first?.[0] : undefined
}

function example(registry: Registry): string {
  return Object.keys(registry)[0] ?? 'name'
}

function checkStages(raw: unknown): Problem[] {
  const names = new Set<string>()
  return listOf(valueAt(raw, ['stages'])).flatMap((stage, index) => {
    const path = ['stages', index]
    const problems = entriesOf(valueAt(stage, ['mix'])).flatMap(([pool]) =>
      checkPool(raw, [...path, 'mix', pool], pool),
    )
    const name = valueAt(stage, ['name'])
    if (typeof name !== 'string') return problems
    if (names.has(name)) {
      problems.push({
        path: [...path, 'name'],
        at: 'value',
        message: `a stage before this one is named ${JSON.stringify(name)} too`,
        got: name,
        fix: 'Give each stage its own name.',
      })
    }
    names.add(name)
    return problems
  })
}

/** A pool in a mix: `source`, or `source.tier`. */
function checkPool(raw: unknown, path: Path, pool: string): Problem[] {
  const sources = entriesOf(valueAt(raw, ['sources']))
  if (sources.length === 0) return []
  const names = sources.map(([name]) => name)
  if (names.includes(pool)) return []
  const dot = pool.indexOf('.')
  const source = dot === -1 ? pool : pool.slice(0, dot)
  const tiers = entriesOf(valueAt(raw, ['sources', source, 'tiers'])).map(([tier]) => `${source}.${tier}`)
  if (!names.includes(source)) return [unknownName(path, 'key', 'source', source, names)]
  if (tiers.includes(pool)) return []
  const near = nearest(pool, tiers)
  return [
    {
      path,
      at: 'key',
      message: `the source ${source} has no tier ${JSON.stringify(pool.slice(dot + 1))}${near === undefined ? '' : `; did you mean "${near}"?`}`,
      got: pool,
      fix:
        tiers.length === 0
          ? `Mix ${source} itself, or declare the tier under ${keyPath(['sources', source, 'tiers'])}.`
          : `Use one of: ${[source, ...tiers].join(', ')}.`,
    },
  ]
}

function checkPhases(raw: unknown): Problem[] {
  const phases = listOf(valueAt(raw, ['phases']))
  return [...checkBudgets(raw, phases), ...checkBatch(raw, phases)]
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
  const asked = sumOf(listOf(valueAt(raw, ['stages'])).map((stage) => valueAt(stage, ['tokens'])))
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
