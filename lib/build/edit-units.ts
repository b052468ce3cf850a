/** The pass of dedup that cuts blocks: its units, between the methods that drop documents before and after it. */
import { dedupPasses } from '../../filters/dedup/index.ts'
import type { Completion } from '../journal.ts'
import type { Recipe } from '../recipe/schema.ts'
import type { BlocksResult, RepeatsResult } from './blocks.ts'
import type { PartCuts } from './cuts.ts'
import type { EditResult } from './edit.ts'
import { BLOCK_WIDTH } from './occurrences.ts'
import type { RefinedPart } from './refine-part.ts'
import type { Refined } from './refine-units.ts'
import { keyRanges, rangeBits } from './runs.ts'
import type { Session } from './session.ts'
import { layoutOf } from './source-layout.ts'
import { contentHash, dedupDependencies, filesOf, unit } from './units.ts'

/** Bytes of rows that a unit reads at once. */
const BYTES_PER_RANGE = 8 << 20

export interface Edited {
  readonly completions: readonly Completion[]
  readonly edits: readonly Completion<EditResult>[]
  readonly cuts: readonly PartCuts[]
  /** The parts with the sketches and keys of what was left, for the methods after. */
  readonly refined: Refined
}

/** `before`: verdict runs of the methods before, and their hash. */
export async function runEdits(
  session: Session,
  recipe: Recipe,
  refined: Refined,
  before: { readonly verdicts: readonly string[]; readonly hash: string },
): Promise<Edited> {
  const { parts, list, listHash } = refined
  const { verdicts, hash } = before
  const { names } = dedupPasses(recipe.dedup).blocks
  const settings = dedupDependencies(recipe, 'blocks')
  const files = new Map(filesOf(refined.completions).map((file) => [file.path, file.sha256]))
  const texts = parts.map((part) => files.get(`${part.path}.documents.arrow`))
  const ranking = (part: RefinedPart): unknown => [
    recipe.seed,
    recipe.prefer ?? null,
    recipe.prefer === undefined ? null : files.get(`${part.path}.records.arrow`),
  ]
  const looked = parts.flatMap((part, index) =>
    part.documents > 0 && isText(recipe, part) ? [{ part, index, name: nameOf(part) }] : [],
  )
  const blocks = await session.run<BlocksResult>(
    looked.map(({ part, index, name }) => {
      const input = { part: index, parts: list, verdicts, path: `work/dedup/blocks/${name}` }
      return unit('blocks', name, input, [texts[index], hash, settings, part.source, ranking(part)])
    }),
  )
  const runs = looked.map(({ index }, at) => ({ part: index, path: blocks[at]?.result.path ?? '' }))
  const priorities = Object.entries(recipe.sources).map(([source, { priority }]) => [source, priority])
  const rowsOf = (method: number): number =>
    blocks.reduce((total, { result }) => total + (result.rows[method] ?? 0), 0)
  const repeats = await session.run<RepeatsResult>(
    names.flatMap((name, method) => {
      const own = contentHash(blocks, `.${name}`)
      return keyRanges(rangeBits(rowsOf(method), BYTES_PER_RANGE / (BLOCK_WIDTH * 4))).map((range) => {
        const id = `${name}-${String(range.index).padStart(5, '0')}`
        const input = { method, range, parts: list, blocks: runs, path: `work/dedup/repeats-${id}` }
        return unit('repeats', id, input, [listHash, own, settings, priorities, recipe.seed])
      })
    }),
  )
  const repeatsHash = contentHash(repeats)
  const runsOf = names.map((_, method) =>
    repeats.flatMap(({ result }) => (result.method === method && result.rows > 0 ? [result.path] : [])),
  )
  const blocksOf = new Map(looked.map(({ index }, at) => [index, blocks[at]]))
  const edited = parts.flatMap((part, index) =>
    part.documents > 0 && part.tokenized === undefined ? [{ part, index, name: nameOf(part) }] : [],
  )
  const edits = await session.run<EditResult>(
    edited.map(({ part, index, name }) => {
      const own = blocksOf.get(index)
      const input = {
        part: index,
        parts: list,
        verdicts,
        blocks: own?.result.path ?? null,
        repeats: runsOf,
        path: `work/dedup/edits/${name}`,
      }
      return unit('edit', name, input, [
        texts[index],
        hash,
        settings,
        dedupDependencies(recipe, 'after'),
        own === undefined ? null : [contentHash([own]), repeatsHash],
        layoutOf(recipe.sources[part.source]) !== undefined,
      ])
    }),
  )
  const editOf = new Map(edits.map(({ result }) => [result.part, result]))
  const editedParts = parts.map((part, index) => {
    const own = editOf.get(index)
    return own === undefined ? { ...part, keys: 0 } : { ...part, keys: own.keys, edited: own.path }
  })
  const editedList = 'work/edited.json'
  return {
    completions: [...blocks, ...repeats, ...edits],
    edits,
    cuts: edits.map(({ result }) => ({ part: result.part, path: result.path })),
    refined: {
      completions: refined.completions,
      parts: editedParts,
      list: editedList,
      listHash: await session.writeList(editedList, editedParts),
    },
  }
}

/** Conversations are left whole: a turn without some of its lines is another answer. Token ids have no text. */
function isText(recipe: Recipe, part: RefinedPart): boolean {
  return part.tokenized === undefined && layoutOf(recipe.sources[part.source]) === undefined
}

function nameOf(part: RefinedPart): string {
  return part.path.slice(part.path.lastIndexOf('/') + 1)
}
