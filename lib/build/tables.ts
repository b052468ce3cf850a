import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import {
  createDecontaminator,
  type Decontaminator,
  type LoadedBenchmarks,
  loadBenchmarks,
} from '../../filters/decontaminate/index.ts'
import {
  actionOf,
  type FilterDefinition,
  type FilterFunction,
  keep,
  nameOf,
  REASON,
  type Recording,
  TAG,
} from '../../filters/define-filter.ts'
import { type FilterUse, filters } from '../../filters/index.ts'
import { builtInName } from '../../tokenizers/built-in.ts'
import {
  createTokenizer,
  type LoadedTokenizer,
  loadTokenizer,
  type Tokenizer,
} from '../../tokenizers/index.ts'
import { MillraceError } from '../errors.ts'
import { canonicalJson } from '../recipe/canonical-json.ts'
import { valueAt } from '../recipe/problem.ts'
import type { Recipe } from '../recipe/schema.ts'
import type { StepContext } from './step.ts'

/**
 * The models, lists and vocabularies of a build, read once a process. Large arrays are SharedArrayBuffers, so handing
 * this to a worker copies nothing that grows.
 */
export interface Tables {
  readonly tokenizer: LoadedTokenizer
  /** What each used filter's `load` gave, by the canonical JSON of its use. */
  readonly filters: Readonly<Record<string, unknown>>
  /** SHA-256 of every file that a setting names, by its path in the recipe. */
  readonly modelHashes: Readonly<Record<string, string>>
  /** Where the recipe decontaminates. */
  readonly benchmarks: LoadedBenchmarks | undefined
}

/** `directory`: what a model's path in the recipe is relative to. */
export async function loadTables(recipe: Recipe, directory: string): Promise<Tables> {
  const uses = Object.values(recipe.sources).flatMap((source) => source.filters)
  const filters = await loadFilterTables(uses, directory)
  for (const source of Object.values(recipe.sources)) checkReads(source.filters, filters)
  return {
    tokenizer: await loadTokenizer(recipe.tokenizer, directory),
    filters,
    modelHashes: await hashModels(uses, directory),
    benchmarks: recipe.decontaminate && (await loadBenchmarks(recipe.decontaminate, directory)),
  }
}

/** What each use's `load` gives, by the canonical JSON of the use. */
export async function loadFilterTables(
  uses: readonly FilterUse[],
  directory: string,
): Promise<Record<string, unknown>> {
  const loaded: Record<string, unknown> = {}
  for (const use of uses) {
    const name = canonicalJson(use)
    if (name in loaded) continue
    let settings: unknown = use.settings
    for (const [key, file] of modelPaths(use)) {
      settings = withSetting(settings, key.split('.'), path.resolve(directory, file))
    }
    loaded[name] = await filterOf(use).load?.(settings)
  }
  return loaded
}

/** The settings of a use that name files: not those that a package brings. */
export function modelPaths(use: FilterUse): [key: string, file: string][] {
  return (filterOf(use).paths ?? []).flatMap((key): [string, string][] => {
    const file = valueAt(use.settings, key.split('.'))
    return typeof file === 'string' && builtInName(file) === undefined ? [[key, file]] : []
  })
}

/** Settings with one of them, maybe within another, replaced. */
function withSetting(settings: unknown, [key = '', ...rest]: readonly string[], value: string): unknown {
  const inner = rest.length === 0 ? value : withSetting(valueAt(settings, [key]), rest, value)
  return { ...Object(settings), [key]: inner }
}

async function hashModels(uses: readonly FilterUse[], directory: string): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {}
  for (const [, file] of uses.flatMap(modelPaths)) {
    hashes[file] ??= createHash('sha256')
      .update(await readFile(path.resolve(directory, file)))
      .digest('hex')
  }
  return hashes
}

/** A use's definition, under the name of the use, and its function, over tables that `loadFilterTables` gave. */
export interface ReadyFilter {
  readonly definition: FilterDefinition
  /** Names and types of what it records: the definition's, and `tag` where it tags. */
  readonly values: FilterDefinition['values']
  readonly decide: FilterFunction
}

/** Each value that a filter reads is recorded by one before it: else it would be missing from every document. */
function checkReads(uses: readonly FilterUse[], tables: Tables['filters']): void {
  const recorded = new Map<string, 'number' | 'string'>()
  for (const use of uses) {
    const { reads, values } = filterOf(use)
    const name = nameOf(use.name, use.settings)
    for (const [value, type] of Object.entries(reads?.(use.settings, tables[canonicalJson(use)]) ?? {})) {
      const known = recorded.get(value)
      if (known === type) continue
      const why = known === undefined ? 'no filter before it records it' : `it is recorded as a ${known}`
      throw new MillraceError(
        'RECIPE_INVALID',
        `The filter ${name} reads the ${type} ${value}, but ${why}.`,
        {
          key: name,
          got: value,
          fix: `Put the filter that records it first, or map it to one of: ${[...recorded.keys()].join(', ') || 'none so far'}.`,
        },
      )
    }
    for (const [value, type] of Object.entries(values)) recorded.set(`${name}.${value}`, type)
  }
}

export function createFilters(
  uses: readonly FilterUse[],
  tables: Tables['filters'],
  recording: Recording = 'all',
): ReadyFilter[] {
  checkReads(uses, tables)
  return uses.map((use) => {
    const definition = filterOf(use)
    const isTag = actionOf(use.settings) === 'tag'
    // What it measures is there for whoever comes after it, as the document is.
    const decide = definition.create(use.settings, tables[canonicalJson(use)], isTag ? 'all' : recording)
    const named = { ...definition, name: nameOf(use.name, use.settings) }
    return { definition: named, values: recordedBy(use, recording), decide: isTag ? tagging(decide) : decide }
  })
}

/** What a filter records in a build: its values, `tag` where it tags, and `reason` where all is recorded. */
function recordedBy(use: FilterUse, recording: Recording): FilterDefinition['values'] {
  const { values } = filterOf(use)
  return {
    ...values,
    ...(actionOf(use.settings) === 'tag' && { [TAG]: 'string' as const }),
    ...(recording === 'all' && { [REASON]: 'string' as const }),
  }
}

/** Keeps what the filter drops, and records why it would have gone. */
function tagging(decide: FilterFunction): FilterFunction {
  return (document, earlier) => {
    const verdict = decide(document, earlier)
    return verdict.keep ? verdict : keep({ ...verdict.values, [TAG]: verdict.reason ?? '' })
  }
}

const tokenizers = new WeakMap<Tables, Tokenizer>()

/** The tokenizer of this thread: made once, so that its cache of words serves unit after unit. */
export function tokenizerOf(tables: Tables): Tokenizer {
  const known = tokenizers.get(tables) ?? createTokenizer(tables.tokenizer)
  tokenizers.set(tables, known)
  return known
}

const decontaminators = new WeakMap<Tables, Decontaminator>()

/** What this thread decontaminates with, where the recipe asks for it. */
export function decontaminatorOf({
  tables,
  recipe,
}: Pick<StepContext, 'tables' | 'recipe'>): Decontaminator | undefined {
  if (tables.benchmarks === undefined || recipe.decontaminate === undefined) return undefined
  const known =
    decontaminators.get(tables) ?? createDecontaminator(tables.benchmarks.index, recipe.decontaminate)
  decontaminators.set(tables, known)
  return known
}

function filterOf(use: FilterUse): FilterDefinition {
  const definition = filters[use.name]
  if (definition === undefined) throw new RangeError(`filter ${use.name} is not registered`)
  return definition
}
