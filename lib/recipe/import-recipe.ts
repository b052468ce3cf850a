import { stat } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { MillraceError, systemCode } from '../errors.ts'

/** Imports a module by its URL; replaced in tests. */
export type ImportModule = (url: string) => Promise<unknown>

const importModule: ImportModule = (url) => import(url)

/**
 * The raw recipe that a module exports, as `default` or `recipe`. A module runs code: load only those you trust.
 *
 * @param shown the file as it was named, for errors
 */
export async function importRecipe(
  file: string,
  shown: string,
  load: ImportModule = importModule,
): Promise<unknown> {
  const module = await imported(file, shown, load)
  const exports: { default?: unknown; recipe?: unknown } =
    typeof module === 'object' && module !== null ? module : {}
  const recipe = exports.default ?? exports.recipe
  if (recipe === undefined) {
    throw invalid(
      shown,
      'exports no recipe',
      'Write `export default defineRecipe({…})`, or `export const recipe = …`.',
    )
  }
  if (typeof recipe === 'function' || recipe instanceof Promise) {
    throw invalid(
      shown,
      'exports a function or a promise',
      'Export the recipe itself: `export default defineRecipe({…})`.',
    )
  }
  return recipe
}

async function imported(file: string, shown: string, load: ImportModule): Promise<unknown> {
  if (
    !(await stat(file).then(
      (found) => found.isFile(),
      () => false,
    ))
  ) {
    throw new MillraceError('INPUT_MISSING', `cannot read the recipe ${shown}: there is no such file`, {
      file: shown,
      fix: 'Name the recipe’s file; `millrace init` writes a first one.',
    })
  }
  try {
    return await load(pathToFileURL(file).href)
  } catch (error) {
    if (systemCode(error) === 'ERR_UNKNOWN_FILE_EXTENSION') {
      throw invalid(
        shown,
        `cannot be imported: Node ${process.versions.node} does not run TypeScript`,
        'Use Node 22.18 or newer, or compile the recipe to .mjs, or write it as YAML.',
        error,
      )
    }
    const why = error instanceof Error ? error.message : String(error)
    throw invalid(
      shown,
      `cannot be imported: ${why}`,
      'Correct the module: it threw while it was loaded.',
      error,
    )
  }
}

function invalid(file: string, problem: string, fix: string, cause?: unknown): MillraceError {
  return new MillraceError(
    'RECIPE_INVALID',
    `${file} ${problem}`,
    { file, fix },
    { cause, issues: [{ message: problem, file, fix }] },
  )
}
