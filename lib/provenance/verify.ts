/**
 * verify: a finished build against itself. Every file is hashed; the ledger is made again from what the files hold, not from
 * what the build said, and compared number by number; every shard is read back; the holdout is looked for in training.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { LoadedBenchmarks } from '../../filters/decontaminate/index.ts'
import { poolFiles } from '../build/base-pools.ts'
import { countEvidence } from '../build/contaminated.ts'
import { type ManifestInput, readManifest } from '../build/manifest.ts'
import { DOCUMENT_COLUMNS } from '../build/placements.ts'
import { scheduleOf, segmentFolder } from '../build/plan.ts'
import { openPool } from '../build/pool-reader.ts'
import { poolTotals, specialsPerDocument } from '../build/pool-totals.ts'
import { tokenWidth } from '../build/pools.ts'
import { roundedOff, runSchedule } from '../build/run-schedule.ts'
import type { ShardResult } from '../build/shard.ts'
import { shardName } from '../build/shard-name.ts'
import { UID_BYTES, uidToHex } from '../documents/uid.ts'
import { asMillraceError } from '../errors.ts'
import { type CountedShard, imbalances, type Ledger, ledgerOf } from '../ledger.ts'
import { BASE_PREFIX } from '../recipe/base-name.ts'
import { canonicalJson } from '../recipe/canonical-json.ts'
import { openTable } from '../storage/arrow-table.ts'
import { baseOf } from './base.ts'
import { checkPools, countShard, countSources, type Finding } from './count.ts'
import { nearCopiesOfHoldout } from './near-copies.ts'
import { readLedger } from './read-ledger.ts'
import { type FinishedBuild, tokenizerOfBuild } from './records.ts'
import type { RescanBenchmarks } from './rescan.ts'

export interface Verification {
  readonly holds: boolean
  readonly findings: readonly Finding[]
  /** What was looked at. */
  readonly checked: {
    readonly files: number
    readonly bytes: number
    readonly shards: number
    readonly inputs: number
    readonly benchmarks: number
    /** Of the benchmarks, and how many of them are too short or too common to be looked for. */
    readonly items: number
    readonly uncheckable: number
  }
}

export interface VerifyOptions {
  /** Also hash the input files again. */
  readonly inputs?: boolean
  /** Also look for these benchmarks in the emitted tokens: anything that is found of them is a finding. */
  readonly benchmarks?: RescanBenchmarks
  readonly onFile?: (file: string, bytes: number) => void
}

/**
 * Verifies the build in `folder`. Rejects only where there is no build at all, or a benchmark cannot be read, before any
 * work; everything else is a finding.
 */
export async function verify(folder: string, options: VerifyOptions = {}): Promise<Verification> {
  const absolute = path.resolve(folder)
  const manifest = await readManifest(absolute)
  const build = { folder: absolute, manifest }
  const { benchmarks = [] } = options
  const rescan = benchmarks.length > 0 ? await import('./rescan.ts') : undefined
  const loaded = await rescan?.loadForRescan(build, benchmarks)
  const findings: Finding[] = []
  let bytes = 0
  for (const file of manifest.files) {
    options.onFile?.(file.path, file.bytes)
    bytes += file.bytes
    const problem = await compareFile(path.join(absolute, file.path), file)
    if (problem !== undefined) findings.push({ place: file.path, problem })
  }
  findings.push(...(await guarded(absolute, 'the base', () => verifyBase(build))))
  if (options.inputs === true) findings.push(...(await verifyInputs(build)))
  findings.push(...(await guarded(absolute, 'the ledger', () => verifyLedger(build))))
  findings.push(...(await guarded(absolute, 'the holdout', () => verifyHoldout(build))))
  if (rescan !== undefined && loaded !== undefined) {
    findings.push(...(await guarded(absolute, 'the benchmarks', () => rescan.findBenchmarks(build, loaded))))
  }
  const checked = {
    files: manifest.files.length,
    bytes,
    shards: manifest.shards.length,
    inputs: options.inputs === true ? manifest.inputs.length : 0,
    benchmarks: benchmarks.length,
    items: sum(loaded, ({ items }) => items),
    uncheckable: sum(loaded, ({ uncheckable }) => uncheckable),
  }
  return { holds: findings.length === 0, findings, checked }
}

type CountOfItems = (benchmark: LoadedBenchmarks['index']['benchmarks'][number]) => number

function sum(loaded: LoadedBenchmarks | undefined, count: CountOfItems): number {
  return (loaded?.index.benchmarks ?? []).reduce((total, benchmark) => total + count(benchmark), 0)
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

/** The base is what it was, and so are the files that this build draws from. */
async function verifyBase(build: FinishedBuild): Promise<Finding[]> {
  const base = await baseOf(build)
  if (base === undefined) return []
  const { segments } = await readLedger(build.folder)
  const drawn = new Set(segments.flatMap(({ pools }) => Object.keys(pools)))
  const findings: Finding[] = []
  for (const pool of base.manifest.pools) {
    if (!drawn.has(`${BASE_PREFIX}${pool.name}`)) continue
    for (const file of poolFiles(pool, base.manifest.files)) {
      const problem = await compareFile(path.join(base.folder, file.path), file)
      if (problem !== undefined) findings.push({ place: file.path, problem: `of the base ${problem}` })
    }
  }
  return findings
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
async function guarded(folder: string, what: string, check: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await check()
  } catch (error) {
    const { message, facts } = asMillraceError(error)
    const place =
      facts.file === undefined ? what : path.relative(folder, facts.file).split(path.sep).join('/')
    return [{ place, problem: `${what} cannot be checked: ${message}` }]
  }
}

async function verifyLedger(build: FinishedBuild): Promise<Finding[]> {
  const { folder, manifest } = build
  const { recipe } = manifest
  const tokenizer = await tokenizerOfBuild(build)
  const schedule = scheduleOf(recipe, manifest.pools)
  const findings = checkPools(build)
  const shards: CountedShard[] = []
  const run = await runSchedule(folder, recipe, schedule, manifest.shards)
  for (const shard of manifest.shards) {
    const counted = await countShard(folder, shard, findings)
    shards.push({ ...counted, segment: shard.segment, roundedOff: roundedOff(run, shard) })
  }
  const { parts, benchmarks } = manifest
  const evidence = await countEvidence(folder, parts, manifest.evidence, benchmarks)
  const counted = ledgerOf(
    {
      sources: await countSources(build, evidence),
      benchmarks: evidence.benchmarks,
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

/** Every place where two JSON values differ: `ledger.json: segments[0].pools.web.emitted`. */
function differences(file: string, recorded: unknown, counted: unknown, key = ''): Finding[] {
  if (isObject(recorded) && isObject(counted)) {
    const names = [...new Set([...Object.keys(recorded), ...Object.keys(counted)])]
    return names.flatMap((name) => {
      const below = Array.isArray(counted) ? `${key}[${name}]` : key === '' ? name : `${key}.${name}`
      return differences(file, recorded[name], counted[name], below)
    })
  }
  if (recorded === counted) return []
  const problem = `recorded ${JSON.stringify(recorded)}, counted ${JSON.stringify(counted)}`
  return [{ place: key === '' ? file : `${file}: ${key}`, problem }]
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** No held-out document, of this build or of its base, is in a training shard, and no near-copy of those of this build. */
async function verifyHoldout(build: FinishedBuild): Promise<Finding[]> {
  const held = new Set<string>()
  const { shards } = build.manifest
  for (const shard of shards.filter(({ segment }) => segment === null)) {
    await eachUid(build.folder, shard, (uid) => held.add(uid))
  }
  const { recipe, pools, tokenizer } = build.manifest
  for (const pool of pools.filter(({ base }) => base !== undefined)) {
    const reader = openPool(build.folder, pool, recipe, tokenWidth(tokenizer.vocabularySize))
    const { count, uids } = reader.heldOut()
    reader.close()
    const bytes = new Uint8Array(uids.buffer)
    for (let row = 0; row < count; row++) held.add(uidToHex(bytes, row * UID_BYTES))
  }
  if (held.size === 0) return []
  const findings = nearCopiesOfHoldout(build, held)
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
