import path from 'node:path'
import { z } from 'zod'
import { MillraceError } from '../lib/errors.ts'
import { wrongSetting } from '../lib/recipe/problem.ts'
import { schemaProblems } from '../lib/recipe/schema-problems.ts'
import { builtInName } from './built-in.ts'
import type { Tokenizer, TokenizerDefinition, TokenizerFacts } from './define-tokenizer.ts'
import * as registered from './registered.ts'
import { withSpecialsMatched } from './specials.ts'

/**
 * Entry point `millrace/tokenizers`: the registered tokenizer families, how a recipe names one, and what a new family is
 * written with.
 *
 * @example
 *   const tokenizer = createTokenizer(await loadTokenizer('mistral-v1'))
 *   tokenizer.encode('Hello world') // Uint16Array [22557, 1526]
 */

export {
  defineTokenizer,
  type TokenIds,
  type Tokenizer,
  type TokenizerDefinition,
} from './define-tokenizer.ts'
export * from './registered.ts'
export { vocabularyMap } from './vocabulary-map.ts'

/** Families by their type in recipes. */
export type TokenizerRegistry = Readonly<Record<string, TokenizerDefinition>>

/** How a recipe names a tokenizer: a built-in's name, or a family with its settings. */
export type TokenizerSpec = string | { readonly type: string; readonly [setting: string]: unknown }

/** What `loadTokenizer` read: plain data that goes to workers by structured clone, its large arrays shared. */
export interface LoadedTokenizer {
  readonly type: string
  /** The family's revision. */
  readonly revision: number
  readonly tables: unknown
  /** A special token's text in a document gives its id, not ordinary ones. */
  readonly matchSpecials: boolean
}

// Each definition is typed by its own settings and tables; here only what all share is known. A family's `create` is
// only ever given what its own `load` gave, and `load` what its own schema gave, which is why the widening is safe.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const definitions = Object.values(registered) as unknown as readonly TokenizerDefinition[]

/** The families by type, e.g. `tokenizers.sentencepiece`. No prototype: `constructor` is no family. */
export const tokenizers: TokenizerRegistry = Object.freeze(
  Object.assign(Object.create(null), Object.fromEntries(definitions.map((family) => [family.type, family]))),
)

/** Names that need no settings: `mistral-v1`. */
export const builtInTokenizers: readonly string[] = definitions.flatMap(({ builtIn }) => Object.keys(builtIn))

/** Settings that every family has. */
const sharedSettings = {
  matchSpecials: z
    .boolean()
    .optional()
    .describe(
      'special tokens in documents, such as `</s>`, give their ids; without, text is only text (default: false)',
    ),
}

/** A family's settings with those that all have. */
export function settingsOf({ settings }: TokenizerDefinition): z.ZodType {
  return settings instanceof z.ZodObject ? settings.safeExtend(sharedSettings) : settings
}

/** Schema of a recipe's `tokenizer`: what it gives, `loadTokenizer` takes. */
export const tokenizerSchema: z.ZodType<TokenizerSpec> = z
  .unknown()
  .meta({
    description: 'A built-in tokenizer by name, or {type: …} with the settings of that type.',
    get anyOf() {
      return [{ enum: builtInTokenizers }, ...definitions.map(schemaOf)]
    },
  })
  .transform((spec, context): TokenizerSpec => {
    const resolved = resolve(spec)
    if (typeof resolved === 'string') {
      context.issues.push({ code: 'custom', input: spec, message: resolved })
      return z.NEVER
    }
    if (typeof spec === 'string') return spec
    const { family, settings } = resolved
    const parsed = settingsOf(family).safeParse(settings)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every family's settings are a strict object
    if (parsed.success) return { type: family.type, ...(parsed.data as object) }
    for (const { message, path: keys } of parsed.error.issues) {
      context.issues.push({ code: 'custom', input: spec, message, path: [...keys] })
    }
    return z.NEVER
  })

/** By name, the tables of the built-in tokenizers that this process has made: 2 to 23 MB each, and 0.3 to 1.6 s. */
const builtInTables = new Map<string, unknown>()

/**
 * Reads a tokenizer's vocabulary. A built-in one is read once a process.
 *
 * @param directory what relative paths in the settings are relative to
 * @throws MillraceError `RECIPE_INVALID` for a name, type or setting that does not exist; `INPUT_MISSING` and
 *   `MODEL_INVALID` for a file that cannot be used
 */
export async function loadTokenizer(spec: TokenizerSpec, directory = '.'): Promise<LoadedTokenizer> {
  const { family, settings, matchSpecials } = checked(spec, directory)
  const known = typeof spec === 'string' ? builtInTables.get(spec) : undefined
  const tables = known ?? (await family.load(settings))
  if (typeof spec === 'string') builtInTables.set(spec, tables)
  return { type: family.type, revision: family.revision, tables, matchSpecials }
}

/** What a plan asks of a tokenizer, without building it where that can be. Throws as {@link loadTokenizer} does. */
export async function tokenizerFacts(spec: TokenizerSpec, directory = '.'): Promise<TokenizerFacts> {
  const { family, settings } = checked(spec, directory)
  return (await family.facts?.(settings)) ?? createTokenizer(await loadTokenizer(spec, directory))
}

/** A tokenizer over tables that `loadTokenizer` gave, in any thread: a few milliseconds, and a word cache of its own. */
export function createTokenizer(loaded: LoadedTokenizer): Tokenizer {
  const family = tokenizers[loaded.type]
  if (family === undefined) throw new RangeError(`tokenizer type ${loaded.type} is not registered`)
  const tokenizer = family.create(loaded.tables)
  return loaded.matchSpecials ? withSpecialsMatched(tokenizer) : tokenizer
}

interface Resolved {
  readonly family: TokenizerDefinition
  readonly settings: unknown
}

/** The family that a spec means and its settings, not yet checked; or what is wrong, as a sentence. */
function resolve(spec: unknown): Resolved | string {
  const names = builtInTokenizers.join(', ')
  if (typeof spec === 'string') {
    const family = definitions.find(({ builtIn }) => Object.hasOwn(builtIn, spec))
    if (family !== undefined) return { family, settings: family.builtIn[spec] }
    return `There is no built-in tokenizer "${spec}". Built in: ${names}.`
  }
  const types = definitions.map(({ type }) => type).join(', ')
  if (typeof spec !== 'object' || spec === null || !('type' in spec) || typeof spec.type !== 'string') {
    return `A tokenizer is a name (${names}), or {type: …} with its settings. Types: ${types}.`
  }
  const { type, ...settings } = spec
  const family = tokenizers[type]
  return family === undefined
    ? `There is no tokenizer type "${type}". Types: ${types}.`
    : { family, settings }
}

function checked(
  spec: TokenizerSpec,
  directory: string,
): { family: TokenizerDefinition; settings: unknown; matchSpecials: boolean } {
  const resolved = resolve(spec)
  if (typeof resolved === 'string') {
    const fix = `Use one of ${builtInTokenizers.join(', ')}, or a {type: …} with its settings.`
    throw new MillraceError('RECIPE_INVALID', resolved, { key: 'tokenizer', got: spec, fix })
  }
  const { family, settings } = resolved
  const parsed = settingsOf(family).safeParse(settings)
  if (!parsed.success) {
    const problems = schemaProblems(settingsOf(family), settings, parsed.error.issues, ['tokenizer'])
    const { message, facts } = wrongSetting(problems)
    throw new MillraceError('RECIPE_INVALID', message, facts)
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every family's settings are a strict object
  const { matchSpecials = false, ...own } = parsed.data as { matchSpecials?: boolean }
  return { family, settings: withPaths(family, own, directory), matchSpecials }
}

function withPaths(family: TokenizerDefinition, settings: unknown, directory: string): unknown {
  if (typeof settings !== 'object' || settings === null) return settings
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => {
      const isPath = family.paths?.includes(key) === true && typeof value === 'string'
      return [key, isPath && builtInName(value) === undefined ? path.resolve(directory, value) : value]
    }),
  )
}

function schemaOf(family: TokenizerDefinition): object {
  const { type, summary } = family
  const { $schema: _, properties, required, ...schema } = z.toJSONSchema(settingsOf(family), { io: 'input' })
  return {
    description: summary,
    ...schema,
    properties: { type: { const: type, description: 'Family of the tokenizer.' }, ...properties },
    required: ['type', ...(required ?? [])],
  }
}
