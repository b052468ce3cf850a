/**
 * A pool as the run sees it: an endless row of documents. Position p, in tokens, lies in epoch floor(p / tokens); epoch 0
 * is the pool's own order without what is held out; epoch e permutes the parts and sorts each by hash(seed, e, uid), so
 * every epoch has its own order and any position is found without listing documents. A recipe's `order` above 0 does so
 * for every epoch, the first one too.
 */
import { closeSync } from 'node:fs'
import path from 'node:path'
import type { Around } from '../../stages/edge.ts'
import type { TokenIds } from '../../tokenizers/index.ts'
import { UID_WORDS } from '../documents/uid.ts'
import { type Key64, keyedHash } from '../kernels/keyed-hash.ts'
import { sortedOrder } from '../kernels/sort-rows.ts'
import type { Recipe } from '../recipe/schema.ts'
import { type OpenFile, openFile, readInto } from './open-file.ts'
import { POOL_WIDTH, type Pool, type PoolPart, type TokenWidth, tokenArray } from './pools.ts'
import { openRun } from './runs.ts'

/** Documents of a pool, as columns. */
export interface PoolDocuments {
  readonly count: number
  /** `count * 4` words. */
  readonly uids: Uint32Array
  readonly lengths: Uint32Array
  readonly epochs: Uint16Array
  /** Index into the pool's parts, and first token there. */
  readonly parts: Uint32Array
  readonly firstTokens: Uint32Array
}

export interface PoolReader {
  readonly pool: Pool
  /** Tokens of one epoch. */
  readonly tokens: number
  /** The documents whose first token lies at run positions [from, to) of the pool. */
  documents(from: number, to: number): PoolDocuments
  /** The held-out documents. */
  heldOut(): PoolDocuments
  /** Positions [start, end) of the document with start < `position` < end; both are `position` where one begins there. */
  around(position: number): { readonly start: number; readonly end: number }
  /** Tokens [start, start + length) of document `index` of `documents`: a view, valid until the next `read`. */
  read(documents: PoolDocuments, index: number, start: number, length: number): TokenIds
  /** Which of the same tokens the loss counts, a byte each; undefined where the pool is not masked. */
  learned(documents: PoolDocuments, index: number, start: number, length: number): Uint8Array | undefined
  close(): void
}

/** Documents at positions of several pools. */
export function aroundIn(readers: readonly PoolReader[]): Around {
  const byName = new Map(readers.map((reader) => [reader.pool.name, reader]))
  return (pool, position) => byName.get(pool)?.around(position) ?? { start: position, end: position }
}

/** A recipe's settings that key the order of a pool's epochs. */
type OrderKeys = Pick<Recipe, 'seed' | 'order'>

/** Tokens that a reader has place for at first, and reads ahead where documents are asked for in their order. */
const FIRST_TOKENS = 1 << 16

/** `own`: keys of the order of the build's own pools; those of a base have theirs, and begin where the base ended. */
export function openPool(folder: string, pool: Pool, own: OrderKeys, width: TokenWidth): PoolReader {
  const keys = pool.base ?? own
  const { name, start: first } = pool.base ?? { name: pool.name, start: 0 }
  const parts = trainingParts(pool)
  const tokens = parts.reduce((total, { tokens }) => total + tokens, 0)
  const tokenFiles = new Map<number, OpenFile>()
  const lossFiles = new Map<number, OpenFile>()
  const fileOf = (number: number, ending: '.tokens' | '.loss'): OpenFile => {
    const files = ending === '.tokens' ? tokenFiles : lossFiles
    const known = files.get(number)
    if (known !== undefined) return known
    const part = pool.parts[number]
    if (part === undefined) throw new RangeError(`pool ${pool.name} has no part ${number}`)
    const file = path.join(folder, `${part.path}${ending}`)
    const opened = openFile(file)
    files.set(number, opened)
    return opened
  }
  const held: ReadAhead = { buffer: tokenArray(width, FIRST_TOKENS), file: undefined, from: 0, to: 0, end: 0 }
  const readRows = (part: TrainingPart): Uint32Array => {
    const run = openRun(path.join(folder, `${part.part.path}.documents`), POOL_WIDTH)
    try {
      return run.read(part.skip, run.rows - part.skip)
    } finally {
      run.close()
    }
  }

  /** Visits the documents that end after `from`, in run order, until `visit` returns false. */
  const walk = (from: number, visit: Visit): void => {
    if (tokens === 0) return
    for (let epoch = Math.floor((first + from) / tokens); ; epoch++) {
      let start = epoch * tokens - first
      for (const part of epochOrder(parts, keys, epoch, name)) {
        if (start + part.tokens <= from) {
          start += part.tokens
          continue
        }
        const rows = inEpochOrder(readRows(part), keys, epoch)
        for (let at = 0; at < rows.length; at += POOL_WIDTH) {
          const end = start + (rows[at + UID_WORDS] ?? 0)
          if (end > from && !visit({ rows, at, start, end, epoch, part: part.index })) return
          start = end
        }
      }
    }
  }

  return {
    pool,
    tokens,
    documents(from, to) {
      const list = createDocumentList()
      if (to <= from) return list.columns()
      walk(from, ({ rows, at, start, epoch, part }) => {
        if (start >= to) return false
        if (start >= from) list.add(rows, at, epoch, part)
        return true
      })
      return list.columns()
    },
    around(position) {
      let found = { start: position, end: position }
      walk(position, ({ start, end }) => {
        if (start < position) found = { start, end }
        return false
      })
      return found
    },
    heldOut() {
      const list = createDocumentList()
      let left = pool.heldOut.documents
      for (const [index, part] of pool.parts.entries()) {
        if (left === 0) break
        const rows = readRows({ part, index, skip: 0, tokens: part.tokens })
        for (let at = 0; at < rows.length && left > 0; at += POOL_WIDTH, left--) list.add(rows, at, 0, index)
      }
      return list.columns()
    },
    read(documents, index, start, length) {
      const first = (documents.firstTokens[index] ?? 0) + start
      const number = documents.parts[index] ?? 0
      return readAhead(held, fileOf(number, '.tokens'), pool.parts[number]?.tokens ?? 0, first, length)
    },
    learned(documents, index, start, length) {
      if (!pool.masked) return undefined
      const first = (documents.firstTokens[index] ?? 0) + start
      const learned = new Uint8Array(length)
      readInto(fileOf(documents.parts[index] ?? 0, '.loss'), learned, length, first)
      return learned
    },
    close() {
      for (const files of [tokenFiles, lossFiles]) {
        for (const { descriptor } of files.values()) closeSync(descriptor)
        files.clear()
      }
    },
  }
}

/** Tokens held of a file: `buffer` has [from, to); the last ones asked for ended at `end`. */
interface ReadAhead {
  buffer: TokenIds
  file: OpenFile | undefined
  from: number
  to: number
  end: number
}

/**
 * Tokens [first, first + length) of a file of `total`: a view, valid until the next call. What begins where the last one
 * ended is read with what follows it; other reads take what they ask for, and no more.
 */
function readAhead(held: ReadAhead, file: OpenFile, total: number, first: number, length: number): TokenIds {
  const isSame = held.file === file
  const follows = isSame && held.end === first
  held.end = first + length
  if (!isSame || first < held.from || first + length > held.to) {
    const width = held.buffer.BYTES_PER_ELEMENT
    if (length > held.buffer.length)
      held.buffer = tokenArray(width === 2 ? 2 : 4, Math.max(length, 2 * held.buffer.length))
    const count = follows ? Math.max(length, Math.min(held.buffer.length, total - first)) : length
    readInto(file, held.buffer, count * width, first * width)
    held.file = file
    held.from = first
    held.to = first + count
  }
  return held.buffer.subarray(first - held.from, first - held.from + length)
}

/** A document on the way through the pool: row `at` of `rows`, at run positions [start, end). */
interface Visited {
  readonly rows: Uint32Array
  readonly at: number
  readonly start: number
  readonly end: number
  readonly epoch: number
  readonly part: number
}

type Visit = (document: Visited) => boolean

interface TrainingPart {
  readonly part: PoolPart
  readonly index: number
  /** Documents at its head that are held out. */
  readonly skip: number
  /** Tokens without them. */
  readonly tokens: number
}

/** The pool's parts less what is held out, which is the head of the order: whole parts, then the head of one. */
function trainingParts({ parts, heldOut }: Pool): TrainingPart[] {
  let documents = heldOut.documents
  let tokens = heldOut.tokens
  return parts.map((part, index) => {
    const skip = Math.min(documents, part.documents)
    const held = skip === part.documents ? part.tokens : skip > 0 ? tokens : 0
    documents -= skip
    tokens -= held
    return { part, index, skip, tokens: part.tokens - held }
  })
}

/** Epoch 0 reads the parts as they are; each later one in an order of its own. */
function epochOrder(
  parts: readonly TrainingPart[],
  { seed, order }: OrderKeys,
  epoch: number,
  pool: string,
): readonly TrainingPart[] {
  if (epoch === 0 && order === 0) return parts
  const hash = keyedHash(seed, `${epochPurpose(epoch, order)}-parts-${pool}`)
  const keys = parts.map(({ index }) => {
    const key: Key64 = { high: 0, low: 0 }
    hash(Uint32Array.of(index, 0, 0, 0), 0, key)
    return key
  })
  const sorted = sortedOrder(
    parts.length,
    (part, half) => (half === 0 ? keys[part]?.high : keys[part]?.low) ?? 0,
  )
  return Array.from(sorted, (part) => parts[part]).filter((part) => part !== undefined)
}

function epochPurpose(epoch: number, order: number): string {
  return order === 0 ? `epoch-${epoch}` : `order-${order}-epoch-${epoch}`
}

function inEpochOrder(rows: Uint32Array, { seed, order }: OrderKeys, epoch: number): Uint32Array {
  if (epoch === 0 && order === 0) return rows
  const hash = keyedHash(seed, epochPurpose(epoch, order))
  const count = rows.length / POOL_WIDTH
  const keys = new Uint32Array(count * 2)
  const key: Key64 = { high: 0, low: 0 }
  for (let row = 0; row < count; row++) {
    hash(rows, row * POOL_WIDTH, key)
    keys[row * 2] = key.high
    keys[row * 2 + 1] = key.low
  }
  const sorted = new Uint32Array(rows.length)
  for (const [to, from] of sortedOrder(count, (row, half) => keys[row * 2 + half] ?? 0).entries()) {
    sorted.set(rows.subarray(from * POOL_WIDTH, (from + 1) * POOL_WIDTH), to * POOL_WIDTH)
  }
  return sorted
}

/** Collects documents in blocks, so that a shard of a million documents is no array of objects. */
function createDocumentList(): {
  add(rows: Uint32Array, at: number, epoch: number, part: number): void
  columns(): PoolDocuments
} {
  const width = POOL_WIDTH + 2
  let words = new Uint32Array(1024 * width)
  let count = 0
  return {
    add(rows, at, epoch, part) {
      if ((count + 1) * width > words.length) {
        const larger = new Uint32Array(words.length * 2)
        larger.set(words)
        words = larger
      }
      const to = count++ * width
      for (let word = 0; word < POOL_WIDTH; word++) words[to + word] = rows[at + word] ?? 0
      words[to + POOL_WIDTH] = epoch
      words[to + POOL_WIDTH + 1] = part
    },
    columns() {
      const column = (word: number): Uint32Array => columnOf(words, count, width, word)
      const uids = new Uint32Array(count * UID_WORDS)
      for (let row = 0; row < count; row++) {
        for (let word = 0; word < UID_WORDS; word++)
          uids[row * UID_WORDS + word] = words[row * width + word] ?? 0
      }
      return {
        count,
        uids,
        lengths: column(UID_WORDS),
        firstTokens: column(UID_WORDS + 1),
        epochs: Uint16Array.from(column(POOL_WIDTH)),
        parts: column(POOL_WIDTH + 1),
      }
    },
  }
}

/** Word `word` of each of `count` rows. */
function columnOf(rows: Uint32Array, count: number, width: number, word: number): Uint32Array {
  const values = new Uint32Array(count)
  for (let row = 0; row < count; row++) values[row] = rows[row * width + word] ?? 0
  return values
}
