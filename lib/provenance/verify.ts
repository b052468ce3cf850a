/**
 * verify: a finished build against itself. Every file is hashed; the ledger is made again from what the files hold, not from
 * what the build said, and compared number by number; every shard is read back; the holdout is looked for in training.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { poolTotals, specialsPerDocument } from '../build/account.ts'
import { dedupVerdicts } from '../build/dedup-verdicts.ts'
import type { ManifestInput } from '../build/manifest.ts'
import { readManifest } from '../build/manifest.ts'
import { scheduleOf, segmentFolder } from '../build/plan.ts'
import { tokenWidth } from '../build/pools.ts'
import { roundedOff, runSchedule } from '../build/run-schedule.ts'
import {
  DOCUMENT_COLUMNS,
  PIECE_COLUMNS,
  type PoolCounts,
  type ShardResult,
  shardName,
} from '../build/shard.ts'
import { UID_BYTES, uidToHex } from '../documents/uid.ts'
import { asMillraceError } from '../errors.ts'
import type { ShardReader } from '../formats/define-format.ts'
import { formatByName } from '../formats/index.ts'
import { type CountedShard, imbalances, type Ledger, ledgerOf, type SourceCounts } from '../ledger.ts'
import { canonicalJson } from '../recipe/canonical-json.ts'
import { openTable } from '../storage/arrow-table.ts'
import { type FinishedBuild, tokenizerOfBuild } from './records.ts'

/** Something that does not hold, and where. */
export interface Finding {
  /** A file relative to the build's folder, or a path in the ledger. */
  readonly place: string
  readonly problem: string
}

export interface Verification {
  readonly holds: boolean
  readonly findings: readonly Finding[]
  /** What was looked at. */
  readonly checked: {
    readonly files: number
    readonly bytes: number
    readonly shards: number
    readonly inputs: number
  }
}

export interface VerifyOptions {
  /** Also hash the input files again. */
  readonly inputs?: boolean
  readonly onFile?: (file: string, bytes: number) => void
}

/** Verifies the build in `folder`. Rejects only where there is no build at all; everything else is a finding. */
export async function verify(folder: string, options: VerifyOptions = {}): Promise<Verification> {
  const absolute = path.resolve(folder)
  const manifest = await readManifest(absolute)
  const build = { folder: absolute, manifest }
  const findings: Finding[] = []
  let bytes = 0
  for (const file of manifest.files) {
    options.onFile?.(file.path, file.bytes)
    bytes += file.bytes
    const problem = await compareFile(path.join(absolute, file.path), file)
    if (problem !== undefined) findings.push({ place: file.path, problem })
  }
  if (options.inputs === true) findings.push(...(await verifyInputs(build)))
  findings.push(...(await guarded('the ledger', () => verifyLedger(build))))
  findings.push(...(await guarded('the holdout', () => verifyHoldout(build))))
  const checked = {
    files: manifest.files.length,
    bytes,
    shards: manifest.shards.length,
    inputs: options.inputs === true ? manifest.inputs.length : 0,
  }
  return { holds: findings.length === 0, findings, checked }
}

async function compareFile(
  file: string,
  expected: { bytes: number; sha256: string },
): Promise<string | undefined> {
  const found = await hashFile(file)
  if (found === undefined) return 'is missing or unreadable'
  if (found.bytes !== expected.bytes) return `has ${found.bytes} bytes, not ${expected.bytes}`
  return found.sha256 === expected.sha256
    ? undefined
    : `has other content: SHA-256 ${found.sha256}, not ${expected.sha256}`
}

async function hashFile(
  file: string,
  range?: { start: number; end: number },
): Promise<{ bytes: number; sha256: string } | undefined> {
  const hash = createHash('sha256')
  let bytes = 0
  try {
    for await (const chunk of createReadStream(file, range && { start: range.start, end: range.end - 1 })) {
      if (!(chunk instanceof Uint8Array)) continue
      hash.update(chunk)
      bytes += chunk.byteLength
    }
  } catch {
    return undefined
  }
  return { bytes, sha256: hash.digest('hex') }
}

async function verifyInputs({ folder, manifest }: FinishedBuild): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const input of manifest.inputs) {
    const problem = await compareInput(path.resolve(folder, manifest.directory, input.file), input)
    if (problem !== undefined) findings.push({ place: input.file, problem: `input ${problem}` })
  }
  return findings
}

async function compareInput(file: string, input: ManifestInput): Promise<string | undefined> {
  const found = await hashFile(file, input.range)
  if (found === undefined) return 'is missing or unreadable'
  return found.sha256 === input.sha256 ? undefined : 'has changed since it was read'
}

/** A check that cannot even read its files has found something. */
async function guarded(place: string, check: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await check()
  } catch (error) {
    const { message, facts } = asMillraceError(error)
    return [{ place: facts.file ?? place, problem: `cannot be checked: ${message}` }]
  }
}

async function verifyLedger(build: FinishedBuild): Promise<Finding[]> {
  const { folder, manifest } = build
  const { recipe } = manifest
  const tokenizer = await tokenizerOfBuild(build)
  const schedule = scheduleOf(recipe, manifest.pools)
  const findings: Finding[] = []
  const shards: CountedShard[] = []
  const run = await runSchedule(folder, recipe, schedule, manifest.shards)
  for (const shard of manifest.shards) {
    const counted = await countShard(folder, shard, findings)
    shards.push({ ...counted, segment: shard.segment, roundedOff: roundedOff(run, shard) })
  }
  const counted = ledgerOf(
    {
      sources: await countSources(build),
      pools: poolTotals(folder, recipe, manifest.pools, schedule, tokenWidth(tokenizer.vocabularySize)),
      shards,
      specialsPerDocument: specialsPerDocument(recipe, tokenizer),
    },
    schedule,
    segmentFolder,
  )
  for (const { place, got, expected, rule } of imbalances(counted)) {
    findings.push({ place, problem: `${got}, but ${rule}: ${expected}` })
  }
  const recorded: unknown = JSON.parse(await readFile(path.join(folder, 'ledger.json'), 'utf8'))
  findings.push(...differences('ledger.json', recorded, JSON.parse(canonicalJson(counted satisfies Ledger))))
  const written: unknown = JSON.parse(await readFile(path.join(folder, 'schedule.json'), 'utf8'))
  findings.push(...differences('schedule.json', written, JSON.parse(canonicalJson(run))))
  return findings
}

/** Every place where two JSON values differ. */
function differences(place: string, recorded: unknown, counted: unknown): Finding[] {
  if (isObject(recorded) && isObject(counted)) {
    const names = [...new Set([...Object.keys(recorded), ...Object.keys(counted)])]
    return names.flatMap((name) =>
      differences(`${place}: ${name}`.replace(/: (?=.*: )/, '.'), recorded[name], counted[name]),
    )
  }
  if (recorded === counted) return []
  return [{ place, problem: `recorded ${JSON.stringify(recorded)}, counted ${JSON.stringify(counted)}` }]
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** Counts a shard from its files: its document table, each format's own reader, and the pieces. */
async function countShard(folder: string, shard: ShardResult, findings: Finding[]): Promise<ShardResult> {
  const base = path.join(folder, shard.folder, 'placements', shardName(shard.number))
  const { pools, lengths } = await countDocuments(`${base}.documents.arrow`)
  const formats: Record<string, ShardReader['counts']> = {}
  for (const name of Object.keys(shard.formats)) {
    const format = formatByName(name)
    const file = `${shard.folder}/${name}/${shardName(shard.number)}${format.extensions[0] ?? ''}`
    const reader = await format.open(path.join(folder, shard.folder, name, shardName(shard.number)))
    try {
      formats[name] = reader.counts
      const problem =
        format.kind === 'documents'
          ? await compareDocuments(reader, lengths)
          : await comparePieces(reader, lengths, `${base}.pieces.arrow`)
      if (problem !== undefined) findings.push({ place: file, problem })
    } finally {
      await reader.close()
    }
  }
  return { ...shard, pools, formats }
}

async function countDocuments(
  file: string,
): Promise<{ pools: Record<string, PoolCounts>; lengths: Uint32Array }> {
  const table = await openTable(file, DOCUMENT_COLUMNS)
  try {
    const names = JSON.parse(table.metadata['pools'] ?? '[]') as string[]
    const counts = names.map(() => ({ documents: 0, tokens: 0, firstEpoch: 0 }))
    const lengths = new Uint32Array(table.rows)
    for (let at = 0; at < table.batches; at++) {
      const batch = await table.batch(at)
      const tokens = batch.column('tokens').values
      const pool = batch.column('pool').values
      const epoch = batch.column('epoch').values
      lengths.set(tokens, batch.start)
      for (let row = 0; row < batch.rows; row++) {
        const count = counts[pool[row] ?? 0]
        if (count === undefined) continue
        count.documents++
        count.tokens += tokens[row] ?? 0
        if (epoch[row] === 0) count.firstEpoch++
      }
    }
    return {
      pools: Object.fromEntries(
        names.map((name, at) => [name, counts[at] ?? { documents: 0, tokens: 0, firstEpoch: 0 }]),
      ),
      lengths,
    }
  } finally {
    await table.close()
  }
}

async function compareDocuments(reader: ShardReader, lengths: Uint32Array): Promise<string | undefined> {
  if (reader.counts.items !== lengths.length)
    return `has ${reader.counts.items} documents, its placements ${lengths.length}`
  for (let index = 0; index < lengths.length; index++) {
    const { pieceLengths } = await reader.item(index)
    if (pieceLengths[0] !== lengths[index])
      return `document ${index} has ${pieceLengths[0]} tokens, its placement ${lengths[index]}`
  }
  return undefined
}

/** Every token of every document is in exactly one piece: pieces of a document end to end give its length. */
async function comparePieces(
  reader: ShardReader,
  lengths: Uint32Array,
  file: string,
): Promise<string | undefined> {
  const placed = new Float64Array(lengths.length)
  const table = await openTable(file, PIECE_COLUMNS)
  try {
    let sequence = -1
    let pieceLengths: readonly number[] = []
    let piece = 0
    for (let at = 0; at < table.batches; at++) {
      const batch = await table.batch(at)
      const sequences = batch.column('sequence').values
      const documents = batch.column('document').values
      for (let row = 0; row < batch.rows; row++) {
        if (sequences[row] !== sequence) {
          if (piece !== pieceLengths.length)
            return `sequence ${sequence} has ${pieceLengths.length} pieces, its placements ${piece}`
          sequence = sequences[row] ?? 0
          pieceLengths = (await reader.item(sequence)).pieceLengths
          piece = 0
        }
        placed[documents[row] ?? 0] = (placed[documents[row] ?? 0] ?? 0) + (pieceLengths[piece++] ?? 0)
      }
    }
    const wrong = lengths.findIndex((length, document) => placed[document] !== length)
    return wrong < 0 ? undefined : `has ${placed[wrong]} of the ${lengths[wrong]} tokens of document ${wrong}`
  } finally {
    await table.close()
  }
}

async function countSources({ folder, manifest }: FinishedBuild): Promise<Record<string, SourceCounts>> {
  const counts: Record<
    string,
    { records: number; fates: Record<string, number>; duplicates: Record<string, number> }
  > = {}
  for (const source of Object.keys(manifest.recipe.sources))
    counts[source] = { records: 0, fates: {}, duplicates: {} }
  for (const [index, part] of manifest.parts.entries()) {
    const count = counts[part.source]
    if (count === undefined) continue
    for (const { method } of dedupVerdicts(folder, manifest.verdicts, index).values()) {
      add(count.duplicates, manifest.recipe.dedup[method]?.name ?? '')
    }
    const table = await openTable(path.join(folder, `${part.path}.records.arrow`))
    try {
      for (let at = 0; at < table.batches; at++) {
        const batch = await table.batch(at)
        const [fate, filter, reason] = [batch.column('fate'), batch.column('filter'), batch.column('reason')]
        for (let row = 0; row < batch.rows; row++) {
          const words = [fate.get(row), filter.get(row), reason.get(row)].filter((word) => word !== null)
          add(count.fates, words.join('/'))
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

/** No held-out document is in a training shard. */
async function verifyHoldout(build: FinishedBuild): Promise<Finding[]> {
  const held = new Set<string>()
  const { shards } = build.manifest
  for (const shard of shards.filter(({ segment }) => segment === null)) {
    await eachUid(build.folder, shard, (uid) => held.add(uid))
  }
  if (held.size === 0) return []
  const findings: Finding[] = []
  for (const shard of shards.filter(({ segment }) => segment !== null)) {
    await eachUid(build.folder, shard, (uid, document) => {
      if (!held.has(uid)) return
      findings.push({
        place: `${shard.folder}/placements/${shardName(shard.number)}.documents.arrow`,
        problem: `document ${document} (${uid}) is held out`,
      })
    })
  }
  return findings
}

async function eachUid(
  folder: string,
  shard: ShardResult,
  visit: (uid: string, document: number) => void,
): Promise<void> {
  const table = await openTable(
    path.join(folder, shard.folder, 'placements', `${shardName(shard.number)}.documents.arrow`),
    DOCUMENT_COLUMNS,
  )
  try {
    for (let at = 0; at < table.batches; at++) {
      const batch = await table.batch(at)
      const { bytes } = batch.column('uid')
      for (let row = 0; row < batch.rows; row++) visit(uidToHex(bytes, row * UID_BYTES), batch.start + row)
    }
  } finally {
    await table.close()
  }
}
