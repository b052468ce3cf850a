/**
 * account: completion records → ledger, schedule and manifest. A build whose ledger does not balance fails here, with
 * everything it wrote still there to look at.
 */
import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import type { LoadedBenchmarks } from '../../filters/decontaminate/index.ts'
import type { Schedule } from '../../stages/schedule.ts'
import type { Tokenizer } from '../../tokenizers/index.ts'
import { MillraceError } from '../errors.ts'
import type { Completion } from '../journal.ts'
import { imbalances, type Ledger, ledgerOf, type SourceCounts } from '../ledger.ts'
import { canonicalJson, hashOf } from '../recipe/canonical-json.ts'
import type { LoadedRecipe } from '../recipe/load.ts'
import { writeWhole } from '../storage/output-file.ts'
import { packageVersion } from '../version.ts'
import { manifestBase } from './base-pools.ts'
import {
  countEvidence,
  type ManifestBenchmark,
  type PartEvidence,
  writeContaminated,
} from './contaminated.ts'
import { sketchedMethods } from './corpus.ts'
import type { Deduped } from './dedup.ts'
import type { Emitted } from './emit-units.ts'
import { finishFolders } from './format-folders.ts'
import type { IndexResult } from './lookup-index.ts'
import { type Manifest, type TokenizedText, writeManifest } from './manifest.ts'
import { segmentFolder } from './plan.ts'
import { poolTotals, specialsPerDocument } from './pool-totals.ts'
import type { Pooled } from './pool-units.ts'
import { tokenWidth } from './pools.ts'
import { writeQuarantine } from './quarantine.ts'
import type { Refined } from './refine-units.ts'
import { type RunSchedule, roundedOff, runSchedule } from './run-schedule.ts'
import type { Split } from './survey.ts'
import { filesOf } from './units.ts'

export interface Accounts {
  readonly loaded: LoadedRecipe
  readonly benchmarks: LoadedBenchmarks | undefined
  readonly tokenizer: Tokenizer
  readonly folder: string
  readonly splits: readonly Split[]
  readonly refined: Refined
  readonly dedup: Deduped
  readonly pooled: Pooled
  readonly schedule: Schedule
  readonly emitted: Emitted
  readonly indexed: readonly Completion<IndexResult>[]
}

export async function account(accounts: Accounts): Promise<Manifest> {
  const { loaded, tokenizer, folder, splits, refined, dedup, pooled, schedule, emitted, indexed } = accounts
  const { recipe } = loaded
  const shards = [
    ...emitted.shards.map(({ segment, completion }) => ({ ...completion.result, segment })),
    ...emitted.holdout.map(({ completion }) => ({ ...completion.result, segment: null })),
  ]
  const benchmarks = manifestBenchmarks(accounts)
  const evidence = evidenceOf(accounts)
  const run = await runSchedule(folder, recipe, schedule, shards)
  const ledger = ledgerOf(
    {
      sources: sourceCounts(accounts),
      benchmarks: (await countEvidence(folder, refined.parts, evidence, benchmarks)).benchmarks,
      pools: poolTotals(folder, recipe, pooled.pools, schedule, tokenWidth(tokenizer.vocabularySize)),
      shards: shards.map((shard) => ({ ...shard, roundedOff: roundedOff(run, shard) })),
      specialsPerDocument: specialsPerDocument(recipe, tokenizer),
    },
    schedule,
    segmentFolder,
  )
  requireBalance(ledger)
  const completions = [...refined.completions, ...dedup.completions, ...pooled.tokenized, ...pooled.shuffled]
  const outputs = [...emitted.shards, ...emitted.holdout].map(({ completion }) => completion)
  const files = [
    ...filesOf(completions),
    ...filesOf(outputs),
    ...(await finishFolders(folder, recipe, outputs)),
    ...filesOf(indexed),
    ...(await writeReports(folder, ledger, run)),
    await writeQuarantine(folder, refined.parts),
    ...(recipe.decontaminate === undefined ? [] : [await writeContaminated(folder, refined.parts, evidence)]),
  ]
  const inputs = splits.flatMap(({ source, reader, pieces }, split) =>
    pieces.map(({ file, range, bytes }, piece) => {
      const sha256 = refined.completions[split]?.result.inputSha256[piece] ?? ''
      return { source, file, ...(range && { range }), reader, bytes, sha256 }
    }),
  )
  const manifest = await writeManifest(folder, {
    millrace: packageVersion(),
    recipe,
    recipeHash: loaded.hash,
    directory: path.relative(folder, loaded.directory).split(path.sep).join('/'),
    tokenizer: {
      name: tokenizer.name,
      fingerprint: tokenizer.fingerprint,
      vocabularySize: tokenizer.vocabularySize,
    },
    inputs,
    inputsHash: hashOf(inputs.map(({ source, sha256 }) => [source, sha256])),
    ...(loaded.base !== undefined && { base: manifestBase(folder, loaded.base) }),
    parts: refined.parts,
    sketches: sketchedMethods(recipe),
    verdicts: dedup.verdicts,
    cuts: dedup.cuts,
    clusters: dedup.clusters,
    benchmarks,
    evidence,
    pools: pooled.pools,
    tokenized: tokenizedText(accounts),
    shards,
    index: indexed.map(({ result }) => result),
    files: files
      .map((file) => ({
        ...file,
        path: path.isAbsolute(file.path)
          ? path.relative(folder, file.path).split(path.sep).join('/')
          : file.path,
      }))
      .toSorted((a, b) => (a.path < b.path ? -1 : 1)),
  })
  await removeUnlisted(folder, manifest)
  return manifest
}

function sourceCounts({ loaded, refined, dedup, pooled }: Accounts): Record<string, SourceCounts> {
  return Object.fromEntries(
    Object.keys(loaded.recipe.sources).map((source) => {
      const fates: Record<string, number> = {}
      const edits: Record<string, number> = {}
      const tags: Record<string, number> = {}
      const duplicates: Record<string, number> = {}
      const contaminated: Record<string, number> = {}
      let records = 0
      for (const { result } of refined.completions) {
        if (result.source !== source) continue
        records += result.counts.records
        addTo(fates, result.counts.fates)
        addTo(edits, result.counts.edits)
        addTo(tags, result.counts.tags)
      }
      for (const { result } of dedup.edits) {
        if (refined.parts[result.part]?.source === source) addTo(edits, result.cut)
      }
      for (const { result } of pooled.tokenized) {
        if (result.source !== source) continue
        addTo(duplicates, result.duplicates)
        addTo(contaminated, result.contaminated)
        if (result.cut > 0) addTo(edits, { decontaminate: result.cut })
      }
      return [source, { records, fates, duplicates, contaminated, edits, tags }]
    }),
  )
}

function tokenizedText({ pooled }: Accounts): Record<string, TokenizedText> {
  const sources: Record<string, TokenizedText> = {}
  for (const { result } of pooled.tokenized) {
    if (result.textBytes === 0) continue
    const { bytes, tokens } = sources[result.source] ?? { bytes: 0, tokens: 0 }
    const all = Object.values(result.pools).reduce((sum, pool) => sum + pool.tokens, 0)
    sources[result.source] = { bytes: bytes + result.textBytes, tokens: tokens + all - result.specials }
  }
  return sources
}

function manifestBenchmarks({ loaded, benchmarks }: Accounts): ManifestBenchmark[] {
  return (loaded.recipe.decontaminate?.benchmarks ?? []).map(({ file }, at) => {
    const { name = '', items = 0, uncheckable = 0 } = benchmarks?.index.benchmarks[at] ?? {}
    return { name, file, sha256: benchmarks?.hashes[at] ?? '', items, uncheckable }
  })
}

function evidenceOf({ pooled }: Accounts): PartEvidence[] {
  return pooled.tokenized.flatMap(({ result: { part, evidence } }) =>
    evidence === null ? [] : [{ part, path: evidence }],
  )
}

function requireBalance(ledger: Ledger): void {
  const found = imbalances(ledger)
  if (found.length === 0) return
  throw new MillraceError(
    'LEDGER_UNBALANCED',
    `the ledger does not balance in ${found.length} place(s)`,
    {
      key: found[0]?.place ?? '',
      fix: 'This is a defect of millrace: report it with the recipe and the ledger.',
    },
    {
      issues: found.map(({ place, got, expected, rule }) => ({
        key: place,
        got,
        limit: expected,
        message: `${place}: ${got}, but ${rule}: ${expected}`,
      })),
    },
  )
}

async function writeReports(
  folder: string,
  ledger: Ledger,
  run: RunSchedule,
): Promise<ReturnType<typeof filesOf>> {
  return [
    await writeWhole(path.join(folder, 'ledger.json'), `${canonicalJson(ledger)}\n`),
    await writeWhole(path.join(folder, 'schedule.json'), `${canonicalJson(run)}\n`),
  ]
}

/** Outputs of an earlier schedule: a trainer that reads a whole folder must not find them. */
async function removeUnlisted(folder: string, { files }: Manifest): Promise<void> {
  const listed = new Set(files.map((file) => file.path))
  for (const output of ['shards', 'holdout', 'index', 'launch']) {
    const entries = await readdir(path.join(folder, output), { recursive: true, withFileTypes: true }).catch(
      () => [],
    )
    for (const entry of entries) {
      if (!entry.isFile()) continue
      const full = path.join(entry.parentPath, entry.name)
      if (!listed.has(path.relative(folder, full).split(path.sep).join('/'))) await rm(full)
    }
  }
}

function addTo(total: Record<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) total[name] = (total[name] ?? 0) + count
}
