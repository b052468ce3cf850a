/** What other limits would have dropped, from the values that were recorded: no text is read again. */
import { stat } from 'node:fs/promises'
import { nameOf } from '../../filters/define-filter.ts'
import { type FilterUse, filters } from '../../filters/index.ts'
import { MillraceError } from '../errors.ts'
import { chooseFilters, type FilterRunOptions } from '../filter.ts'
import { expandInputs } from '../inputs.ts'
import { openBuild } from '../provenance/open.ts'
import { wrongSetting } from '../recipe/problem.ts'
import { schemaProblems } from '../recipe/schema-problems.ts'
import { parseSettings } from '../settings-option.ts'
import { decideAgain, type Redecided, redecided, type Undecidable } from './decide-again.ts'
import { buildDocuments, runDocuments } from './documents.ts'
import { createNearest, type NearDocument } from './nearest.ts'

export interface WhatIfOptions extends FilterRunOptions {
  /** `filter.setting=value`: limits that are rules over recorded values. */
  readonly whatIf: readonly string[]
  /** Documents to name on either side of a limit; default 5. */
  readonly nearest?: number
}

export interface WhatIf {
  /** By source (a file, of a filter run): how many documents have each fate, before and after, in the filters' order. */
  readonly sources: Readonly<Record<string, WhatIfSource>>
  readonly limits: readonly WhatIfLimit[]
}

export interface WhatIfSource {
  readonly records: number
  readonly fates: readonly { readonly fate: string; readonly before: number; readonly after: number }[]
  /** Documents that are kept, and tagged `FILTER/REASON`. */
  readonly tags: readonly { readonly tag: string; readonly before: number; readonly after: number }[]
}

export interface WhatIfLimit {
  /** `FILTER.SETTING`. */
  readonly setting: string
  /** Name of the recorded value. */
  readonly value: string
  readonly before: number | null
  readonly after: number | null
  /** Documents that come to the rule, and pass it or do not, nearest to the new limit first. */
  readonly passing: readonly NearDocument[]
  readonly failing: readonly NearDocument[]
}

/**
 * Decides the documents of a finished build (its folder), or of the output of `filter` (files, with the filters and
 * settings of that run), again under other limits. Throws USAGE for a setting that is no limit over a recorded value, and for
 * one that is loosened beyond what was recorded.
 */
export async function whatIf(inputs: readonly string[], options: WhatIfOptions): Promise<WhatIf> {
  const changes = parseSettings(options.whatIf, 'gopher-quality.minWords=100', '--what-if')
  const [first] = inputs
  const isBuild = inputs.length === 1 && first !== undefined && (await isFolder(first))
  await requireFilters(isBuild, inputs, options)
  const judged = isBuild
    ? buildDocuments(await openBuild(first), options.source, (uses) => chainOf(uses, changes))
    : runDocuments(inputs, chainOf((await chooseFilters(options)).uses, changes))
  const sources = new Map<string, ReturnType<typeof tally>>()
  const limits = new Map<string, ReturnType<typeof limitOf>>()
  const undecided = new Map<string, { count: number; of: Undecidable }>()
  const used = new Set<string>()
  for await (const { source, chain, recorded, records } of judged) {
    for (const { definition } of chain) used.add(definition.name)
    const counts = sources.get(source) ?? tally(chain)
    sources.set(source, counts)
    for await (const { before, beforeTags, document, name } of records) {
      const after =
        document === undefined
          ? { fate: before, tags: [] }
          : decideAgain(chain, document, recorded, (filter, rule, value, passes) => {
              const key = `${filter.definition.name}.${rule.setting}.${rule.value}`
              const limit =
                limits.get(key) ?? limitOf(filter, filter.after.indexOf(rule), options.nearest ?? 5)
              limits.set(key, limit)
              limit.add(value, passes, () => ({ ...name(), source }))
            })
      if ('fate' in after) counts.add(before, beforeTags, after.fate, after.tags)
      else {
        const key = `${after.filter.definition.name}.${after.rule.setting}`
        undecided.set(key, { count: (undecided.get(key)?.count ?? 0) + 1, of: after })
      }
    }
  }
  requireUsed(changes, used)
  requireDecided(undecided)
  return {
    sources: Object.fromEntries([...sources].map(([name, counts]) => [name, counts.result()])),
    limits: [...limits.values()].map((limit) => limit.result()),
  }
}

/** Throws INPUT_MISSING or USAGE: a build has its filters, the output of `filter` does not say with which settings it was judged. */
async function requireFilters(
  isBuild: boolean,
  inputs: readonly string[],
  { filters: named, recipe, module, set }: WhatIfOptions,
): Promise<void> {
  if (isBuild) {
    if (named === undefined && recipe === undefined && module === undefined && set === undefined) return
    const fix = 'Leave out --filters, --set, --module and --recipe.'
    throw new MillraceError('USAGE', 'a build has filters and settings of its own', { key: '--what-if', fix })
  }
  const [first] = await expandInputs(inputs)
  if (named !== undefined || recipe !== undefined) return
  throw new MillraceError('USAGE', `the filters that judged ${first ?? 'standard input'} are not named`, {
    key: '--filters',
    fix: 'Give --filters (and --set) of the run of `filter` that wrote it, or name the folder of a build.',
  })
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

type Changes = ReadonlyMap<string, Readonly<Record<string, unknown>>>

/** Throws USAGE where a change is not one of a rule's limit. */
function chainOf(uses: readonly FilterUse[], changes: Changes): Redecided[] {
  return uses.flatMap(({ name: filter, settings }) => {
    const known = filters[filter]
    if (known === undefined) return []
    const name = nameOf(filter, settings)
    const definition = { ...known, name }
    const change = changes.get(name)
    if (change === undefined) return [redecided(definition, settings, settings)]
    const limits = [...new Set((definition.rules?.(settings) ?? []).map(({ setting }) => setting))]
    const unknown = Object.keys(change).find((setting) => !limits.includes(setting))
    if (unknown !== undefined) {
      const message = `${name}.${unknown} is no limit that can be decided again from recorded values`
      const fix =
        limits.length === 0
          ? `No setting of ${name} is.`
          : `Use one of: ${limits.map((each) => `${name}.${each}`).join(', ')}.`
      throw new MillraceError('USAGE', message, { key: '--what-if', got: `${name}.${unknown}`, fix })
    }
    const changed = { ...Object(settings), ...change }
    const parsed = definition.settings.safeParse(changed)
    if (parsed.success) return [redecided(definition, settings, parsed.data)]
    throw wrongSetting(schemaProblems(definition.settings, changed, parsed.error.issues, [name]))
  })
}

function requireUsed(changes: Changes, used: ReadonlySet<string>): void {
  const unknown = [...changes.keys()].find((name) => !used.has(name))
  if (unknown === undefined) return
  throw new MillraceError('USAGE', `the documents were not judged by ${unknown}`, {
    key: '--what-if',
    got: unknown,
    fix:
      used.size === 0
        ? 'Give a build, or files, of which filters judged something.'
        : `Filters: ${[...used].join(', ')}.`,
  })
}

function requireDecided(undecided: ReadonlyMap<string, { count: number; of: Undecidable }>): void {
  if (undecided.size === 0) return
  const issues = [...undecided].map(([key, { count, of }]) => {
    const { min, max } = of.filter.after.find(({ setting }) => setting === of.rule.setting) ?? {}
    const fix = of.filter.isEditor
      ? `Only tighten it: ${of.filter.definition.name} edits the texts that it keeps, so run it again.`
      : 'Only tighten it, or build with `record: all` of the source.'
    const message = `${key}=${String(min ?? max ?? null)}: ${count} document(s) went by it, and what would have followed was not recorded`
    return { key, got: count, message, fix }
  })
  const all = [...undecided.values()].reduce((sum, { count }) => sum + count, 0)
  throw new MillraceError(
    'USAGE',
    `${all} document(s) cannot be decided from what was recorded`,
    { key: issues[0]?.key ?? '', got: all, fix: issues[0]?.fix ?? '' },
    { issues },
  )
}

function tally(chain: readonly Redecided[]) {
  const fates = { before: new Map<string, number>(), after: new Map<string, number>() }
  const tags = { before: new Map<string, number>(), after: new Map<string, number>() }
  let records = 0
  const rank = (fate: string): number => {
    const name = fate.startsWith('dropped/') ? fate.slice('dropped/'.length) : fate
    const place = chain.findIndex(({ definition }) => name.startsWith(`${definition.name}/`))
    return fate === 'kept' ? chain.length : place
  }
  const rows = (counts: typeof fates): [string, number, number][] =>
    [...new Set([...counts.before.keys(), ...counts.after.keys()])]
      .toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
      .map((name) => [name, counts.before.get(name) ?? 0, counts.after.get(name) ?? 0])
  return {
    add(before: string, beforeTags: readonly string[], after: string, afterTags: readonly string[]): void {
      records++
      add(fates.before, before)
      add(fates.after, after)
      if (before === 'kept') for (const tag of beforeTags) add(tags.before, tag)
      if (after === 'kept') for (const tag of afterTags) add(tags.after, tag)
    },
    result: (): WhatIfSource => ({
      records,
      fates: rows(fates).map(([fate, before, after]) => ({ fate, before, after })),
      tags: rows(tags).map(([tag, before, after]) => ({ tag, before, after })),
    }),
  }
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

function limitOf({ definition, before, after }: Redecided, place: number, nearest: number) {
  const [old, rule] = [before[place], after[place]]
  const limit = rule?.min ?? rule?.max ?? 0
  const passing = createNearest(limit, nearest)
  const failing = createNearest(limit, nearest)
  return {
    add(value: number, passes: boolean, name: () => Omit<NearDocument, 'value'>): void {
      const side = passes ? passing : failing
      side.add(value, name)
    },
    result: (): WhatIfLimit => ({
      setting: `${definition.name}.${rule?.setting ?? ''}`,
      value: rule?.value ?? '',
      before: old?.min ?? old?.max ?? null,
      after: rule?.min ?? rule?.max ?? null,
      passing: passing.documents,
      failing: failing.documents,
    }),
  }
}
