import type { Tokenizer } from '../../tokenizers/index.ts'
import { MillraceError } from '../errors.ts'
import type { Completion } from '../journal.ts'
import type { LoadedRecipe } from '../recipe/load.ts'
import type { Recipe } from '../recipe/schema.ts'
import { type AdoptResult, requireConvention } from './adopt.ts'
import { basePoolHashes, basePools } from './base-pools.ts'
import { partsOfDedup } from './cuts.ts'
import type { Deduped } from './dedup.ts'
import { holdOut } from './plan.ts'
import { type Pool, type PoolPart, poolNames, tokenWidth } from './pools.ts'
import type { Refined } from './refine-units.ts'
import { keyRanges, rangeBits } from './runs.ts'
import type { Session } from './session.ts'
import { isMasked, layoutOf } from './source-layout.ts'
import type { Tables } from './tables.ts'
import type { TokenizeResult } from './tokenize.ts'
import { contentHash, decontaminateDependencies, filesOf, unit } from './units.ts'

/** Tokenized and shuffled: the pools that the schedule draws from. */
export interface Pooled {
  readonly tokenized: readonly Completion<TokenizeResult>[]
  readonly shuffled: readonly Completion<PoolPart>[]
  readonly pools: readonly Pool[]
  /** What shards depend on beside the ids: formats write its name, and pad with its ids. */
  readonly tokenizer: Pick<Tokenizer, 'name' | 'fingerprint'>
  /** The list of pools, relative to the build's folder. */
  readonly list: string
  /** Hash of each pool's content and order, by name. */
  readonly hashes: Readonly<Record<string, string>>
}

/** Tokens of a pool part: what shuffling holds in memory at once. A part's files are about twice as many bytes. */
const TOKENS_PER_PART = 16 << 20

export async function runPools(
  session: Session,
  folder: string,
  { recipe, base }: Pick<LoadedRecipe, 'recipe' | 'base'>,
  refined: Refined,
  dedup: Deduped,
  tokenizer: Tokenizer,
  benchmarks: Tables['benchmarks'],
): Promise<Pooled> {
  const tokenized = await runTokenize(session, recipe, refined, dedup, tokenizer, benchmarks)
  requireSurvivors(recipe, refined, dedup, tokenized)
  const names = poolNames(recipe)
  const width = tokenWidth(tokenizer.vocabularySize)
  const units = names.flatMap(({ name, source, masked }) => {
    const own = tokenized.filter(({ result }) => name in result.pools)
    const foreseen = [...refined.completions, ...tokenized].filter(
      (completion) => completion.foreseen === true && completion.result.source === source,
    )
    const parts = own.flatMap(({ result }) => result.pools[name] ?? [])
    const tokens = parts.reduce((total, part) => total + part.tokens, 0)
    if (tokens === 0) return []
    const content = [`.${name}.documents`, `.${name}.tokens`, ...(masked ? [`.${name}.loss`] : [])].map(
      (ending) => contentHash([...own, ...foreseen], ending),
    )
    return keyRanges(rangeBits(tokens, TOKENS_PER_PART)).map((range) => {
      const id = `${name}-${String(range.index).padStart(4, '0')}`
      const input = {
        pool: name,
        range,
        parts: parts.map((part) => part.path),
        width,
        masked,
        path: `work/pools/${id}`,
      }
      return { name, unit: unit('shuffle', id, input, content) }
    })
  })
  const shuffled = await session.run<PoolPart>(units.map(({ unit }) => unit))
  const partsOf = (pool: string): Completion<PoolPart>[] =>
    shuffled.filter((_, at) => units[at]?.name === pool)
  const own = names.map((pool) => ({ ...pool, parts: partsOf(pool.name).map(({ result }) => result) }))
  const given = base === undefined ? [] : basePools(folder, recipe, base)
  const pools = [...holdOut(folder, recipe, own), ...given]
  const list = 'work/pools.json'
  await session.writeList(list, pools)
  const hashes = {
    ...Object.fromEntries(names.map(({ name }) => [name, contentHash(partsOf(name))])),
    ...(base === undefined ? {} : await basePoolHashes(base)),
  }
  const { name, fingerprint } = tokenizer
  return { tokenized, shuffled, pools, tokenizer: { name, fingerprint }, list, hashes }
}

async function runTokenize(
  session: Session,
  recipe: Recipe,
  refined: Refined,
  dedup: Deduped,
  tokenizer: Tokenizer,
  benchmarks: Tables['benchmarks'],
): Promise<Completion<TokenizeResult>[]> {
  const decontaminate = decontaminateDependencies(recipe, benchmarks)
  const files = new Map(filesOf(refined.completions).map((file) => [file.path, file.sha256]))
  const ofPart = partsOfDedup(dedup)
  const edits = new Map(dedup.edits.map((done) => [done.result.part, editHash(done)]))
  const units = refined.parts.flatMap((part, index) => {
    if (part.documents === 0) return []
    const name = part.path.slice(part.path.lastIndexOf('/') + 1)
    const place = { part: index, parts: refined.list, path: `work/tokenize/${name}` }
    const tiers = recipe.sources[part.source]?.tiers ?? {}
    const dependsOn = {
      text: files.get(`${part.path}.documents.arrow`),
      tokenizer: tokenizer.fingerprint,
      specials: recipe.output.documents,
      decontaminate,
      tiers,
      seed: recipe.seed,
    }
    if (part.tokenized !== undefined) {
      const { tokenized, loss = null } = recipe.sources[part.source] ?? {}
      return [unit('adopt', name, place, { ...dependsOn, facts: part.tokenized, tokenized, loss })]
    }
    const { verdicts, cuts } = ofPart(index)
    const input = { ...place, verdicts, cuts: cuts ?? null }
    const layout = layoutDependencies(recipe.sources[part.source])
    const values = Object.keys(tiers).length > 0 ? files.get(`${part.path}.records.arrow`) : null
    return [
      unit('tokenize', name, input, {
        ...dependsOn,
        layout,
        values,
        verdicts: dedup.hash,
        edits: edits.get(index) ?? null,
      }),
    ]
  })
  const adopted = await session.run<AdoptResult>(units.filter(({ step }) => step === 'adopt'))
  requireConvention(
    recipe,
    tokenizer,
    adopted.map(({ result }) => result),
  )
  const tokenized = await session.run<TokenizeResult>(units.filter(({ step }) => step === 'tokenize'))
  const byId = new Map([...adopted, ...tokenized].map((completion) => [completion.id, completion]))
  return units.flatMap(({ id }) => byId.get(id) ?? [])
}

/** What tokenizing reads of an edited part. */
function editHash(done: Completion): string {
  return contentHash([done], '.cuts') + contentHash([done], '.verdicts')
}

function layoutDependencies(source: Recipe['sources'][string] | undefined): unknown {
  const layout = layoutOf(source)
  return layout === undefined ? null : [source?.template, layout.revision, isMasked(source)]
}

/** A source that lost more than its `maxRemoval` stops the build, with the reasons that took the most. */
function requireSurvivors(
  recipe: Recipe,
  refined: Refined,
  dedup: Deduped,
  tokenized: readonly Completion<TokenizeResult>[],
): void {
  for (const [source, { maxRemoval }] of Object.entries(recipe.sources)) {
    const reasons = new Map<string, number>()
    let records = 0
    for (const { result } of refined.completions) {
      if (result.source !== source) continue
      records += result.counts.records
      for (const [fate, count] of Object.entries(result.counts.fates)) {
        if (fate === 'not-sampled') records -= count
        else if (fate !== 'kept') reasons.set(fate, (reasons.get(fate) ?? 0) + count)
      }
    }
    for (const { result } of tokenized) {
      if (result.source !== source) continue
      for (const [method, count] of Object.entries(result.duplicates)) {
        reasons.set(`duplicate/${method}`, (reasons.get(`duplicate/${method}`) ?? 0) + count)
      }
      for (const [benchmark, count] of Object.entries(result.contaminated)) {
        reasons.set(`contaminated/${benchmark}`, (reasons.get(`contaminated/${benchmark}`) ?? 0) + count)
      }
      if (result.empty > 0) reasons.set('dropped/empty', (reasons.get('dropped/empty') ?? 0) + result.empty)
    }
    const removed = [...reasons.values()].reduce((total, count) => total + count, 0)
    if (records > 0 && removed / records > maxRemoval)
      throw removedTooMuch(
        source,
        `${removed} of ${records} documents`,
        removed / records,
        maxRemoval,
        reasons,
      )
    requireText(source, refined, dedup, maxRemoval)
  }
}

/** Blocks that were cut out leave the documents there, and may leave little in them. */
function requireText(source: string, { parts }: Refined, { edits }: Deduped, maxRemoval: number): void {
  const own = edits.filter(({ result }) => parts[result.part]?.source === source)
  const bytes = own.reduce((sum, { result }) => sum + result.bytes, 0)
  const cut = own.reduce((sum, { result }) => sum + result.cutBytes, 0)
  if (bytes === 0 || cut / bytes <= maxRemoval) return
  const documents = new Map<string, number>()
  for (const { result } of own) {
    for (const [method, count] of Object.entries(result.cut))
      documents.set(`cut/${method}`, (documents.get(`cut/${method}`) ?? 0) + count)
  }
  throw removedTooMuch(source, `${cut} of ${bytes} bytes of its text`, cut / bytes, maxRemoval, documents)
}

function removedTooMuch(
  source: string,
  what: string,
  share: number,
  maxRemoval: number,
  reasons: ReadonlyMap<string, number>,
): MillraceError {
  const most = [...reasons].toSorted((a, b) => b[1] - a[1]).slice(0, 5)
  const list = most.map(([reason, count]) => `${reason} ${count}`).join(', ')
  return new MillraceError(
    'REMOVED_TOO_MUCH',
    `source ${source} lost ${what}, more than its maxRemoval of ${maxRemoval}: ${list}`,
    {
      key: `sources.${source}.maxRemoval`,
      got: share,
      limit: maxRemoval,
      fix: `Loosen what removes them, or set sources.${source}.maxRemoval to the share that you expect.`,
    },
  )
}
