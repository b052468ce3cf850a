import type { Completion } from '../journal.ts'
import type { Recipe } from '../recipe/schema.ts'
import type { ComponentsResult, MatchResult } from './dedup-match.ts'
import type { GatherResult, ResolveResult } from './dedup-resolve.ts'
import { dedupMethodsOf } from './refine.ts'
import { KEYS_WIDTH, sketchRowWords } from './refine-part.ts'
import type { Refined } from './refine-units.ts'
import { keyRanges, rangeBits } from './runs.ts'
import type { Session } from './session.ts'
import { contentHash, dedupDependencies, filesOf, unit } from './units.ts'

/** What dedup found: runs of verdicts by part and document. */
export interface Deduped {
  readonly completions: readonly Completion[]
  /** Verdict runs, relative to the build's folder. */
  readonly verdicts: readonly string[]
  /** Hash of all verdicts. */
  readonly hash: string
  /** Documents that go. */
  readonly removed: number
  readonly components: number
}

/** Bytes that a unit reads of keys or sketches at once: what bounds its memory. */
const BYTES_PER_RANGE = 8 << 20

export async function runDedup(session: Session, recipe: Recipe, refined: Refined): Promise<Deduped> {
  const { parts, list, listHash } = refined
  const keys = parts.reduce((total, part) => total + part.keys, 0)
  const documents = parts.reduce((total, part) => total + part.documents, 0)
  if (keys === 0) return { completions: [], verdicts: [], hash: '', removed: 0, components: 0 }
  const settings = dedupDependencies(recipe)
  const keysHash = contentHash(refined.completions, '.keys')
  const matchBits = rangeBits(keys, BYTES_PER_RANGE / (KEYS_WIDTH * 4))
  const matches = await session.run<MatchResult>(
    keyRanges(matchBits).map((range) => {
      const output = `work/dedup/edges-${rangeName(range.index)}`
      return unit('match', rangeName(range.index), { range, parts: list, path: output }, [listHash, keysHash])
    }),
  )
  const [united] = await session.run<ComponentsResult>([
    unit(
      'components',
      'all',
      { matches: matches.map(({ result }) => result), documents, path: 'work/dedup/members' },
      contentHash(matches),
    ),
  ])
  if (united === undefined || united.result.members === 0) {
    return { completions: matches, verdicts: [], hash: '', removed: 0, components: 0 }
  }
  const priorities = Object.entries(recipe.sources).map(([name, { priority }]) => [name, priority])
  const hashes = new Map(filesOf(refined.completions).map(({ path, sha256 }) => [path, sha256]))
  const gathered = await session.run<GatherResult>(
    parts.flatMap((part, index) => {
      if (part.documents === 0) return []
      const output = `work/dedup/gathered-${rangeName(index)}`
      const input = { part: index, parts: list, members: united.result.path, path: output }
      const sketches = hashes.get(`${part.path}.sketches`)
      const values = recipe.prefer === undefined ? null : hashes.get(`${part.path}.records.arrow`)
      return [
        unit('gather', rangeName(index), input, [
          listHash,
          sketches,
          contentHash([united]),
          priorities,
          [recipe.prefer ?? null, values],
          recipe.seed,
        ]),
      ]
    }),
  )
  const width = sketchRowWords(dedupMethodsOf(recipe))
  const resolveBits = rangeBits(united.result.members, BYTES_PER_RANGE / (width * 4))
  const resolved = await session.run<ResolveResult>(
    keyRanges(resolveBits).map((range) => {
      const output = `work/dedup/verdicts-${rangeName(range.index)}`
      const input = { range, parts: list, gathered: gathered.map(({ result }) => result), path: output }
      return unit('resolve', rangeName(range.index), input, [listHash, contentHash(gathered), settings])
    }),
  )
  return {
    completions: [...matches, united, ...gathered, ...resolved],
    verdicts: resolved.map(({ result }) => result.path),
    hash: contentHash(resolved),
    removed: resolved.reduce((total, { result }) => total + result.removed, 0),
    components: united.result.components,
  }
}

function rangeName(index: number): string {
  return String(index).padStart(5, '0')
}
