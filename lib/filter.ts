import type { Verdict } from '../filters/define-filter.ts'
import { type FilterUse, filterUse, registerFilters, filters as registry } from '../filters/index.ts'
import { createFilters, loadFilterTables, type ReadyFilter } from './build/tables.ts'
import { createMapper } from './documents/fields.ts'
import { MillraceError } from './errors.ts'
import { type MappingOptions, mapperSettings } from './head.ts'
import { readInputs } from './inputs.ts'
import type { ReaderItem } from './readers/define-reader.ts'
import { checkUse, filterUses } from './recipe/check-uses.ts'
import { loadRecipe } from './recipe/load.ts'
import { parseSettings } from './settings-option.ts'

export interface FilterRunOptions extends MappingOptions {
  /** Names, separated by commas; `NAME as OWN` where one is there twice. */
  readonly filters?: string
  readonly recipe?: string
  /** Modules with filters of your own. */
  readonly module?: readonly string[]
  readonly source?: string
  /** `filter.setting=value`; the value is JSON, or a plain word. */
  readonly set?: readonly string[]
}

/**
 * Judges the documents of JSON-lines files (none: standard input) and gives output lines in chunks, each document with
 * the verdicts of all filters. A record that cannot be read gives `{"error": …}` in its place. Throws USAGE.
 */
export async function* runFilters(
  files: readonly string[],
  options: FilterRunOptions,
): AsyncGenerator<string> {
  const { uses, directory } = await chooseFilters(options)
  const filters = createFilters(uses, await loadFilterTables(uses, directory))
  const map = createMapper(mapperSettings(options))
  for await (const { file, items } of readInputs(files.length === 0 ? ['-'] : files)) {
    let lines = ''
    for (const item of items) lines += `${judgedLine(file, item, map, filters)}\n`
    if (lines !== '') yield lines
  }
}

function judgedLine(file: string, item: ReaderItem, ...rest: FilterSet): string {
  try {
    return JSON.stringify(judge(file, item, ...rest))
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    // A record that could be parsed may still be nested deeper than what writes it again can go.
    const detail = 'the record is nested too deep to be written again'
    return JSON.stringify({ error: { file, offset: item.offset, reason: 'nested-too-deep', detail } })
  }
}

type FilterSet = [map: ReturnType<typeof createMapper>, filters: readonly ReadyFilter[]]

function judge(
  file: string,
  item: ReaderItem,
  map: ReturnType<typeof createMapper>,
  filters: readonly ReadyFilter[],
): unknown {
  if (item.kind === 'bad')
    return { error: { file, offset: item.offset, reason: item.reason, detail: item.detail } }
  const mapped = map(item.value)
  if ('reason' in mapped)
    return { error: { file, offset: item.offset, reason: mapped.reason, detail: mapped.detail } }
  const earlier: Record<string, Verdict['values']> = {}
  const verdicts = Object.fromEntries(
    filters.map(({ definition, decide }) => {
      const verdict = decide(mapped.document, earlier)
      earlier[definition.name] = verdict.values
      return [definition.name, { ...verdict, values: nested(verdict.values) }]
    }),
  )
  return { ...(typeof item.value === 'object' ? item.value : {}), verdicts }
}

/** `{'found.email': 2}` → `{found: {email: 2}}`: a value's name with a full stop is a group and a name in it. */
function nested(values: Verdict['values']): Record<string, unknown> {
  const groups: Record<string, Record<string, unknown>> = {}
  const entries = Object.entries(values).map(([name, value]): [string, unknown] => {
    const dot = name.indexOf('.')
    if (dot < 0) return [name, value]
    const group = (groups[name.slice(0, dot)] ??= {})
    group[name.slice(dot + 1)] = value
    return [name.slice(0, dot), group]
  })
  return Object.fromEntries(entries)
}

/** Filters, and what the paths in their settings are relative to. */
interface ChosenFilters {
  readonly uses: FilterUse[]
  readonly directory: string
}

export async function chooseFilters({
  module = [],
  filters,
  recipe,
  source,
  set = [],
}: FilterRunOptions): Promise<ChosenFilters> {
  if (recipe !== undefined) {
    if (filters !== undefined || module.length > 0 || set.length > 0) {
      const fix = 'Leave out --filters, --module and --set, or --recipe.'
      throw new MillraceError('USAGE', 'the filters of a recipe have settings of their own', {
        key: '--recipe',
        fix,
      })
    }
    const { recipe: loaded, directory } = await loadRecipe(recipe)
    const { sources } = loaded
    const [only] = Object.keys(sources)
    const name = source ?? (Object.keys(sources).length === 1 ? only : undefined)
    const chosen = name === undefined ? undefined : sources[name]
    if (chosen !== undefined) return { uses: chosen.filters, directory }
    throw new MillraceError(
      'USAGE',
      name === undefined ? 'the recipe has several sources' : `the recipe has no source ${name}`,
      {
        fix: `Give --source with one of: ${Object.keys(sources).join(', ')}.`,
      },
    )
  }
  if (source !== undefined) {
    const fix = 'Give --recipe too, or leave out --source.'
    throw new MillraceError('USAGE', `the source ${source} is of no recipe`, { key: '--source', fix })
  }
  await registerFilters(module, process.cwd())
  const asked = (filters?.split(',') ?? []).map((each) => {
    const [name = '', own] = each.trim().split(/\s+as\s+/)
    return { name, own, key: own ?? name }
  })
  const keys = asked.map(({ key }) => key)
  const settings = parseSettings(set, 'gopher-quality.minWords=0')
  for (const name of settings.keys()) {
    if (keys.includes(name)) continue
    throw new MillraceError('USAGE', `--set names ${name}, which is not among --filters`, {
      got: name,
      fix: `Add ${name} to --filters.`,
    })
  }
  if (asked.length === 0) {
    throw new MillraceError('USAGE', 'no filter to run', {
      fix: `Give --filters with some of: ${Object.keys(registry).join(', ')}; or --recipe.`,
    })
  }
  const again = keys.find((key, at) => keys.indexOf(key) < at)
  if (again !== undefined) {
    throw new MillraceError('USAGE', `the filter ${again} is there twice`, {
      got: again,
      fix: `Give one a name of its own: --filters "${again},${again} as NAME", and --set NAME.SETTING=VALUE.`,
    })
  }
  const uses = asked.map(({ name, own, key }) => {
    const use = { [name]: { ...settings.get(key), ...(own !== undefined && { as: own }) } }
    const parsed = filterUse.safeParse(use)
    if (parsed.success) return parsed.data
    throw wrongUse(use, name)
  })
  return { uses, directory: process.cwd() }
}

/** What is wrong with a use, as in a recipe; a list that was given as a word is said to be JSON. */
function wrongUse(use: object, name: string): MillraceError {
  const problems = checkUse(use, [], filterUses)
  const [first] = problems
  const setting = first?.path.slice(1).join('.') ?? ''
  const fix = / must be (?:a list|an array)/.test(` ${first?.message ?? ''}`)
    ? `Write a list as JSON: --set '${name}.${setting}=["a", "b"]'.`
    : (first?.fix ?? 'millrace filter --help lists the filters; millrace schema their settings.')
  const what = problems.map(({ path, message }) =>
    [path.join('.'), message].filter((part) => part !== '').join(': '),
  )
  return new MillraceError('USAGE', what.join('; '), { got: name, fix })
}
