import path from 'node:path'
import { type WrittenFile, writeWhole } from '../storage/output-file.ts'
import { parseOwnJson } from '../storage/own-json.ts'
import { damaged, openRandomAccess, type RandomAccessFile } from '../storage/random-access.ts'
import type { FolderShard } from './define-format.ts'
import type { Lengths } from './megatron-index.ts'

/*
 * The head of an MDS shard (streaming/base/format/mds/writer.py), little-endian:
 *
 *   u32       N, number of samples
 *   u32[N+1]  byte at which each sample begins, then the size of the file; the first: 8 + 4 N + bytes of the configuration
 *   JSON      the configuration, in UTF-8
 *
 * and of a folder's `index.json`: {"shards": [a configuration with samples, raw_data and zip_data], "version": 2}.
 *
 * The reader takes the configuration from `index.json` alone; so the shard's own can say more, under `millrace`: what a
 * shard's counts are without reading it all.
 */

/** What a shard's configuration depends on. */
export interface MdsFacts {
  readonly sequenceLength: number
  readonly tokenBytes: 2 | 4
  /** Real tokens, padding not included. */
  readonly tokens: number
  /** Whether samples have a loss mask; absent where not. */
  readonly masked?: true
}

export interface MdsHead {
  readonly facts: MdsFacts
  /** Uint32Array of length samples + 1. */
  readonly offsets: Uint32Array
}

/** Keys in the order of their names, as the format's own writer has them. */
function configuration({ sequenceLength, tokenBytes, masked }: MdsFacts): Record<string, unknown> {
  const dtype = tokenBytes === 2 ? 'uint16' : 'int32'
  return {
    column_encodings: [
      'ndarray:int32',
      ...(masked === true ? [`ndarray:uint8:${sequenceLength}`] : []),
      `ndarray:${dtype}:${sequenceLength}`,
    ],
    column_names: ['document_lengths', ...(masked === true ? ['loss_mask'] : []), 'tokens'],
    column_sizes: [null, ...(masked === true ? [sequenceLength] : []), sequenceLength * tokenBytes],
    compression: null,
    format: 'mds',
    hashes: ['sha256'],
    size_limit: null,
    version: 2,
  }
}

function configurationOfShard(facts: MdsFacts): string {
  const { sequenceLength, tokenBytes, tokens, masked } = facts
  const millrace = { sequenceLength, tokenBytes, tokens, ...(masked === true && { masked }) }
  return JSON.stringify({ ...configuration(facts), millrace })
}

/** What comes before the samples, whose sizes in bytes are `sizes`. */
export function headOf(facts: MdsFacts, sizes: Lengths): Uint8Array[] {
  const config = Buffer.from(configurationOfShard(facts))
  const numbers = new Uint32Array(2 + sizes.count)
  numbers[0] = sizes.count
  let at = 8 + 4 * sizes.count + config.length
  let sample = 1
  numbers[sample++] = at
  for (const chunk of sizes.chunks()) {
    for (const size of chunk) {
      at += size
      numbers[sample++] = at
    }
  }
  return [new Uint8Array(numbers.buffer), config]
}

/** Reads and checks a head. Throws OUTPUT_DAMAGED. */
export async function readHead(file: RandomAccessFile): Promise<MdsHead> {
  const [samples = 0] = await readNumbers(file, 0, 1)
  const offsets = await readNumbers(file, 4, samples + 1)
  const configAt = 8 + 4 * samples
  const bytes = await file.read(configAt, Math.max(0, (offsets[0] ?? 0) - configAt))
  const facts = parse(Buffer.from(bytes).toString('utf8'))
  if (facts === undefined) throw damaged(file.path, 'does not have the configuration of packed sequences')
  for (let i = 0; i < samples; i++) {
    if ((offsets[i + 1] ?? 0) > (offsets[i] ?? 0)) continue
    throw damaged(file.path, `has sample ${i + 1} at ${offsets[i + 1]}, after one at ${offsets[i]}`)
  }
  if (offsets[samples] !== file.size || facts.tokens > samples * facts.sequenceLength) {
    throw damaged(file.path, `is ${file.size} bytes long; its ${samples} samples end at ${offsets[samples]}`)
  }
  return { facts, offsets }
}

async function readNumbers(file: RandomAccessFile, at: number, count: number): Promise<Uint32Array> {
  const bytes = await file.read(at, 4 * count)
  return new Uint32Array(bytes.buffer, bytes.byteOffset, count)
}

function parse(text: string): MdsFacts | undefined {
  try {
    const { millrace: facts } = parseOwnJson<{ millrace: MdsFacts }>(text)
    return configurationOfShard(facts) === text ? facts : undefined
  } catch {
    return undefined
  }
}

/** Writes the `index.json` of a folder. A shard without samples is left out: the reader has no use for it. */
export async function writeIndex(
  folder: string,
  shards: readonly FolderShard[],
  extension: string,
): Promise<WrittenFile[]> {
  const listed: Record<string, unknown>[] = []
  for (const { base, files } of shards) {
    const { facts, samples } = await factsOf(base + extension)
    const [written] = files
    if (samples === 0 || written === undefined) continue
    const { bytes, sha256 } = written
    const { size_limit, version, ...rest } = configuration(facts)
    const raw_data = { basename: path.basename(base) + extension, bytes, hashes: { sha256 } }
    listed.push({ ...rest, raw_data, samples, size_limit, version, zip_data: null })
  }
  return [
    await writeWhole(path.join(folder, 'index.json'), `${JSON.stringify({ shards: listed, version: 2 })}\n`),
  ]
}

async function factsOf(path: string): Promise<{ facts: MdsFacts; samples: number }> {
  const file = await openRandomAccess(path)
  try {
    const { facts, offsets } = await readHead(file)
    return { facts, samples: offsets.length - 1 }
  } finally {
    await file.close()
  }
}
