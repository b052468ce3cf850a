import { stat } from 'node:fs/promises'
import path from 'node:path'
import type { z } from 'zod'
import { dedupMethods } from '../../filters/dedup/index.ts'
import { nameOf } from '../../filters/define-filter.ts'
import { filters } from '../../filters/index.ts'
import { packings } from '../../stages/packing/index.ts'
import { builtInName } from '../../tokenizers/built-in.ts'
import { builtInTokenizers, settingsOf, tokenizers } from '../../tokenizers/index.ts'
import { entriesOf, listOf, type Path, type Problem, valueAt } from './problem.ts'
import { schemaProblems } from './schema-problems.ts'
import { listNames } from './suggest.ts'
import { summary, unknownName } from './unknown-name.ts'

/**
 * What a recipe takes from registries together with settings. Their own schemas say what is wrong in one message; here
 * each wrong key gets its own place, and the nearest known one.
 */

/** A list of filters or dedup methods, and what each item can be. */
export interface UseKind {
  readonly label: string
  readonly registry: Readonly<Record<string, { readonly settings: z.ZodType }>>
  /** The way out where one is there twice, other than to remove it. */
  readonly repeated?: string
}

export const filterUses: UseKind = {
  label: 'filter',
  registry: filters,
  repeated: 'Remove one of the two, or give one a name of its own: `as: NAME` in its settings.',
}
export const dedupUses: UseKind = {
  label: 'dedup method',
  registry: dedupMethods,
  repeated: 'Remove one of the two.',
}

export const packingUses: UseKind = { label: 'packing', registry: Object.fromEntries(packings) }

/** A list of uses: each a name, or one name with settings; no name twice. */
export function checkUses(raw: unknown, list: Path, kind: UseKind): Problem[] {
  const seen = new Set<string>()
  return listOf(valueAt(raw, list)).flatMap((use, index): Problem[] => {
    const place = [...list, index]
    const used = nameOfUse(use)
    const name = used === undefined ? undefined : nameOf(used, valueAt(use, [used]))
    if (used !== undefined && name !== undefined && seen.has(name)) {
      const at = typeof use === 'string' ? 'value' : 'key'
      const message = `the ${kind.label} ${name} is there twice`
      const path = at === 'value' ? place : [...place, used]
      return [{ path, at, message, got: name, fix: kind.repeated ?? 'Remove one of the two.' }]
    }
    if (name !== undefined) seen.add(name)
    return checkUse(use, place, kind)
  })
}

/** A name, or one name with settings. */
export function checkUse(use: unknown, place: Path, { label, registry }: UseKind): Problem[] {
  const names = Object.keys(registry).toSorted() // own filters included, as they are by now
  const name = nameOfUse(use)
  if (name === undefined) {
    const message = `is not a ${label}: expected a name, or one name with its settings`
    return [{ path: place, at: 'value', message, got: summary(use), fix: `Use one of: ${listNames(names)}.` }]
  }
  const at = typeof use === 'string' ? 'value' : 'key'
  const namePath = at === 'value' ? place : [...place, name]
  const definition = Object.hasOwn(registry, name) ? registry[name] : undefined
  if (definition === undefined) return [unknownName(namePath, at, label, name, names)]
  const settings = (at === 'value' ? undefined : valueAt(use, [name])) ?? {} // `minhash:` without a value is null
  return settingsProblems(definition.settings, settings, namePath)
}

/** The name in `name` or `{name: settings}`. */
export function nameOfUse(use: unknown): string | undefined {
  if (typeof use === 'string') return use
  const [first, second] = entriesOf(use)
  return second === undefined ? first?.[0] : undefined
}

/** `tokenizer`: a built-in's name, or `{type, …}` with the settings of that type; files in them exist. */
export async function checkTokenizer(raw: unknown, directory: string): Promise<Problem[]> {
  const place = ['tokenizer']
  const spec = valueAt(raw, place)
  if (spec === undefined) return []
  if (typeof spec === 'string') {
    return builtInTokenizers.includes(spec)
      ? []
      : [unknownName(place, 'value', 'tokenizer', spec, builtInTokenizers)]
  }
  const types = Object.keys(tokenizers)
  const type = valueAt(spec, ['type'])
  if (typeof type !== 'string') {
    const fix = `Use one of: ${listNames(builtInTokenizers)}; or {type: …} with one of the types ${listNames(types)}.`
    return [
      { path: place, at: 'value', message: 'is neither a name nor a {type: …}', got: summary(spec), fix },
    ]
  }
  const family = Object.hasOwn(tokenizers, type) ? tokenizers[type] : undefined
  if (family === undefined) return [unknownName([...place, 'type'], 'value', 'tokenizer type', type, types)]
  const settings = Object.fromEntries(entriesOf(spec).filter(([key]) => key !== 'type'))
  const missing = await Promise.all(
    (family.paths ?? []).map((key) => checkPath([...place, key], settings[key], directory)),
  )
  return [...settingsProblems(settingsOf(family), settings, place), ...missing.flat()]
}

/** A file that is there, by a path relative to the recipe's folder. */
export async function checkPath(place: Path, file: unknown, directory: string): Promise<Problem[]> {
  if (typeof file !== 'string' || file === '' || builtInName(file) !== undefined) return []
  const absolute = path.resolve(directory, file)
  const isFile = await stat(absolute).then(
    (found) => found.isFile(),
    () => false,
  )
  if (isFile) return []
  const fix = `Correct the path, relative to the recipe’s folder: looked for ${absolute}.`
  return [{ path: place, at: 'value', message: `${JSON.stringify(file)} is not a file`, got: file, fix }]
}

function settingsProblems(schema: z.ZodType, settings: unknown, place: Path): Problem[] {
  const parsed = schema.safeParse(settings)
  return parsed.success ? [] : schemaProblems(schema, settings, parsed.error.issues, place)
}
