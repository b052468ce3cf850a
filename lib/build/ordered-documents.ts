import type { TokenIds } from '../../tokenizers/index.ts'
import { UID_WORDS } from '../documents/uid.ts'
import type { PlacedDocuments } from './placements.ts'
import type { ShardRequest } from './shard.ts'

/** The shard's documents in mix order. */
export interface OrderedDocuments extends PlacedDocuments {
  readonly tokens: number
  read(index: number, start: number, length: number): TokenIds
  /** Which of these tokens the loss counts, a byte each; undefined: all. */
  learned(index: number, start: number, length: number): Uint8Array | undefined
  source(index: number): string
}

export function inOrder({ pools, order }: Pick<ShardRequest, 'pools' | 'order'>): OrderedDocuments {
  const count = order.length
  const places = new Uint32Array(count)
  const next = new Uint32Array(pools.length)
  const lengths = new Uint32Array(count)
  const uids = new Uint32Array(count * UID_WORDS)
  const epochs = new Uint16Array(count)
  let tokens = 0
  for (let index = 0; index < count; index++) {
    const pool = order[index] ?? 0
    const documents = pools[pool]?.documents
    if (documents === undefined) throw new RangeError(`the order names pool ${pool} of ${pools.length}`)
    const place = next[pool] ?? 0
    next[pool] = place + 1
    places[index] = place
    lengths[index] = documents.lengths[place] ?? 0
    epochs[index] = documents.epochs[place] ?? 0
    for (let word = 0; word < UID_WORDS; word++)
      uids[index * UID_WORDS + word] = documents.uids[place * UID_WORDS + word] ?? 0
    tokens += lengths[index] ?? 0
  }
  const poolOf = (index: number): ShardRequest['pools'][number] => {
    const pool = pools[order[index] ?? 0]
    if (pool === undefined) throw new RangeError(`document ${index} is not in the shard`)
    return pool
  }
  return {
    count,
    tokens,
    lengths,
    uids,
    epochs,
    read(index, start, length) {
      const { reader, documents } = poolOf(index)
      return reader.read(documents, places[index] ?? 0, start, length)
    },
    learned(index, start, length) {
      const { reader, documents } = poolOf(index)
      return reader.learned(documents, places[index] ?? 0, start, length)
    },
    source: (index) => poolOf(index).reader.pool.source,
  }
}
