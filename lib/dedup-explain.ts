import type { DedupMethod } from '../filters/dedup/define-dedup.ts'
import { bandShape, minhash } from '../filters/dedup/minhash.ts'
import { normalisedWords } from '../filters/dedup/word-characters.ts'
import type { Document } from './documents/document.ts'
import { createMapper } from './documents/fields.ts'
import { MillraceError } from './errors.ts'
import { type MappingOptions, mapperSettings } from './head.ts'
import { readInputs } from './inputs.ts'
import { wrongSetting } from './recipe/problem.ts'
import { schemaProblems } from './recipe/schema-problems.ts'

export interface ExplainOptions extends MappingOptions {
  /** Two ids, as in `duplicates.jsonl`; unless given, the files hold two documents. */
  readonly ids?: readonly string[]
  /** Settings of minhash, e.g. `{threshold: 0.8, ngram: 5}`. */
  readonly settings?: Readonly<Record<string, unknown>>
  /** Shared n-grams to show. */
  readonly examples?: number
}

/** What `minhash` sees of a pair of documents, beside the truth that it estimates. */
export interface DedupExplanation {
  readonly documents: readonly { readonly id: string; readonly words: number; readonly ngrams: number }[]
  /** Distinct n-grams of normalised words that both have. */
  readonly shared: number
  /** Exact Jaccard similarity of the sets of n-grams; 0 where neither has one. */
  readonly jaccard: number
  /** Share of the signature's values that agree: the estimate of it. */
  readonly agreement: number
  /** Bands with equal keys, from 0; without one the pair is never compared. */
  readonly sharedBands: readonly number[]
  readonly bands: number
  /** Whether one goes if the other is kept. */
  readonly isDuplicate: boolean
  /** The first shared n-grams, in the order of the first document. */
  readonly examples: readonly string[]
}

/**
 * Says why two documents are near-duplicates, or not. Holds both documents' n-grams as strings. Throws NOT_FOUND for ids
 * that no document has, USAGE for settings that minhash has not, or files of more or fewer documents than two.
 */
export async function explainDuplicates(
  files: readonly string[],
  options: ExplainOptions = {},
): Promise<DedupExplanation> {
  const parsed = minhash.settings.safeParse(options.settings ?? {})
  if (!parsed.success)
    throw wrongSetting(schemaProblems(minhash.settings, options.settings, parsed.error.issues, ['minhash']))
  const { threshold, ngram, bands, rows } = parsed.data
  const method = minhash.create(parsed.data)
  const pair = await pairOf(files, options)
  const sets = pair.map(({ text }) => ngramsOf(text, ngram))
  const sketches = new Uint32Array(2 * method.sketchWords)
  for (const [at, document] of pair.entries()) method.sketch(document, sketches, at * method.sketchWords)

  const [first, second] = sets.map(({ ngrams }) => ngrams)
  const shared = [...(first ?? [])].filter((each) => second?.has(each))
  const union = (first?.size ?? 0) + (second?.size ?? 0) - shared.length
  const isEmpty = sets.some(({ words }) => words === 0)
  const values = method.sketchWords
  const agreeing = sketches.subarray(0, values).filter((value, at) => value === sketches[values + at]).length
  const shape = bandShape(threshold, bands, rows)
  const sharedBands = isEmpty ? [] : sharedKeys(method, sketches)
  return {
    documents: pair.map(({ id }, at) => ({
      id,
      words: sets[at]?.words ?? 0,
      ngrams: sets[at]?.ngrams.size ?? 0,
    })),
    shared: shared.length,
    jaccard: union === 0 ? 0 : shared.length / union,
    agreement: isEmpty ? 0 : agreeing / values,
    sharedBands,
    bands: shape.bands,
    isDuplicate: sharedBands.length > 0 && compared(method, pair, sketches) !== null,
    examples: shared.slice(0, options.examples ?? 5),
  }
}

function sharedKeys(method: ReturnType<typeof minhash.create>, sketches: Uint32Array): number[] {
  const [a, b] = [0, method.sketchWords].map((at) => {
    const keys = new Uint32Array(2 * method.maxKeys)
    method.keys(sketches, at, keys, 0)
    return keys
  })
  return Array.from({ length: method.maxKeys }, (_, band) => band).filter((band) =>
    [2 * band, 2 * band + 1].every((half) => a?.[half] === b?.[half]),
  )
}

/** The set that a signature is of: n-grams of normalised words; of a shorter text, all its words. */
function ngramsOf(text: string, ngram: number): { words: number; ngrams: Set<string> } {
  const words = normalisedWords(text)
  const ngrams = new Set<string>()
  for (let end = Math.min(ngram, words.length); end > 0 && end <= words.length; end++) {
    ngrams.add(words.slice(Math.max(0, end - ngram), end).join(' '))
  }
  return { words: words.length, ngrams }
}

const PLACES =
  'Name two, by --explain A B or --id twice: ids of duplicates.jsonl, or FILE:OFFSET (bytes of the decompressed file).'

async function pairOf(
  files: readonly string[],
  options: ExplainOptions,
): Promise<(Document & { id: string })[]> {
  const { ids } = options
  if (ids !== undefined && (ids.length !== 2 || ids[0] === ids[1])) {
    const message = `a pair is two different ids, not ${ids.length === 2 ? 'one twice' : ids.length}`
    throw new MillraceError('USAGE', message, { got: ids.join(', '), fix: PLACES })
  }
  const map = createMapper(mapperSettings(options))
  const found = new Map<string, Document & { id: string }>()
  const places = new Map<string, string>()
  for await (const { file, items } of readInputs(files)) {
    for (const item of items) {
      const mapped = item.kind === 'bad' ? undefined : map(item.value)
      if (mapped === undefined || 'reason' in mapped) continue
      const place = `${file}:${item.offset}`
      const id = mapped.document.id ?? place
      const name = ids === undefined ? place : ids.find((each) => each === id || each === place)
      if (name === undefined) continue
      const before = places.get(name)
      if (before !== undefined) {
        const message = `more than one document has the id ${name}: ${before} and ${place}`
        throw new MillraceError('USAGE', message, { file, record: item.offset, got: name, fix: PLACES })
      }
      places.set(name, place)
      found.set(name, { ...mapped.document, id: name === place ? place : id })
    }
    if (ids === undefined && found.size > 2) break
  }
  const pair = ids === undefined ? [...found.values()] : ids.flatMap((id) => found.get(id) ?? [])
  if (pair.length === 2) return pair
  if (ids === undefined) {
    const message = `the files hold ${pair.length > 2 ? 'more than two' : pair.length} documents, not a pair`
    throw new MillraceError('USAGE', message, { fix: 'Name the pair by --id, twice.' })
  }
  const missing = ids.filter((id) => !found.has(id)).join(', ')
  throw new MillraceError('NOT_FOUND', `no document has the id ${missing}`, {
    got: missing,
    fix: 'Give the files that were deduplicated, as they were named then, the same --field, and ids of duplicates.jsonl.',
  })
}

function compared(method: DedupMethod, pair: readonly Document[], sketches: Uint32Array): number | null {
  const { exact } = method
  if (exact === undefined) return method.compare(sketches, 0, sketches, method.sketchWords)
  const [first = new Uint32Array(), second = new Uint32Array()] = pair.map((each) => exact.features(each))
  return exact.compare(first, second)
}
