/** One pass of dedup over documents: its units, from the keys of all parts to runs of verdicts. */
import { dedupPasses } from '../../filters/dedup/index.ts'
import type { Completion } from '../journal.ts'
import { hashOf } from '../recipe/canonical-json.ts'
import type { Recipe } from '../recipe/schema.ts'
import { sum } from '../sum.ts'
import { type Clusters, mergeClusters } from './clusters.ts'
import { type Corpus, indexedParts } from './corpus.ts'
import type { ComponentsResult, MatchResult } from './dedup-match.ts'
import type { DocumentPass, GatherResult, ResolveResult } from './dedup-resolve.ts'
import type { FeaturesResult } from './features.ts'
import { KEYS_WIDTH, sketchedPath, sketchRowWords } from './refine-part.ts'
import type { Refined } from './refine-units.ts'
import { keyRanges, rangeBits } from './runs.ts'
import type { Session } from './session.ts'
import { contentHash, dedupDependencies, filesOf, unit } from './units.ts'

/** What passes found. */
export interface Pass {
  readonly completions: readonly Completion[]
  /** Verdict runs over all parts, relative to the build's folder. */
  readonly verdicts: readonly string[]
  /** Hash of what is in `verdicts`. */
  readonly hash: string
  /** Of each pass that compared documents. */
  readonly clusters: readonly Clusters[]
}

export interface PassOptions {
  readonly pass: DocumentPass
  /** The completions that the parts' files are from. */
  readonly written: readonly Completion[]
  /** Documents that are compared. */
  readonly looked: number
  /** Of the build; and the finished corpora that its documents go by. */
  readonly folder: string
  readonly corpora: readonly Corpus[]
}

/** Bytes that a unit reads of keys or sketches at once: what bounds its memory. */
const BYTES_PER_RANGE = 8 << 20

/** What all units of a pass are made from. */
interface Work extends Pick<Refined, 'parts' | 'list' | 'listHash'> {
  readonly session: Session
  readonly recipe: Recipe
  readonly pass: DocumentPass
  /** Name of the unit of a range or part. */
  readonly nameOf: (index: number) => string
  /** Hash of one of the build's files; undefined for those of finished corpora, for which the list's hash tells. */
  readonly hashOfFile: (path: string) => string | undefined
  /** What the pass's settings are. */
  readonly settings: unknown
}

/** Runs a pass of the methods that drop documents. */
export async function runPass(
  session: Session,
  recipe: Recipe,
  refined: Refined,
  options: PassOptions,
): Promise<Pass> {
  if (refined.parts.every((part) => part.keys === 0))
    return { completions: [], verdicts: [], hash: '', clusters: [] }
  const { pass, written, looked } = options
  const methods = dedupPasses(recipe.dedup)[pass].names
  const hashes = new Map(filesOf(written).map(({ path, sha256 }) => [path, sha256]))
  const work: Work = {
    ...(await withIndexed(session, recipe, refined, options)),
    session,
    recipe,
    pass,
    nameOf: (index) => (pass === 'before' ? '' : `${pass}-`) + String(index).padStart(5, '0'),
    hashOfFile: (path) => hashes.get(path),
    settings: dedupDependencies(recipe, pass),
  }
  const matches = await matchKeys(work)
  const united = await unite(work, matches)
  if (united === undefined || united.result.members === 0) {
    const clusters = [{ methods, ...mergeClusters([], looked) }]
    return { completions: matches, verdicts: [], hash: '', clusters }
  }
  const gathered = await gatherMembers(work, united)
  const features = await readFeatures(work, united)
  const resolved = await resolveMembers(work, united, gathered, features)
  const ownParts = refined.parts.filter((part) => part.keys > 0).length
  const alone = looked - sum(gathered.slice(0, ownParts), ({ result }) => result.rows)
  const found = resolved.map(({ result }) => result.clusters)
  return {
    completions: [...matches, united, ...gathered, ...features, ...resolved],
    verdicts: resolved.map(({ result }) => result.path),
    hash: contentHash(resolved),
    clusters: [{ methods, ...mergeClusters(found, alone) }],
  }
}

/** Documents that share a key, by range of keys. */
function matchKeys(work: Work): Promise<Completion<MatchResult>[]> {
  const { session, parts, list, listHash, nameOf, hashOfFile } = work
  const keysHash = hashOf(parts.map((part) => hashOfFile(`${sketchedPath(part)}.keys`) ?? ''))
  const keys = sum(parts, (part) => part.keys)
  const ranges = keyRanges(rangeBits(keys, BYTES_PER_RANGE / (KEYS_WIDTH * 4)))
  return session.run(
    ranges.map((range) => {
      const name = nameOf(range.index)
      return unit('match', name, { range, parts: list, path: `work/dedup/edges-${name}` }, [
        listHash,
        keysHash,
      ])
    }),
  )
}

/** The components of what shares keys, of all ranges. */
async function unite(
  { session, pass, list, listHash }: Work,
  matches: readonly Completion<MatchResult>[],
): Promise<Completion<ComponentsResult> | undefined> {
  const prefix = pass === 'before' ? '' : `${pass}-`
  const input = {
    matches: matches.map(({ result }) => result),
    parts: list,
    path: `work/dedup/${prefix}members`,
  }
  const [united] = await session.run<ComponentsResult>([
    unit('components', `${prefix}all`, input, [listHash, contentHash(matches)]),
  ])
  return united
}

/** What decides between the members of components, by part. */
function gatherMembers(
  work: Work,
  united: Completion<ComponentsResult>,
): Promise<Completion<GatherResult>[]> {
  const { session, recipe, pass, parts, list, listHash, nameOf, hashOfFile } = work
  const priorities = Object.entries(recipe.sources).map(([name, { priority }]) => [name, priority])
  return session.run(
    parts.flatMap((part, index) => {
      // Token ids have neither keys nor sketches.
      if (part.keys === 0) return []
      const name = nameOf(index)
      const members = united.result.path
      const input = { part: index, parts: list, pass, members, path: `work/dedup/gathered-${name}` }
      const values = recipe.prefer === undefined ? null : (hashOfFile(`${part.path}.records.arrow`) ?? null)
      return [
        unit('gather', name, input, [
          listHash,
          hashOfFile(`${sketchedPath(part)}.sketches`) ?? null,
          contentHash([united]),
          priorities,
          [recipe.prefer ?? null, values],
          recipe.seed,
        ]),
      ]
    }),
  )
}

/** What methods that compare whole documents need of the members' texts, by part; finished corpora may have it stored. */
function readFeatures(
  work: Work,
  united: Completion<ComponentsResult>,
): Promise<Completion<FeaturesResult>[]> {
  const { session, recipe, pass, parts, list, listHash, nameOf, hashOfFile, settings } = work
  const isExact = dedupPasses(recipe.dedup)[pass].methods.some(({ exact }) => exact !== undefined)
  return session.run(
    (isExact ? parts : []).flatMap((part, index) => {
      if (part.documents === 0 || part.keys === 0 || part.indexed?.features !== undefined) return []
      const name = nameOf(index)
      const members = united.result.path
      const input = { part: index, parts: list, pass, members, path: `work/dedup/features-${name}` }
      const text = hashOfFile(`${part.path}.documents.arrow`) ?? null
      const cuts = hashOfFile(`${part.edited ?? ''}.cuts`) ?? null
      return [unit('features', name, input, [listHash, text, cuts, contentHash([united]), settings])]
    }),
  )
}

/** Which members stay, and why the others go, by range of components. */
function resolveMembers(
  work: Work,
  united: Completion<ComponentsResult>,
  gathered: readonly Completion<GatherResult>[],
  features: readonly Completion<FeaturesResult>[],
): Promise<Completion<ResolveResult>[]> {
  const { session, recipe, pass, parts, list, listHash, nameOf, settings } = work
  const stored = parts.flatMap(({ indexed }, part) =>
    indexed?.features === undefined ? [] : [{ part, ...indexed.features }],
  )
  const shared = {
    parts: list,
    pass,
    gathered: gathered.map(({ result }) => result),
    features: [...features.map(({ result }) => result), ...stored],
  }
  const width = sketchRowWords(dedupPasses(recipe.dedup)[pass].methods)
  const ranges = keyRanges(rangeBits(united.result.members, BYTES_PER_RANGE / (width * 4)))
  const dependencies = [listHash, contentHash([...gathered, ...features]), settings]
  return session.run(
    ranges.map((range) => {
      const name = nameOf(range.index)
      return unit('resolve', name, { range, ...shared, path: `work/dedup/verdicts-${name}` }, dependencies)
    }),
  )
}

/** The parts of the pass, those of finished corpora behind the build's own: verdicts on these have their places. */
async function withIndexed(
  session: Session,
  recipe: Recipe,
  refined: Refined,
  { pass, folder, corpora }: PassOptions,
): Promise<Pick<Refined, 'parts' | 'list' | 'listHash'>> {
  const indexed = await indexedParts(folder, corpora, recipe, pass)
  if (indexed.parts.length === 0) return refined
  const parts = [...refined.parts, ...indexed.parts]
  const list = `work/dedup/parts-${pass}.json`
  await session.writeList(list, parts)
  return { parts, list, listHash: hashOf([refined.listHash, indexed.hash]) }
}
