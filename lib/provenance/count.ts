/** Counts what the files of a build hold, for `verify`: nothing here looks at what the build said of itself. */
import path from 'node:path'
import { TAG } from '../../filters/define-filter.ts'
import { type PackingMetrics, packingMetrics } from '../../stages/packing/metrics.ts'
import type { CountedEvidence } from '../build/contaminated.ts'
import { partsOfDedup, readCuts } from '../build/cuts.ts'
import { dedupVerdicts } from '../build/dedup-verdicts.ts'
import { DOCUMENT_COLUMNS, PIECE_COLUMNS } from '../build/placements.ts'
import { POOL_WIDTH } from '../build/pools.ts'
import { openRun } from '../build/runs.ts'
import type { PoolCounts, ShardResult } from '../build/shard.ts'
import { shardName } from '../build/shard-name.ts'
import type { FormatCounts } from '../build/write-format.ts'
import { UID_WORDS } from '../documents/uid.ts'
import type { Sequence, ShardReader } from '../formats/define-format.ts'
import { formatByName } from '../formats/index.ts'
import { countLearned } from '../formats/loss-mask.ts'
import type { SourceCounts } from '../ledger.ts'
import { openTable } from '../storage/arrow-table.ts'
import { parseOwnJson } from '../storage/own-json.ts'
import type { FinishedBuild } from './records.ts'

/** Something that does not hold, and where. */
export interface Finding {
  /** A file relative to the build's folder, or a path in the ledger. */
  readonly place: string
  readonly problem: string
}

/** Counts a shard from its files: its document table, each format's own reader, and the pieces. */
export async function countShard(
  folder: string,
  shard: ShardResult,
  findings: Finding[],
): Promise<ShardResult> {
  const base = path.join(folder, shard.folder, 'placements', shardName(shard.number))
  const placed = await countDocuments(`${base}.documents.arrow`)
  const formats: Record<string, FormatCounts> = {}
  let byDocument: Float64Array | undefined
  let packing: PackingMetrics | undefined
  for (const name of Object.keys(shard.formats)) {
    const format = formatByName(name)
    const file = `${shard.folder}/${name}/${shardName(shard.number)}${format.extensions[0] ?? ''}`
    const reader = await format.open(path.join(folder, shard.folder, name, shardName(shard.number)))
    try {
      const learned = new Float64Array(placed.lengths.length)
      const compared =
        format.kind === 'documents'
          ? { problem: await compareDocuments(reader, placed.lengths, learned), packing: undefined }
          : await comparePieces(reader, placed.lengths, learned, `${base}.pieces.arrow`)
      packing ??= compared.packing
      const truncated = compared.packing?.truncatedTokens ?? 0
      // Which of the tokens that are not there the loss would count, only the build knew.
      const truncatedLearned = truncated > 0 ? (shard.formats[name]?.truncatedLearned ?? 0) : 0
      const counted = learned.reduce((sum, count) => sum + count, 0)
      formats[name] = { ...reader.counts, learned: counted, truncated, truncatedLearned }
      if (truncated === 0) byDocument ??= learned
      if (compared.problem !== undefined) findings.push({ place: file, problem: compared.problem })
    } finally {
      await reader.close()
    }
  }
  const { packing: _, ...facts } = shard
  const pools = placed.pools(byDocument)
  if (byDocument === undefined) {
    for (const [name, pool] of Object.entries(pools))
      pools[name] = { ...pool, learned: shard.pools[name]?.learned ?? 0 }
  }
  return { ...facts, pools, formats, ...(packing && { packing }) }
}

async function countDocuments(file: string): Promise<{
  lengths: Uint32Array
  /** The pools' counts, with the learned tokens of each document. */
  pools: (learned: Float64Array | undefined) => Record<string, PoolCounts>
}> {
  const table = await openTable(file, DOCUMENT_COLUMNS)
  try {
    const names = parseOwnJson<string[]>(table.metadata['pools'] ?? '[]')
    const counts = names.map(() => ({ documents: 0, tokens: 0, firstEpoch: 0 }))
    const lengths = new Uint32Array(table.rows)
    const poolOf = new Uint16Array(table.rows)
    for (let at = 0; at < table.batches; at++) {
      const batch = await table.batch(at)
      const tokens = batch.column('tokens').values
      const pool = batch.column('pool').values
      const epoch = batch.column('epoch').values
      lengths.set(tokens, batch.start)
      poolOf.set(pool, batch.start)
      for (let row = 0; row < batch.rows; row++) {
        const count = counts[pool[row] ?? 0]
        if (count === undefined) continue
        count.documents++
        count.tokens += tokens[row] ?? 0
        if (epoch[row] === 0) count.firstEpoch++
      }
    }
    return {
      lengths,
      pools(learned) {
        const sums = names.map(() => 0)
        for (const [document, count] of learned?.entries() ?? []) {
          const pool = poolOf[document] ?? 0
          sums[pool] = (sums[pool] ?? 0) + count
        }
        return Object.fromEntries(
          names.map((name, at) => [
            name,
            { ...(counts[at] ?? { documents: 0, tokens: 0, firstEpoch: 0 }), learned: sums[at] ?? 0 },
          ]),
        )
      },
    }
  } finally {
    await table.close()
  }
}

/** Both also count, by document, the tokens that the loss counts. */
async function compareDocuments(
  reader: ShardReader,
  lengths: Uint32Array,
  learned: Float64Array,
): Promise<string | undefined> {
  if (reader.counts.items !== lengths.length)
    return `has ${reader.counts.items} documents, its placements ${lengths.length}`
  for (let index = 0; index < lengths.length; index++) {
    const item = await reader.item(index)
    if (item.pieceLengths[0] !== lengths[index])
      return `document ${index} has ${item.pieceLengths[0]} tokens, its placement ${lengths[index]}`
    learned[index] = countLearned(item)
  }
  return undefined
}

/**
 * Every token of every document is in exactly one piece: pieces of a document end to end give its length. But a document
 * longer than a sequence may be there as one full sequence, its beginning.
 */
async function comparePieces(
  reader: ShardReader,
  lengths: Uint32Array,
  learned: Float64Array,
  file: string,
): Promise<{ problem?: string | undefined; packing?: PackingMetrics }> {
  const placed = new Float64Array(lengths.length)
  const { items: sequencesHeld, tokens, padding } = reader.counts
  const sequenceLength = sequencesHeld === 0 ? 0 : (tokens + padding) / sequencesHeld
  const table = await openTable(file, PIECE_COLUMNS)
  const pieces = { document: new Uint32Array(table.rows), length: new Uint32Array(table.rows) }
  try {
    let sequence = -1
    let item: Omit<Sequence, 'tokens'> = { pieceLengths: [] }
    let piece = 0
    let start = 0
    for (let at = 0; at < table.batches; at++) {
      const batch = await table.batch(at)
      const sequences = batch.column('sequence').values
      const documents = batch.column('document').values
      for (let row = 0; row < batch.rows; row++) {
        if (sequences[row] !== sequence) {
          if (piece !== item.pieceLengths.length)
            return {
              problem: `sequence ${sequence} has ${item.pieceLengths.length} pieces, its placements ${piece}`,
            }
          sequence = sequences[row] ?? 0
          item = await reader.item(sequence)
          piece = start = 0
        }
        const document = documents[row] ?? 0
        const length = item.pieceLengths[piece++] ?? 0
        placed[document] = (placed[document] ?? 0) + length
        pieces.document[batch.start + row] = document
        pieces.length[batch.start + row] = length
        const own = { pieceLengths: [length], learned: item.learned?.subarray(start, start + length) }
        learned[document] = (learned[document] ?? 0) + countLearned(own)
        start += length
      }
    }
    const wrong = lengths.findIndex(
      (length, document) =>
        placed[document] !== length && !(length > sequenceLength && placed[document] === sequenceLength),
    )
    const packing = packingMetrics(
      { sequences: sequencesHeld, pieces: table.rows, ...pieces },
      { lengths, sequenceLength },
    )
    if (wrong < 0) return { packing }
    return { problem: `has ${placed[wrong]} of the ${lengths[wrong]} tokens of document ${wrong}`, packing }
  } finally {
    await table.close()
  }
}

interface CountedSource {
  records: number
  readonly fates: Record<string, number>
  readonly duplicates: Record<string, number>
  contaminated: Readonly<Record<string, number>>
  readonly edits: Record<string, number>
  readonly tags: Record<string, number>
}

const TAG_ENDING = `.${TAG}`

/** Records by source and fate, from the parts' tables and the dedup verdicts. */
export async function countSources(
  { folder, manifest }: FinishedBuild,
  evidence: CountedEvidence,
): Promise<Record<string, SourceCounts>> {
  const counts: Record<string, CountedSource> = {}
  for (const source of Object.keys(manifest.recipe.sources))
    counts[source] = { records: 0, fates: {}, duplicates: {}, contaminated: {}, edits: {}, tags: {} }
  for (const [source, { contaminated, cut }] of Object.entries(evidence.sources)) {
    const count = counts[source]
    if (count === undefined) continue
    count.contaminated = contaminated
    if (cut > 0) count.edits['decontaminate'] = cut
  }
  const ofPart = partsOfDedup(manifest)
  const methodOf = (place: number): string => manifest.recipe.dedup[place]?.name ?? ''
  for (const [index, part] of manifest.parts.entries()) {
    const count = counts[part.source]
    if (count === undefined) continue
    const { verdicts, cuts } = ofPart(index)
    for (const { method } of dedupVerdicts(folder, verdicts, index).values()) {
      add(count.duplicates, methodOf(method))
    }
    for (const own of readCuts(folder, cuts).values()) {
      for (const method of new Set(own.map((cut) => cut.method))) add(count.edits, methodOf(method))
    }
    const table = await openTable(path.join(folder, `${part.path}.records.arrow`))
    const tagColumns = table.columnNames.filter((name) => name.endsWith(TAG_ENDING))
    try {
      for (let at = 0; at < table.batches; at++) {
        const batch = await table.batch(at)
        const [fate, filter, reason] = [batch.column('fate'), batch.column('filter'), batch.column('reason')]
        const edits = batch.column('edits')
        const tags = tagColumns.map((name) => ({
          filter: name.slice(0, -TAG_ENDING.length),
          column: batch.column(name),
        }))
        for (let row = 0; row < batch.rows; row++) {
          for (const { filter, column } of tags) {
            const reason = column.get(row)
            if (reason !== null && fate.get(row) === 'kept') add(count.tags, `${filter}/${String(reason)}`)
          }
          const words = [fate.get(row), filter.get(row), reason.get(row)].filter((word) => word !== null)
          add(count.fates, words.join('/'))
          for (const edit of String(edits.get(row) ?? '').split(' ')) if (edit !== '') add(count.edits, edit)
          count.records++
        }
      }
    } finally {
      await table.close()
    }
  }
  return counts
}

function add(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}

/** Pool parts whose documents are not those that the manifest counts. */
export function checkPools({ folder, manifest }: FinishedBuild): Finding[] {
  return manifest.pools.flatMap(({ parts }) =>
    parts.flatMap((part) => {
      const run = openRun(path.join(folder, `${part.path}.documents`), POOL_WIDTH)
      try {
        const rows = run.read(0, run.rows)
        let tokens = 0
        for (let at = UID_WORDS; at < rows.length; at += POOL_WIDTH) tokens += rows[at] ?? 0
        if (tokens === part.tokens && run.rows === part.documents) return []
        const problem = `has ${run.rows} documents of ${tokens} tokens, not ${part.documents} of ${part.tokens}`
        return [{ place: `${part.path}.documents`, problem }]
      } finally {
        run.close()
      }
    }),
  )
}
