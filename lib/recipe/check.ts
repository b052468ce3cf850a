import { type Base, baseStages, checkBasePool, isOfBase } from './base.ts'
import { checkBenchmarks } from './check-benchmarks.ts'
import { checkConversations } from './check-conversations.ts'
import { checkPhases } from './check-phases.ts'
import { checkScopes } from './check-scopes.ts'
import { checkPreference, checkTier } from './check-tier.ts'
import { checkTokenizer, checkUses, dedupUses, filterUses } from './check-uses.ts'
import { entriesOf, keyPath, listOf, type Path, type Problem, valueAt } from './problem.ts'
import { namePattern, nameProblem } from './schema.ts'
import { checkBudgetOf } from './stage-budgets.ts'
import { nearest } from './suggest.ts'
import { unknownName } from './unknown-name.ts'

/**
 * What the schema cannot see: references between parts of a recipe, and sums. Works on the recipe as written, valid or not,
 * so that these problems are told together with those of single values; a check whose values are themselves wrong is
 * left out.
 */
export async function checkRecipe(
  raw: unknown,
  directory: string,
  base: Base | undefined,
): Promise<Problem[]> {
  return [
    ...(await checkTokenizer(raw, directory)),
    ...checkSources(raw),
    ...checkConversations(raw),
    ...checkUses(raw, ['dedup'], dedupUses),
    ...checkScopes(raw),
    ...checkPrefer(raw),
    ...(await checkBenchmarks(raw, directory)),
    ...checkStages(raw, base),
    ...checkPhases(raw),
  ]
}

function checkSources(raw: unknown): Problem[] {
  return entriesOf(valueAt(raw, ['sources'])).flatMap(([source, settings]) => {
    const path = ['sources', source]
    const uses = listOf(valueAt(settings, ['filters']))
    return [
      ...checkName(path),
      ...(source === 'base' ? [{ path, at: 'key' as const, ...taken, got: source }] : []),
      ...checkMapping(path, settings),
      ...checkTokenized(path, settings),
      ...checkUses(raw, [...path, 'filters'], filterUses),
      ...entriesOf(valueAt(settings, ['tiers'])).flatMap(([tier, expression]) => [
        ...checkName([...path, 'tiers', tier]),
        ...(typeof expression === 'string' ? checkTier([...path, 'tiers', tier], expression, uses) : []),
      ]),
    ]
  })
}

const taken = { message: 'is what the pools of a base are named by', fix: 'Rename the source.' }

/** The value is one that some source records: those without it come last among duplicates. */
function checkPrefer(raw: unknown): Problem[] {
  const given = valueAt(raw, ['prefer'])
  const value = typeof given === 'string' ? given : valueAt(given, ['value'])
  if (typeof value !== 'string' || value === '') return []
  const sources = entriesOf(valueAt(raw, ['sources'])).map(([, settings]) => settings)
  const uses = sources.flatMap((settings) => listOf(valueAt(settings, ['filters'])))
  return checkPreference(typeof given === 'string' ? ['prefer'] : ['prefer', 'value'], value, uses)
}

/** Settings of text do nothing to token ids. */
function checkTokenized(path: Path, settings: unknown): Problem[] {
  if (valueAt(settings, ['tokenized']) === undefined) return []
  return ['reader', 'fields', 'template', 'messages', 'hygiene', 'filters'].flatMap((key): Problem[] => {
    const got = valueAt(settings, [key])
    if (got === undefined || (Array.isArray(got) && got.length === 0)) return []
    const message = 'does nothing to a source of token ids'
    return [{ path: [...path, key], at: 'key', message, got, fix: `Remove ${key}, or tokenized.` }]
  })
}

/** What `createMapper` refuses, told at once with the rest. */
function checkMapping(path: Path, settings: unknown): Problem[] {
  const template = valueAt(settings, ['template'])
  const [text, messages] = [valueAt(settings, ['fields', 'text']), valueAt(settings, ['messages'])]
  return [
    ...(template === undefined || text === undefined
      ? []
      : [
          {
            path: [...path, 'fields', 'text'],
            at: 'key' as const,
            message: 'is not used: the template makes the text',
            got: text,
            fix: 'Give fields.text or template, not both.',
          },
        ]),
    ...(template !== undefined || messages === undefined
      ? []
      : [
          {
            path: [...path, 'messages'],
            at: 'key' as const,
            message: 'is not used: messages are read for a template',
            got: messages,
            fix: 'Add a template, e.g. `template: plain`.',
          },
        ]),
  ]
}

function checkName(path: Path): Problem[] {
  const name = String(path.at(-1))
  if (namePattern.test(name)) return []
  return [{ path, at: 'key', message: nameProblem, got: name, fix: 'Rename it, e.g. `web-2024`.' }]
}

function checkStages(raw: unknown, base: Base | undefined): Problem[] {
  const names = new Set<string>()
  return listOf(valueAt(raw, ['stages'])).flatMap((stage, index) => {
    const path = ['stages', index]
    const problems = entriesOf(valueAt(stage, ['mix'])).flatMap(([pool]) =>
      isOfBase(raw, pool)
        ? checkBasePool([...path, 'mix', pool], pool, base)
        : checkPool(raw, [...path, 'mix', pool], pool),
    )
    problems.push(...checkBudgetOf(raw, index), ...checkChange(stage, path, names, baseStages(raw, base)))
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

/** A transition has a stage before it, and a replay names one. */
function checkChange(
  stage: unknown,
  path: Path,
  before: ReadonlySet<string>,
  ofBase: readonly string[] | undefined,
): Problem[] {
  const problems: Problem[] = []
  if (valueAt(stage, ['transition']) !== undefined && path.at(-1) === 0) {
    const message = 'the first stage has no mix to go over from'
    problems.push({ path: [...path, 'transition'], at: 'key', message, fix: 'Remove it.' })
  }
  const replayed = valueAt(stage, ['replay', 'stage'])
  const known = [...before, ...(ofBase ?? [])]
  if (typeof replayed === 'string' && !known.includes(replayed) && ofBase !== undefined) {
    problems.push(
      unknownName([...path, 'replay', 'stage'], 'value', 'stage before this one', replayed, known),
    )
  }
  return problems
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
