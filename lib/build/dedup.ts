import { dedupPasses } from '../../filters/dedup/index.ts'
import type { Completion } from '../journal.ts'
import { hashOf } from '../recipe/canonical-json.ts'
import type { Recipe } from '../recipe/schema.ts'
import { type Clusters, mergeClusters } from './clusters.ts'
import { type Corpus, indexedParts } from './corpus.ts'
import type { PartCuts } from './cuts.ts'
import type { ComponentsResult, MatchResult } from './dedup-match.ts'
import type { DocumentPass, GatherResult, ResolveResult } from './dedup-resolve.ts'
import type { EditResult } from './edit.ts'
import { runEdits } from './edit-units.ts'
import type { FeaturesResult } from './features.ts'
import { KEYS_WIDTH, type RefinedPart, sketchedPath, sketchRowWords } from './refine-part.ts'
import type { Refined } from './refine-units.ts'
import { keyRanges, rangeBits } from './runs.ts'
import type { Session } from './session.ts'
import { contentHash, dedupDependencies, filesOf, unit } from './units.ts'

/** What dedup found: runs of verdicts by part and document, and what it cut out. */
export interface Deduped {
  readonly completions: readonly Completion[]
  /** Verdict runs over all parts, relative to the build's folder; parts with cuts have verdicts of their own too. */
  readonly verdicts: readonly string[]
  readonly cuts: readonly PartCuts[]
  /** What was cut, by part. */
  readonly edits: readonly Completion<EditResult>[]
  /** Hash of all verdicts of `verdicts`. */
  readonly hash: string
  /** Of each pass that compared documents. */
  readonly clusters: readonly Clusters[]
}

/** What one pass of methods that drop documents found. */
type Pass = Omit<Deduped, 'cuts' | 'edits'>

/** Bytes that a unit reads of keys or sketches at once: what bounds its memory. */
const BYTES_PER_RANGE = 8 << 20

/**
 * Runs the recipe's methods: one pass of those that drop documents; where some cut blocks, these between the methods before
 * and after them. What `corpora` have goes by the methods that drop documents.
 */
export async function runDedup(
  session: Session,
  folder: string,
  recipe: Recipe,
  refined: Refined,
  corpora: readonly Corpus[] = [],
): Promise<Deduped> {
  const against = { folder, corpora }
  const looked = sum(refined.parts, (part) => (part.tokenized === undefined ? part.documents : 0))
  const before = await runPass(session, recipe, refined, 'before', refined.completions, looked, against)
  const { blocks } = dedupPasses(recipe.dedup)
  if (blocks.methods.length === 0) return { ...before, cuts: [], edits: [] }
  const edited = await runEdits(session, recipe, refined, before)
  const written = [...refined.completions, ...edited.edits]
  const gone =
    sum(before.clusters, ({ sizes }) => sum(sizes, ({ removed }) => removed)) +
    sum(edited.edits, ({ result }) => result.removed)
  const after = await runPass(session, recipe, edited.refined, 'after', written, looked - gone, against)
  return {
    completions: [...before.completions, ...edited.completions, ...after.completions],
    verdicts: [...before.verdicts, ...after.verdicts],
    cuts: edited.cuts,
    edits: edited.edits,
    hash: hashOf([before.hash, after.hash]),
    clusters: [...before.clusters, ...after.clusters],
  }
}

/** `written`: the completions that the parts' files are from; `looked`: documents that are compared. */
async function runPass(
  session: Session,
  recipe: Recipe,
  refined: Refined,
  pass: DocumentPass,
  written: readonly Completion[],
  looked: number,
  against: { readonly folder: string; readonly corpora: readonly Corpus[] },
): Promise<Pass> {
  const ownParts = refined.parts.filter((part) => part.documents > 0).length
  if (refined.parts.every((part) => part.keys === 0))
    return { completions: [], verdicts: [], hash: '', clusters: [] }
  const { parts, list, listHash } = await withIndexed(session, recipe, refined, pass, against)
  const keys = sum(parts, (part) => part.keys)
  const prefix = pass === 'before' ? '' : `${pass}-`
  const nameOf = (index: number): string => prefix + rangeName(index)
  const settings = dedupDependencies(recipe, pass)
  const hashes = new Map(filesOf(written).map(({ path, sha256 }) => [path, sha256]))
  const hashOfPart = (part: RefinedPart, ending: string): string | undefined =>
    hashes.get(`${sketchedPath(part)}.${ending}`)
  const keysHash = hashOf(parts.map((part) => hashOfPart(part, 'keys') ?? ''))
  const methods = dedupPasses(recipe.dedup)[pass].names
  const matchBits = rangeBits(keys, BYTES_PER_RANGE / (KEYS_WIDTH * 4))
  const matches = await session.run<MatchResult>(
    keyRanges(matchBits).map((range) => {
      const name = nameOf(range.index)
      const input = { range, parts: list, path: `work/dedup/edges-${name}` }
      return unit('match', name, input, [listHash, keysHash])
    }),
  )
  const [united] = await session.run<ComponentsResult>([
    unit(
      'components',
      `${prefix}all`,
      { matches: matches.map(({ result }) => result), parts: list, path: `work/dedup/${prefix}members` },
      [listHash, contentHash(matches)],
    ),
  ])
  if (united === undefined || united.result.members === 0) {
    const clusters = [{ methods, ...mergeClusters([], looked) }]
    return { completions: matches, verdicts: [], hash: '', clusters }
  }
  const priorities = Object.entries(recipe.sources).map(([name, { priority }]) => [name, priority])
  const gathered = await session.run<GatherResult>(
    parts.flatMap((part, index) => {
      if (part.documents === 0) return []
      const name = nameOf(index)
      const members = united.result.path
      const input = { part: index, parts: list, pass, members, path: `work/dedup/gathered-${name}` }
      const values = recipe.prefer === undefined ? null : (hashes.get(`${part.path}.records.arrow`) ?? null)
      return [
        unit('gather', name, input, [
          listHash,
          // Of finished corpora, the list's hash tells.
          hashOfPart(part, 'sketches') ?? null,
          contentHash([united]),
          priorities,
          [recipe.prefer ?? null, values],
          recipe.seed,
        ]),
      ]
    }),
  )
  const own = dedupPasses(recipe.dedup)[pass].methods
  const isExact = own.some(({ exact }) => exact !== undefined)
  const features = await session.run<FeaturesResult>(
    (isExact ? parts : []).flatMap((part, index) => {
      if (part.documents === 0 || part.keys === 0 || part.indexed?.features !== undefined) return []
      const name = nameOf(index)
      const members = united.result.path
      const input = { part: index, parts: list, pass, members, path: `work/dedup/features-${name}` }
      // Of finished corpora, the list's hash tells.
      const text = hashes.get(`${part.path}.documents.arrow`) ?? null
      const cuts = hashes.get(`${part.edited ?? ''}.cuts`) ?? null
      return [unit('features', name, input, [listHash, text, cuts, contentHash([united]), settings])]
    }),
  )
  const stored = parts.flatMap(({ indexed }, part) =>
    indexed?.features === undefined ? [] : [{ part, ...indexed.features }],
  )
  const compared = [...features.map(({ result }) => result), ...stored]
  const width = sketchRowWords(own)
  const resolveBits = rangeBits(united.result.members, BYTES_PER_RANGE / (width * 4))
  const runs = gathered.map(({ result }) => result)
  const resolved = await session.run<ResolveResult>(
    keyRanges(resolveBits).map((range) => {
      const name = nameOf(range.index)
      const input = {
        range,
        parts: list,
        pass,
        gathered: runs,
        features: compared,
        path: `work/dedup/verdicts-${name}`,
      }
      return unit('resolve', name, input, [listHash, contentHash([...gathered, ...features]), settings])
    }),
  )
  return {
    completions: [...matches, united, ...gathered, ...features, ...resolved],
    verdicts: resolved.map(({ result }) => result.path),
    hash: contentHash(resolved),
    clusters: [
      {
        methods,
        ...mergeClusters(
          resolved.map(({ result }) => result.clusters),
          looked - sum(gathered.slice(0, ownParts), ({ result }) => result.rows),
        ),
      },
    ],
  }
}

/** The parts of the pass, those of finished corpora behind the build's own: verdicts on these have their places. */
async function withIndexed(
  session: Session,
  recipe: Recipe,
  refined: Refined,
  pass: DocumentPass,
  { folder, corpora }: { readonly folder: string; readonly corpora: readonly Corpus[] },
): Promise<Pick<Refined, 'parts' | 'list' | 'listHash'>> {
  const indexed = await indexedParts(folder, corpora, recipe, pass)
  if (indexed.parts.length === 0) return refined
  const parts = [...refined.parts, ...indexed.parts]
  const list = `work/dedup/parts-${pass}.json`
  await session.writeList(list, parts)
  return { parts, list, listHash: hashOf([refined.listHash, indexed.hash]) }
}

function rangeName(index: number): string {
  return String(index).padStart(5, '0')
}

function sum<T>(items: readonly T[], count: (item: T) => number): number {
  return items.reduce((total, item) => total + count(item), 0)
}
