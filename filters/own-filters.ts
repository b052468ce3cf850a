/**
 * Filters of the user's own: a module registers them under their names beside the built-in ones, in every thread that runs
 * units, and their module's content hash enters the units' keys.
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { MillraceError, systemCode, systemReason } from '../lib/errors.ts'
import { defineFilter, drop, type FilterDefinition, keep } from './define-filter.ts'
import { filters, registerFilter } from './registry.ts'

/** What a module's default export is given where it is a function: all that a filter is written with, without an import. */
export interface FilterKit {
  readonly z: typeof z
  readonly defineFilter: typeof defineFilter
  readonly keep: typeof keep
  readonly drop: typeof drop
}

const kit: FilterKit = { z, defineFilter, keep, drop }

interface Owner {
  readonly file: string
  readonly sha256: string
}

/** The module of each registered filter of the user's own. */
const owners = new Map<string, Owner>()

/** SHA-256 (hex) of the module that a filter came from; undefined for a built-in one. */
export function moduleHashOf(filter: string): string | undefined {
  return owners.get(filter)?.sha256
}

/**
 * Imports modules (`.mjs`, `.js`, and `.ts` where Node.js runs it) and registers the filters that they export: each export
 * that `defineFilter` made, or what a default export gives that is a function of the {@link FilterKit}. A module runs code:
 * name only those you trust. Gives the names.
 *
 * @throws MillraceError `INPUT_MISSING` for a file that is not there, `RECIPE_INVALID` for a module that cannot be imported,
 *   has no filter or one with a part missing, or has the name of another filter.
 */
export async function registerFilters(files: readonly string[], directory: string): Promise<string[]> {
  const names: string[] = []
  for (const shown of files) {
    const file = path.resolve(directory, shown)
    const sha256 = await hashOf(file, shown)
    for (const definition of definitionsOf(await imported(file, sha256, shown), shown)) {
      const owner = owners.get(definition.name)
      if (owner === undefined ? definition.name in filters : owner.file !== file) {
        const other = owner === undefined ? 'a built-in filter' : `a filter of ${owner.file}`
        throw invalid(
          shown,
          `has a filter ${definition.name}, which is the name of ${other}`,
          'Give it another name.',
        )
      }
      if (owner?.sha256 !== sha256) registerFilter(definition)
      owners.set(definition.name, { file, sha256 })
      names.push(definition.name)
    }
  }
  return names
}

async function hashOf(file: string, shown: string): Promise<string> {
  try {
    return createHash('sha256')
      .update(await readFile(file))
      .digest('hex')
  } catch (error) {
    throw new MillraceError(
      'INPUT_MISSING',
      `cannot read the module ${shown}: ${systemReason(error)}`,
      {
        file: shown,
        fix: 'Name a file that exports a filter: a path relative to the recipe, or to the current folder.',
      },
      { cause: error },
    )
  }
}

async function imported(file: string, sha256: string, shown: string): Promise<unknown> {
  try {
    // The hash makes changed content a new module, in a process that builds twice too.
    return await import(`${pathToFileURL(file).href}?sha256=${sha256}`)
  } catch (error) {
    if (systemCode(error) === 'ERR_UNKNOWN_FILE_EXTENSION') {
      const fix = /\.[cm]?ts$/.test(file)
        ? 'Use Node 22.18 or newer for TypeScript, or compile the module to .mjs.'
        : 'Name a module: a .mjs, .js or .cjs file, or .ts from Node 22.18 on.'
      throw invalid(shown, `cannot be imported: Node ${process.versions.node} runs no such file`, fix, error)
    }
    const why = error instanceof Error ? error.message : String(error)
    throw invalid(
      shown,
      `cannot be imported: ${why}`,
      'Correct the module: it threw while it was loaded. What its default export is given, a filter needs no import for.',
      error,
    )
  }
}

function definitionsOf(module: unknown, shown: string): FilterDefinition[] {
  const exported = typeof module === 'object' && module !== null ? Object.entries(module) : []
  const found = exported.flatMap(([name, value]: [string, unknown]) => {
    const made: unknown = name === 'default' && typeof value === 'function' ? value(kit) : value
    return Array.isArray(made) ? made : [made]
  })
  const definitions = found.filter((each) => typeof each === 'object' && each !== null && 'create' in each)
  if (definitions.length === 0) {
    const fix =
      'Write `export default ({ z, defineFilter, keep, drop }) => defineFilter({…})`, as README shows.'
    throw invalid(shown, 'exports no filter', fix)
  }
  return definitions.map((definition) => complete(definition, shown))
}

/** Parts of a definition and how each is known. */
const PARTS: Readonly<Record<string, (part: unknown) => boolean>> = {
  name: (part) => typeof part === 'string' && /^[a-z][a-z0-9-]{0,63}$/.test(part),
  summary: (part) => typeof part === 'string' && part !== '',
  revision: (part) => Number.isSafeInteger(part),
  settings: (part) => part instanceof z.ZodType,
  reasons: Array.isArray,
  values: (part) => typeof part === 'object' && part !== null,
  unicode: (part) => typeof part === 'boolean' || typeof part === 'function',
  create: (part) => typeof part === 'function',
}

function complete(definition: object, shown: string): FilterDefinition {
  const wrong = Object.entries(PARTS).flatMap(([part, holds]) =>
    holds(Reflect.get(definition, part)) ? [] : [part],
  )
  if (wrong.length > 0) {
    const fix = 'Give it what `defineFilter` asks for; TypeScript, or README, shows each part.'
    throw invalid(
      shown,
      `exports a filter whose ${wrong.join(', ')} ${wrong.length === 1 ? 'is' : 'are'} missing or wrong`,
      fix,
    )
  }
  // Every part has just been looked at.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return definition as FilterDefinition
}

function invalid(file: string, problem: string, fix: string, cause?: unknown): MillraceError {
  const issue = { message: `${file} ${problem}`, file, fix }
  return new MillraceError('RECIPE_INVALID', issue.message, { file, fix }, { cause, issues: [issue] })
}
