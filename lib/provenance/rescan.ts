/** Looks for benchmarks in the tokens that a build emitted: what a trainer reads, decoded again. */
import path from 'node:path'
import {
  type BenchmarkUse,
  createDecontaminator,
  type Decontaminator,
  decontaminateSettings,
  type LoadedBenchmarks,
  loadBenchmarks,
} from '../../filters/decontaminate/index.ts'
import type { TokenIds, Tokenizer } from '../../tokenizers/index.ts'
import { DOCUMENT_COLUMNS, PIECE_COLUMNS } from '../build/placements.ts'
import { shardName } from '../build/shard-name.ts'
import { UID_BYTES, uidToHex } from '../documents/uid.ts'
import type { ShardReader } from '../formats/define-format.ts'
import { formatByName } from '../formats/index.ts'
import { openTable } from '../storage/arrow-table.ts'
import type { Finding } from './count.ts'
import { type FinishedBuild, tokenizerOfBuild } from './records.ts'

/** Characters of either side that a finding shows. */
const MOST_SHOWN = 160

/** Benchmarks to look for, by paths relative to the current folder. */
export type RescanBenchmarks = readonly BenchmarkUse[]

/** Reads them, with the recipe's settings of `decontaminate` where it has some. Throws as `loadBenchmarks` does. */
export async function loadForRescan(
  { manifest }: FinishedBuild,
  benchmarks: RescanBenchmarks,
): Promise<LoadedBenchmarks> {
  const settings = { ...decontaminateSettings.parse({ benchmarks }), ...manifest.recipe.decontaminate }
  return loadBenchmarks({ ...settings, benchmarks: [...benchmarks] }, process.cwd())
}

/**
 * Every place of the shards, holdout included and in every format, where something of the benchmarks is. A document of a
 * sequence format is put together from its pieces.
 */
export async function findBenchmarks(build: FinishedBuild, { index }: LoadedBenchmarks): Promise<Finding[]> {
  const find = createDecontaminator(index, { action: 'report', margin: 0 })
  const tokenizer = await tokenizerOfBuild(build)
  const findings: Finding[] = []
  for (const shard of build.manifest.shards) {
    const placements = path.join(build.folder, shard.folder, 'placements', shardName(shard.number))
    const uids = await uidsOf(`${placements}.documents.arrow`)
    for (const name of Object.keys(shard.formats)) {
      const format = formatByName(name)
      const base = `${shard.folder}/${name}/${shardName(shard.number)}`
      const place = `${base}${format.extensions[0] ?? ''}`
      const reader = await format.open(path.join(build.folder, base))
      try {
        const documents =
          format.kind === 'documents'
            ? documentsOf(reader)
            : documentsInPieces(reader, `${placements}.pieces.arrow`, uids.lengths)
        for await (const { document, tokens } of documents) {
          findings.push(
            ...inDocument(tokens, find, tokenizer, place, `document ${document} (${uids.of(document)})`),
          )
        }
      } finally {
        await reader.close()
      }
    }
  }
  return findings
}

function inDocument(
  tokens: TokenIds,
  find: Decontaminator,
  tokenizer: Tokenizer,
  place: string,
  document: string,
): Finding[] {
  const { evidence = [] } = find(Buffer.from(tokenizer.decode(tokens))) ?? {}
  return evidence.map(({ benchmark, item, text, benchmarkText }) => {
    const [shown, wanted] = [text, benchmarkText].map((side) => JSON.stringify(side.slice(0, MOST_SHOWN)))
    return {
      place,
      problem: `${document} has item ${item} of ${benchmark}: ${shown}, where the item is ${wanted}`,
    }
  })
}

async function uidsOf(file: string): Promise<{ lengths: Uint32Array; of: (document: number) => string }> {
  const table = await openTable(file, DOCUMENT_COLUMNS)
  try {
    const bytes = new Uint8Array(table.rows * UID_BYTES)
    const lengths = new Uint32Array(table.rows)
    for (let at = 0; at < table.batches; at++) {
      const batch = await table.batch(at)
      bytes.set(batch.column('uid').bytes, batch.start * UID_BYTES)
      lengths.set(batch.column('tokens').values, batch.start)
    }
    return { lengths, of: (document) => uidToHex(bytes, document * UID_BYTES) }
  } finally {
    await table.close()
  }
}

interface ShardDocument {
  readonly document: number
  readonly tokens: TokenIds
}

async function* documentsOf(reader: ShardReader): AsyncGenerator<ShardDocument> {
  for (let document = 0; document < reader.counts.items; document++) {
    yield { document, tokens: (await reader.item(document)).tokens }
  }
}

/** Documents in the order in which their last pieces are read; those that are begun are in memory. */
async function* documentsInPieces(
  reader: ShardReader,
  piecesFile: string,
  lengths: Uint32Array,
): AsyncGenerator<ShardDocument> {
  const begun = new Map<number, { tokens: Uint32Array; left: number }>()
  const table = await openTable(piecesFile, PIECE_COLUMNS)
  try {
    let sequence = -1
    let content: Awaited<ReturnType<ShardReader['item']>> | undefined
    let piece = 0
    let start = 0
    for (let at = 0; at < table.batches; at++) {
      const batch = await table.batch(at)
      const sequences = batch.column('sequence').values
      const documents = batch.column('document').values
      const starts = batch.column('documentStart').values
      for (let row = 0; row < batch.rows; row++) {
        if (content === undefined || sequences[row] !== sequence) {
          sequence = sequences[row] ?? 0
          content = await reader.item(sequence)
          piece = 0
          start = 0
        }
        const document = documents[row] ?? 0
        const length = content.pieceLengths[piece++] ?? 0
        const part = begun.get(document) ?? {
          tokens: new Uint32Array(lengths[document] ?? 0),
          left: lengths[document] ?? 0,
        }
        part.tokens.set(content.tokens.subarray(start, start + length), starts[row] ?? 0)
        part.left -= length
        start += length
        if (part.left > 0) begun.set(document, part)
        else {
          begun.delete(document)
          yield { document, tokens: part.tokens }
        }
      }
    }
  } finally {
    await table.close()
  }
}
