/** The pools of a finished build, as those that go on from it draw from them: same files, from where it ended. */
import { stat } from 'node:fs/promises'
import path from 'node:path'
import type { Tokenizer } from '../../tokenizers/index.ts'
import { MillraceError } from '../errors.ts'
import type { Base } from '../recipe/base.ts'
import { BASE_PREFIX } from '../recipe/base-name.ts'
import { hashOf } from '../recipe/canonical-json.ts'
import type { Recipe } from '../recipe/schema.ts'
import type { WrittenFile } from '../storage/output-file.ts'
import type { Manifest } from './manifest.ts'
import type { Pool, PoolLimits } from './pools.ts'

/** A base as the manifest of a build on it names it. */
export interface ManifestBase {
  /** Relative to the build's folder. */
  readonly folder: string
  /** Its manifest's digest and its recipe's hash, as they were. */
  readonly digest: string
  readonly recipeHash: string
}

export function manifestBase(folder: string, { folder: base, manifest }: Base): ManifestBase {
  return { folder: relativePath(folder, base), digest: manifest.digest, recipeHash: manifest.recipeHash }
}

/** `file` as seen from `folder`, with forward slashes. */
export function relativePath(folder: string, file: string): string {
  return path.relative(folder, file).split(path.sep).join('/')
}

/** A base's tokens are this run's: throws RECIPE_INVALID where another tokenizer made them. */
export function requireTokenizerOf(
  { folder, manifest }: Base,
  { name, fingerprint }: Pick<Tokenizer, 'name' | 'fingerprint'>,
): void {
  if (fingerprint === manifest.tokenizer.fingerprint) return
  throw new MillraceError(
    'RECIPE_INVALID',
    `the tokens of the base ${folder} are of ${manifest.tokenizer.name}, not of this recipe’s ${name}`,
    {
      key: 'tokenizer',
      got: name,
      limit: manifest.tokenizer.name,
      fix: 'Set the tokenizer of the base, or give its data as sources, to be tokenized anew.',
    },
  )
}

/** `folder`: of the build that draws from them. */
export function basePools(folder: string, recipe: Recipe, { folder: from, manifest, ledger }: Base): Pool[] {
  return manifest.pools.map((pool) => {
    const { name, source, parts, base } = pool
    const counted = ledger.pools[name]
    const epoch = counted === undefined ? 0 : counted.tokens - counted.heldOut.tokens
    const start = counted === undefined ? 0 : counted.fullEpochs * epoch + counted.partialEpoch
    const { seed, order } = base ?? manifest.recipe
    const key = `base.sources.${/^[\w-]+$/.test(source) ? source : JSON.stringify(source)}`
    return {
      ...pool,
      name: `${BASE_PREFIX}${name}`,
      source: `${BASE_PREFIX}${source}`,
      parts: parts.map((part) => ({ ...part, path: relativePath(folder, path.join(from, part.path)) })),
      base: {
        name: base?.name ?? name,
        seed,
        order,
        start,
        settings: key,
        limits: limitsIn(manifest, pool, recipe.base?.sources[source]),
      },
    }
  })
}

type GivenLimits = { readonly [Limit in keyof PoolLimits]?: PoolLimits[Limit] | undefined }

/** What the base's recipe says, unless `given` does. Its minTokens were asked of its own run. */
function limitsIn({ recipe }: Manifest, { source, base }: Pool, given: GivenLimits = {}): PoolLimits {
  const own = base?.limits ?? recipe.sources[source]
  const { maxEpochs = own?.maxEpochs ?? 1, onExhausted = own?.onExhausted, maxShare = own?.maxShare } = given
  return { maxEpochs, onExhausted, maxShare, minTokens: given.minTokens }
}

/** A pool's files, with their recorded sizes and hashes. */
export function poolFiles(pool: Pool, files: readonly WrittenFile[]): WrittenFile[] {
  const paths = new Set(
    pool.parts.flatMap(({ path: part }) => [`${part}.documents`, `${part}.tokens`, `${part}.loss`]),
  )
  return files.filter((file) => paths.has(file.path))
}

/** By the names of this run: a hash of each pool's content and order. Throws OUTPUT_DAMAGED for files of other sizes. */
export async function basePoolHashes({ folder, manifest }: Base): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {}
  for (const pool of manifest.pools) {
    const files = poolFiles(pool, manifest.files)
    for (const file of files) await requireSize(folder, file)
    hashes[`${BASE_PREFIX}${pool.name}`] = hashOf(files.map(({ sha256 }) => sha256))
  }
  return hashes
}

/** Throws OUTPUT_DAMAGED where a file of a finished build or index is not there, or of another size. */
export async function requireSize(folder: string, { path: file, bytes }: WrittenFile): Promise<void> {
  const found = await stat(path.join(folder, file)).catch(() => undefined)
  if (found?.size === bytes) return
  throw new MillraceError(
    'OUTPUT_DAMAGED',
    `${folder} has lost ${file}: ${found === undefined ? 'it is not there' : `it has ${found.size} bytes, not ${bytes}`}`,
    {
      file: path.join(folder, file),
      got: found?.size ?? 0,
      limit: bytes,
      fix: `If ${folder} is a build, run it again: it makes anew what is missing.`,
    },
  )
}
