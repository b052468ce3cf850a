/**
 * A finished corpus that a build, or `millrace dedup`, compares its documents with: what it has goes, and nothing of it does.
 * Its sketches and keys are used where they lie: in the folder of a build, or in a dedup index.
 */
import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { dedupMethods, dedupPasses } from '../../filters/dedup/index.ts'
import { UID_WORDS } from '../documents/uid.ts'
import { MillraceError } from '../errors.ts'
import { hashOf } from '../recipe/canonical-json.ts'
import type { Recipe } from '../recipe/schema.ts'
import type { WrittenFile } from '../storage/output-file.ts'
import { parseOwnJson } from '../storage/own-json.ts'
import { requireSize } from './base-pools.ts'
import { partsOfDedup } from './cuts.ts'
import type { DocumentPass } from './dedup-resolve.ts'
import { type Manifest, readManifest } from './manifest.ts'
import { type IndexedFacts, KEYS_WIDTH, type RefinedPart } from './refine-part.ts'
import { layoutOf } from './source-layout.ts'

/** A method's sketches as a corpus has them: `hash` is of all that they depend on. */
export interface Sketched {
  readonly name: string
  readonly hash: string
  /** 32-bit words a document. */
  readonly words: number
}

/** By pass, in the order in which they lie in a row. */
export type SketchedPasses = Readonly<Record<DocumentPass, readonly Sketched[]>>

export interface Corpus {
  /** Absolute. */
  readonly folder: string
  readonly sketches: SketchedPasses
  /** The methods and settings that it was made with; undefined for an index of an earlier version. */
  readonly dedup?: Recipe['dedup']
  readonly parts: readonly CorpusPart[]
}

/** A part of a corpus; paths are relative to its folder. */
interface CorpusPart {
  readonly source: string
  readonly documents: number
  /** Where the sketches and keys of each pass are, without ending; none for documents that have none. */
  readonly paths: Readonly<Partial<Record<DocumentPass, string>>>
  /** Documents that the corpus itself lost: verdict runs, in which this is part `part`. */
  readonly verdicts: readonly string[]
  readonly part: number
  /** The files named here, as written. */
  readonly files: readonly WrittenFile[]
  /** What exact comparisons need of it: a build's texts, or what an index has of them; `files` of these too. */
  readonly compared?: {
    readonly texts?: { readonly path: string; readonly laidOut: boolean }
    readonly features?: string
    readonly files: readonly WrittenFile[]
  }
}

/** Whether it can be compared with by more than sketches. */
export function isComparable({ parts }: Corpus): boolean {
  return parts.every(({ compared }) => compared !== undefined)
}

/** Settings that say which pairs are compared, and how: they change no sketch. */
const DECIDES: ReadonlySet<string> = new Set(['scope', 'verify'])

/** What a corpus that this recipe makes has of each document. */
export function sketchedMethods(recipe: Pick<Recipe, 'dedup'>): SketchedPasses {
  const passes = dedupPasses(recipe.dedup)
  const of = (pass: DocumentPass): Sketched[] =>
    passes[pass].methods.map(({ sketchWords }, at) => {
      const { name, settings } = recipe.dedup[passes[pass].first + at] ?? { name: '', settings: {} }
      const { revision = 0, unicode = false } = dedupMethods[name] ?? {}
      const own = Object.entries(settings ?? {}).filter(([key]) => !DECIDES.has(key))
      const version = unicode ? (process.versions['unicode'] ?? '') : null
      return { name, hash: hashOf([name, Object.fromEntries(own), revision, version]), words: sketchWords }
    })
  return { before: of('before'), after: of('after') }
}

/** What of a recipe's methods a corpus was not made with, as ends of "it was made …": one for each that it has not, or otherwise. */
export function madeOtherwise(corpus: Corpus, recipe: Pick<Recipe, 'dedup'>): string[] {
  const asked = sketchedMethods(recipe)
  return (['before', 'after'] as const).flatMap((pass) =>
    asked[pass].flatMap(({ name, hash }) =>
      corpus.sketches[pass].some((method) => method.hash === hash) ? [] : [otherwise(name, corpus, recipe)],
    ),
  )
}

function otherwise(name: string, { sketches, dedup }: Corpus, recipe: Pick<Recipe, 'dedup'>): string {
  const names = [...sketches.before, ...sketches.after].map((method) => method.name)
  if (!names.includes(name)) return `without ${name}, by ${names.join(', ') || 'no method'}`
  const [there, here] = [dedup, recipe.dedup].map(
    (uses) => new Map(Object.entries(uses?.find((use) => use.name === name)?.settings ?? {})),
  )
  const keys = [...(there?.keys() ?? [])].filter((key) => !DECIDES.has(key))
  const other = keys.filter((key) => hashOf([there?.get(key)]) !== hashOf([here?.get(key)]))
  if (other.length === 0) return `with other settings or an earlier version of ${name}`
  const values = other.map(
    (key) => `${key} ${JSON.stringify(there?.get(key))}, here ${JSON.stringify(here?.get(key))}`,
  )
  return `with other settings of ${name}: ${values.join('; ')}`
}

/** A finished build, or a dedup index. Throws NOT_FOUND where the folder is neither. */
export async function openCorpus(folder: string): Promise<Corpus> {
  const index = await readIndex(folder)
  if (index !== undefined) return corpusOfIndex(folder, index)
  const file = path.join(folder, 'manifest.json')
  if (existsSync(file)) return corpusOfBuild(folder, await readManifest(folder))
  throw new MillraceError('NOT_FOUND', `${folder} is neither a finished build nor a dedup index`, {
    file,
    fix: 'Name the --out folder of a build that ran to its end, or an --index folder of `millrace dedup`.',
  })
}

export function corpusOfBuild(folder: string, manifest: Manifest): Corpus {
  const ofPart = partsOfDedup(manifest)
  const written = new Map(manifest.files.map((file) => [file.path, file]))
  const filesOf = (named: readonly string[]): WrittenFile[] =>
    named.flatMap((name) => written.get(name) ?? [])
  const parts = manifest.parts.flatMap(
    ({ path: before, source, documents, tokenized }, part): CorpusPart[] => {
      if (documents === 0 || tokenized !== undefined) return []
      const { verdicts, cuts } = ofPart(part)
      const paths = { before, ...(cuts !== undefined && { after: cuts }) }
      const names = [
        ...Object.values(paths).flatMap((base) => [`${base}.sketches`, `${base}.keys`]),
        ...verdicts,
      ]
      const laidOut = layoutOf(manifest.recipe.sources[source]) !== undefined
      const files = filesOf(names)
      const texts = [`${before}.documents.arrow`, ...(cuts === undefined ? [] : [`${cuts}.cuts`])]
      const compared = { texts: { path: before, laidOut }, files: filesOf(texts) }
      return [{ source, documents, paths, verdicts, part, files, compared }]
    },
  )
  return { folder, sketches: manifest.sketches, dedup: manifest.recipe.dedup, parts }
}

/** `index.json` of a dedup index: its parts in the order in which they were added. */
export interface DedupIndex {
  readonly sketches: readonly Sketched[]
  /** The methods and settings of the run that began it; not in indexes of an earlier version. */
  readonly dedup?: Recipe['dedup']
  readonly parts: readonly IndexPart[]
}

export interface IndexPart {
  /** What was added at once has one name: a hash of its documents, in any order. */
  readonly addition: string
  /** Of `.sketches`, `.keys` and `.ids.arrow`, relative to the index's folder; of `.rows` and `.words` with `verify: jaccard`. */
  readonly path: string
  readonly documents: number
  readonly files: readonly WrittenFile[]
}

/** The index in a folder; undefined where there is none. */
export async function readIndex(folder: string): Promise<DedupIndex | undefined> {
  const text = await readFile(path.join(folder, 'index.json'), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : parseOwnJson<DedupIndex>(text)
}

export function corpusOfIndex(folder: string, { sketches, dedup, parts }: DedupIndex): Corpus {
  return {
    folder,
    sketches: { before: sketches, after: [] },
    ...(dedup && { dedup }),
    parts: parts.map(({ path: before, documents, files }) => {
      const compared = files.some(({ path: file }) => file === `${before}.words`)
        ? { features: before, files: [] }
        : undefined
      const rest = { documents, paths: { before }, verdicts: [], part: 0, files }
      return { source: 'index', ...rest, ...(compared && { compared }) }
    }),
  }
}

/**
 * The parts of corpora as one pass of a build in `folder` compares with them, and a hash of what they hold, whatever their
 * place. Throws OUTPUT_DAMAGED where a file is not there or of another size.
 */
export async function indexedParts(
  folder: string,
  corpora: readonly Corpus[],
  recipe: Recipe,
  pass: DocumentPass,
): Promise<{ readonly parts: readonly RefinedPart[]; readonly hash: string }> {
  const asked = sketchedMethods(recipe)[pass]
  const isExact = dedupPasses(recipe.dedup)[pass].methods.some(({ exact }) => exact !== undefined)
  const parts: RefinedPart[] = []
  const hashes: unknown[] = []
  for (const corpus of corpora) {
    const stored = corpus.sketches[pass]
    const columns = columnsOf(stored, asked)
    const places = asked.map(({ hash }) => stored.findIndex((method) => method.hash === hash))
    for (const { source, documents, paths, verdicts, part, files: always, compared } of corpus.parts) {
      const own = paths[pass]
      if (own === undefined || asked.length === 0) continue
      const files = isExact ? [...always, ...(compared?.files ?? [])] : always
      for (const file of files) await requireSize(corpus.folder, file)
      const from = (file: string): string =>
        path.relative(folder, path.join(corpus.folder, file)).split(path.sep).join('/')
      const { size } = await stat(path.join(corpus.folder, `${own}.keys`))
      parts.push({
        path: from(own),
        source,
        files: [],
        records: 0,
        documents,
        keys: size / (KEYS_WIDTH * 4),
        indexed: {
          ...columns,
          verdicts: verdicts.map(from),
          part,
          ...(isExact && comparedBy(compared, pass === 'after' ? own : undefined, places, from)),
        },
      })
      hashes.push([documents, columns, part, files.map(({ sha256 }) => sha256)])
    }
  }
  return { parts, hash: hashOf(hashes) }
}

/** Where exact comparisons find a part; `edited`: the cuts before the pass. */
function comparedBy(
  compared: CorpusPart['compared'],
  edited: string | undefined,
  methods: readonly number[],
  from: (file: string) => string,
): Pick<IndexedFacts, 'texts' | 'features'> {
  const { texts, features } = compared ?? {}
  if (features !== undefined) return { features: { path: from(features), methods } }
  if (texts === undefined) return {}
  const cuts = edited === undefined ? {} : { edited: from(edited) }
  return { texts: { path: from(texts.path), laidOut: texts.laidOut, ...cuts } }
}

/** Where the sketches that are asked for lie in a stored row, behind its uid. */
function columnsOf(
  stored: readonly Sketched[],
  asked: readonly Sketched[],
): { readonly width: number; readonly columns: readonly number[] } {
  const starts = new Map<string, number>()
  let at = UID_WORDS
  for (const { hash, words } of stored) {
    starts.set(hash, at)
    at += words
  }
  const columns = asked.map(({ name, hash }) => {
    const start = starts.get(hash)
    if (start === undefined)
      throw new MillraceError('INTERNAL', `a corpus has no sketches of ${name}`, { fix: 'Report this.' })
    return start
  })
  return { width: at, columns }
}
