import { readFile, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { MillraceError, systemReason } from '../../lib/errors.ts'
import { type FastTextModel, parseFastText } from './fasttext-file.ts'

/** fastText's lid.176 in its quantised form: 176 languages, CC BY-SA 3.0, Joulin et al. (arXiv 1607.01759, 1612.03651). */
export const BUILT_IN = 'fasttext.wasm.js/dist/fastText/models/lid.176.ftz'

/** What this process has read, by path: sources with settings of their own share a model, which may have gigabytes. */
const models = new Map<string, { readonly version: string; readonly model: Promise<FastTextModel> }>()

/**
 * The model of a file; null: lid.176. One that was read before is read again where its size or time of change is another.
 * Throws INPUT_MISSING or MODEL_INVALID.
 */
export async function loadFastText(path: string | null): Promise<FastTextModel> {
  const file = path ?? createRequire(import.meta.url).resolve(BUILT_IN)
  const version = await stat(file).then(
    ({ size, mtimeMs }) => `${size} ${mtimeMs}`,
    (error: unknown) => {
      throw missing(file, error)
    },
  )
  const known = models.get(file)
  if (known?.version === version) return known.model
  const model = readFile(file).then(
    (bytes) => parseFastText(bytes, file),
    (error: unknown) => {
      throw missing(file, error)
    },
  )
  models.set(file, { version, model })
  return model
}

function missing(file: string, cause: unknown): MillraceError {
  return new MillraceError(
    'INPUT_MISSING',
    `cannot read the model ${file}: ${systemReason(cause)}`,
    { file, fix: 'Give the path of a fastText classifier, or leave `model` out to use the built-in one.' },
    { cause },
  )
}

/** Throws RECIPE_INVALID where a setting of the filter names a label that the model has not. */
export function requireLabels(
  { labels }: FastTextModel,
  filter: string,
  named: Readonly<Record<string, readonly string[]>>,
): void {
  for (const [key, wanted] of Object.entries(named)) {
    const unknown = wanted.find((label) => !labels.includes(bare(label)))
    if (unknown === undefined) continue
    throw new MillraceError('RECIPE_INVALID', `The ${filter} model has no label "${unknown}".`, {
      key: `${filter}.${key}`,
      got: unknown,
      fix: `Name some of its labels: ${labels.toSorted().join(', ')}.`,
    })
  }
}

/** A label without fastText's prefix, under which model cards give it: `__label__eng_Latn` → `eng_Latn`. */
export function bare(label: string): string {
  return label.startsWith('__label__') ? label.slice('__label__'.length) : label
}
