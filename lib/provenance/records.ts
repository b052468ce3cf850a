import path from 'node:path'
import type { Tokenizer } from '../../tokenizers/index.ts'
import { type ContaminatedDocument, readEvidence } from '../build/contaminated.ts'
import { type Cut, partsOfDedup, readCuts } from '../build/cuts.ts'
import { type DuplicateVerdict, dedupVerdicts } from '../build/dedup-verdicts.ts'
import { INDEX_KINDS } from '../build/index-keys.ts'
import { PLACEMENT_INDEX_WIDTH, RECORD_INDEX_WIDTH } from '../build/lookup-index.ts'
import type { Manifest } from '../build/manifest.ts'
import { openDocuments, TOKEN_COLUMNS } from '../build/part-tables.ts'
import { DOCUMENT_COLUMNS } from '../build/placements.ts'
import { readSlice } from '../build/runs.ts'
import { shardName } from '../build/shard-name.ts'
import { layoutOf } from '../build/source-layout.ts'
import { type GivenTokens, UID_BYTES, uidToHex } from '../documents/uid.ts'
import { type Facts, MillraceError } from '../errors.ts'
import { openTable } from '../storage/arrow-table.ts'

/** A finished build, as look-ups see it. */
export interface FinishedBuild {
  /** Absolute. */
  readonly folder: string
  readonly manifest: Manifest
}

/** Loading a tokenizer takes a hundred times as long as a look-up: an opened build loads its own once. */
const tokenizers = new WeakMap<FinishedBuild, Promise<Tokenizer>>()

/** The tokenizer that the build used. */
export async function tokenizerOfBuild(build: FinishedBuild): Promise<Tokenizer> {
  let tokenizer = tokenizers.get(build)
  if (tokenizer === undefined) tokenizers.set(build, (tokenizer = loadTokenizerOf(build)))
  return tokenizer
}

async function loadTokenizerOf({ folder, manifest }: FinishedBuild): Promise<Tokenizer> {
  const { createTokenizer, loadTokenizer } = await import('../../tokenizers/index.ts')
  return createTokenizer(
    await loadTokenizer(manifest.recipe.tokenizer, path.resolve(folder, manifest.directory)),
  )
}

/** Where a record's row is. */
export interface RecordPlace {
  readonly part: number
  readonly record: number
}

/** Where a document's copy is in the shards; `shard` indexes the manifest's. */
export interface PlacementPlace {
  readonly shard: number
  readonly document: number
}

/** Everything that the build knows of one record. */
export interface RecordFacts {
  readonly uid: string
  readonly source: string
  readonly license: string
  readonly acquisition: string
  /** Relative to the recipe's folder; `offset` is a decompressed byte offset (or row), `bytes` the record's length. */
  readonly file: string
  readonly offset: number
  readonly bytes: number
  readonly id: string | null
  readonly url: string | null
  /** Fate after filtering, and what decided it. `kept` records may still be duplicates, held out, or not reached. */
  readonly fate: string
  readonly filter: string | null
  readonly reason: string | null
  readonly detail: string | null
  readonly value: string | null
  readonly threshold: string | null
  /** What changed its text, separated by spaces. */
  readonly edits: string | null
  /** Recorded values of all filters, by `filter.value`. */
  readonly values: Readonly<Record<string, number | string>>
  /** Set where dedup took it. */
  readonly duplicate: (Omit<DuplicateVerdict, 'method'> & { readonly method: string }) | null
  /** What dedup cut out of it: the bytes of its refined text, by which method, and who holds what stays. */
  readonly cuts: readonly (Omit<Cut, 'method'> & { readonly method: string })[]
  /** Set where something of a benchmark was found in it. */
  readonly contaminated: Omit<ContaminatedDocument, 'document' | 'record'> | null
  /** Whether it came as token ids: then `offset` is the document's number in the file. */
  readonly tokenized: boolean
  /** Row of its refined text, or of its ids, in the part; null where it did not survive the filters. */
  readonly document: number | null
}

/** Places of the records with a key in the index: a uid's first two words, or a hashed url or domain. */
export function findRecords(
  { folder, manifest }: FinishedBuild,
  key: readonly [high: number, low: number],
  kind: number,
): RecordPlace[] {
  const rows = readIndex(folder, manifest, '.records', RECORD_INDEX_WIDTH, key)
  const places: RecordPlace[] = []
  for (let at = 0; at < rows.length; at += RECORD_INDEX_WIDTH) {
    if (rows[at + 2] === kind) places.push({ part: rows[at + 3] ?? 0, record: rows[at + 4] ?? 0 })
  }
  return places
}

/** The records of a document: one, or more where the input has copies of it. */
export async function recordsOf(
  build: FinishedBuild,
  uid: Uint8Array,
): Promise<{ place: RecordPlace; facts: RecordFacts }[]> {
  const hex = uidToHex(uid)
  const found = []
  for (const place of findRecords(build, uidKey(uid), INDEX_KINDS.uid)) {
    const facts = await readRecord(build, place)
    if (facts.uid === hex) found.push({ place, facts })
  }
  return found
}

/** Where a document's tokens are, shard by shard. */
export async function placementsOf(
  { folder, manifest }: FinishedBuild,
  uid: Uint8Array,
): Promise<PlacementPlace[]> {
  const rows = readIndex(folder, manifest, '.placements', PLACEMENT_INDEX_WIDTH, uidKey(uid))
  const hex = uidToHex(uid)
  const found: PlacementPlace[] = []
  for (let at = 0; at < rows.length; at += PLACEMENT_INDEX_WIDTH) {
    const place = { shard: rows[at + 2] ?? 0, document: rows[at + 3] ?? 0 }
    if ((await readPlacement({ folder, manifest }, place)).uid === hex) found.push(place)
  }
  return found
}

export interface PlacedDocument {
  readonly uid: string
  readonly tokens: number
  readonly pool: string
  /** 0 for the first pass over the pool. */
  readonly epoch: number
}

export async function readPlacement(
  { folder, manifest }: FinishedBuild,
  place: PlacementPlace,
): Promise<PlacedDocument> {
  const shard = manifest.shards[place.shard]
  if (shard === undefined) throw new RangeError(`there is no shard ${place.shard}`)
  const file = path.join(folder, shard.folder, 'placements', `${shardName(shard.number)}.documents.arrow`)
  const table = await openTable(file, DOCUMENT_COLUMNS)
  try {
    const row = await table.rowAt(place.document)
    const pools: unknown = JSON.parse(table.metadata['pools'] ?? '[]')
    const pool: unknown = Array.isArray(pools) ? pools[Number(row['pool'])] : undefined
    return {
      uid: hexOf(row['uid']),
      tokens: Number(row['tokens']),
      pool: String(pool),
      epoch: Number(row['epoch']),
    }
  } finally {
    await table.close()
  }
}

const FIXED_COLUMNS = new Set([
  'uid',
  'file',
  'offset',
  'bytes',
  'fate',
  'filter',
  'reason',
  'detail',
  'value',
  'threshold',
  'edits',
  'id',
  'url',
  'document',
])

export async function readRecord(
  { folder, manifest }: FinishedBuild,
  place: RecordPlace,
): Promise<RecordFacts> {
  const part = manifest.parts[place.part]
  if (part === undefined) throw new RangeError(`there is no part ${place.part}`)
  const table = await openTable(path.join(folder, `${part.path}.records.arrow`))
  try {
    const row = await table.rowAt(place.record)
    const text = (name: string): string | null => (typeof row[name] === 'string' ? row[name] : null)
    const document = typeof row['document'] === 'number' ? row['document'] : null
    const source = manifest.recipe.sources[part.source]
    const values: Record<string, number | string> = {}
    for (const [name, value] of Object.entries(row)) {
      if (!FIXED_COLUMNS.has(name) && (typeof value === 'number' || typeof value === 'string'))
        values[name] = value
    }
    const { verdicts, cuts } = partsOfDedup(manifest)(place.part)
    const verdict =
      document === null ? undefined : dedupVerdicts(folder, verdicts, place.part, document).get(document)
    const methodOf = (method: number): string => manifest.recipe.dedup[method]?.name ?? ''
    const cutOut = document === null ? [] : (readCuts(folder, cuts, document).get(document) ?? [])
    return {
      uid: hexOf(row['uid']),
      source: part.source,
      license: source?.license ?? '',
      acquisition: source?.acquisition ?? '',
      file: part.files[Number(row['file'])] ?? '',
      offset: Number(row['offset']),
      bytes: Number(row['bytes']),
      id: text('id'),
      url: text('url'),
      fate: text('fate') ?? '',
      filter: text('filter'),
      reason: text('reason'),
      detail: text('detail'),
      value: text('value'),
      threshold: text('threshold'),
      edits: text('edits'),
      values,
      duplicate: verdict === undefined ? null : { ...verdict, method: methodOf(verdict.method) },
      cuts: cutOut.map((cut) => ({ ...cut, method: methodOf(cut.method) })),
      tokenized: part.tokenized !== undefined,
      contaminated: await contaminationOf(folder, manifest, place.part, document),
      document,
    }
  } finally {
    await table.close()
  }
}

async function contaminationOf(
  folder: string,
  { evidence }: Manifest,
  part: number,
  document: number | null,
): Promise<RecordFacts['contaminated']> {
  const file = evidence.find((one) => one.part === part)
  if (file === undefined || document === null) return null
  for await (const { document: row, record: _, ...found } of readEvidence(folder, file.path)) {
    if (row === document) return found
  }
  return null
}

/** The refined text of a surviving document, and its turns as survivors.ts packs them. */
export async function refinedDocument(
  { folder, manifest }: FinishedBuild,
  part: number,
  document: number,
): Promise<{ text: string; turns: Uint32Array }> {
  const place = manifest.parts[part]
  if (place === undefined) throw new RangeError(`there is no part ${part}`)
  const laidOut = layoutOf(manifest.recipe.sources[place.source]) !== undefined
  const table = await openDocuments(path.join(folder, `${place.path}.documents.arrow`), laidOut)
  try {
    const { text, turns } = await table.rowAt(document)
    return { text: String(text), turns: turns instanceof Uint32Array ? turns : new Uint32Array() }
  } finally {
    await table.close()
  }
}

/** The ids, and the loss mask, of a document that came as ids. */
export async function givenTokens(
  { folder, manifest }: FinishedBuild,
  part: number,
  document: number,
): Promise<GivenTokens> {
  const place = manifest.parts[part]
  if (place === undefined) throw new RangeError(`there is no part ${part}`)
  const table = await openTable(path.join(folder, `${place.path}.documents.arrow`), TOKEN_COLUMNS)
  try {
    const { ids, learned } = await table.rowAt(document)
    return {
      ids: ids instanceof Uint32Array ? ids : new Uint32Array(),
      learned: learned instanceof Uint8Array && learned.length > 0 ? learned : undefined,
    }
  } finally {
    await table.close()
  }
}

/** A uid's key in the index: its first two words. */
function uidKey(uid: Uint8Array): [number, number] {
  const view = new DataView(uid.buffer, uid.byteOffset, UID_BYTES)
  return [view.getUint32(0, true), view.getUint32(4, true)]
}

function readIndex(
  folder: string,
  manifest: Manifest,
  ending: string,
  width: number,
  [high, low]: readonly [number, number],
): Uint32Array {
  const bits = manifest.index[0]?.range.bits ?? 0
  const range = manifest.index[bits === 0 ? 0 : high >>> (32 - bits)]
  if (range === undefined) return new Uint32Array()
  return readSlice(path.join(folder, `${range.path}${ending}`), width, [high, low], [high, low + 1])
}

function hexOf(value: unknown): string {
  return value instanceof Uint8Array ? uidToHex(value) : ''
}

export function notFound(what: string, fix: string, facts: Omit<Facts, 'fix'> = {}): MillraceError {
  return new MillraceError('NOT_FOUND', what, { ...facts, fix })
}
