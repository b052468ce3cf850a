/**
 * index: a range of keys: the parts' and shards' own sorted rows → two runs, one of records and one of placements, so that
 * a look-up by uid, url or domain reads a few rows of one file.
 */
import path from 'node:path'
import { INDEX_WIDTH } from './index-keys.ts'
import { readParts } from './parts.ts'
import { PLACEMENT_WIDTH } from './placements.ts'
import { type KeyRange, readNumberedRanges, writeRun } from './runs.ts'
import type { Step } from './step.ts'

/** Words of a row of `.records`: key (2), kind, part, record in the part. */
export const RECORD_INDEX_WIDTH = INDEX_WIDTH + 1
/** Words of a row of `.placements`: the uid's first two words, shard, document in the shard. */
export const PLACEMENT_INDEX_WIDTH = PLACEMENT_WIDTH + 1

export interface IndexInput {
  readonly range: KeyRange
  readonly parts: string
  /** Placement runs of the shards, in shard order, relative to the build's folder. */
  readonly placements: readonly string[]
  readonly path: string
}

export interface IndexResult {
  readonly path: string
  readonly range: KeyRange
  readonly records: number
  readonly placements: number
}

export const index: Step<IndexInput, IndexResult> = {
  name: 'index',
  revision: 1,
  async run({ range, parts, placements, path: output }, context) {
    const inputs = (await readParts(context, parts)).map((part) => `${part.path}.index`)
    const { scratch } = context
    const merge = (runs: readonly string[], width: number): Uint32Array => {
      const numbered = runs.map((run, number) => ({ file: path.join(context.folder, run), number }))
      return readNumberedRanges(numbered, width, range, scratch)
    }
    const records = merge(inputs, INDEX_WIDTH)
    const placed = merge(placements, PLACEMENT_WIDTH)
    const base = path.join(context.folder, output)
    const files = [
      await writeRun(`${base}.records`, records, RECORD_INDEX_WIDTH, scratch),
      await writeRun(`${base}.placements`, placed, PLACEMENT_INDEX_WIDTH, scratch),
    ]
    const counts = {
      records: records.length / RECORD_INDEX_WIDTH,
      placements: placed.length / PLACEMENT_INDEX_WIDTH,
    }
    return { files, result: { path: output, range, ...counts } }
  },
}
