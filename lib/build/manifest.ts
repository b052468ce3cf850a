import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { MillraceError, systemCode, systemReason } from '../errors.ts'
import { canonicalJson, hashOf } from '../recipe/canonical-json.ts'
import type { Recipe } from '../recipe/schema.ts'
import { type WrittenFile, writeWhole } from '../storage/output-file.ts'
import type { ManifestBase } from './base-pools.ts'
import type { Clusters } from './clusters.ts'
import type { ManifestBenchmark, PartEvidence } from './contaminated.ts'
import type { SketchedPasses } from './corpus.ts'
import type { PartCuts } from './cuts.ts'
import type { IndexResult } from './lookup-index.ts'
import type { Pool } from './pools.ts'
import type { RefinedPart } from './refine-part.ts'
import type { ShardResult } from './shard.ts'

/** An input file, or a range of one, as it was when it was read. */
export interface ManifestInput {
  readonly source: string
  /** Relative to the recipe's folder. */
  readonly file: string
  readonly range?: { readonly start: number; readonly end: number }
  readonly reader: string
  /** Stored bytes, and their SHA-256. */
  readonly bytes: number
  readonly sha256: string
}

/** `manifest.json`: what a finished build is made of, and everything that look-ups and `verify` need. */
export interface Manifest {
  readonly millrace: string
  readonly recipe: Recipe
  readonly recipeHash: string
  /** The recipe's folder, relative to the build's: where inputs are looked for. */
  readonly directory: string
  readonly tokenizer: { readonly name: string; readonly fingerprint: string; readonly vocabularySize: number }
  readonly inputs: readonly ManifestInput[]
  /** One hash over the inputs' hashes. */
  readonly inputsHash: string
  /** The finished build that this one goes on from. */
  readonly base?: ManifestBase
  readonly parts: readonly RefinedPart[]
  /** What its parts' sketches are of: what a build that compares with this one asks for. */
  readonly sketches: SketchedPasses
  /** Runs of dedup verdicts over all parts. */
  readonly verdicts: readonly string[]
  /** What dedup cut out of documents, and whom it dropped for it, part by part. */
  readonly cuts: readonly PartCuts[]
  /** How large the components of dedup are, by pass. */
  readonly clusters: readonly Clusters[]
  /** The benchmarks that were looked for, and what was found of them, part by part. */
  readonly benchmarks: readonly ManifestBenchmark[]
  readonly evidence: readonly PartEvidence[]
  readonly pools: readonly Pool[]
  /** By source of text: what was tokenized. Sources of token ids have none. */
  readonly tokenized: Readonly<Record<string, TokenizedText>>
  /** Training shards, then holdout shards, in the order that the index numbers them. */
  readonly shards: readonly (ShardResult & { readonly segment: number | null })[]
  readonly index: readonly IndexResult[]
  /** Every file of the build but this one, by path. */
  readonly files: readonly WrittenFile[]
  /** SHA-256 of the canonical JSON of everything above. */
  readonly digest: string
}

/** Documents that survived, before mixing: `tokens` / `bytes` is the fertility of the tokenizer on this source. */
export interface TokenizedText {
  /** UTF-8 bytes of the text. */
  readonly bytes: number
  /** Tokens of the text, without BOS, EOS and control tokens. */
  readonly tokens: number
}

export async function writeManifest(folder: string, content: Omit<Manifest, 'digest'>): Promise<Manifest> {
  // Through JSON and back: the digest is of what is written, where an undefined field is no field.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const plain = JSON.parse(JSON.stringify(content)) as Omit<Manifest, 'digest'>
  const manifest = { ...plain, digest: hashOf(plain) }
  await writeWhole(path.join(folder, 'manifest.json'), `${canonicalJson(manifest)}\n`)
  return manifest
}

/** The manifest of a finished build. Throws NOT_FOUND where there is none, OUTPUT_DAMAGED where it was changed. */
export async function readManifest(folder: string): Promise<Manifest> {
  const file = path.join(folder, 'manifest.json')
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new MillraceError(
      'NOT_FOUND',
      `${folder} is not a finished build: ${await whyNot(folder, error)}`,
      { file, fix: 'Name the --out folder of a build, and run the build to its end first.' },
      { cause: error },
    )
  }
  const manifest = parse(text)
  const { digest, ...content } = manifest ?? { digest: '' }
  if (manifest === undefined || digest !== hashOf(content) || text !== `${canonicalJson(manifest)}\n`) {
    throw new MillraceError('OUTPUT_DAMAGED', `${file} is not what the build wrote`, {
      file,
      fix: 'Run the build again: it writes the manifest anew from its completion records.',
    })
  }
  return manifest
}

/** Tells a wrong path from a build that has not ended. */
async function whyNot(folder: string, error: unknown): Promise<string> {
  const code = systemCode(error)
  if (code !== 'ENOENT' && code !== 'ENOTDIR')
    return `its manifest.json cannot be read: ${systemReason(error)}`
  const found = await stat(folder).catch(() => undefined)
  if (found === undefined) return 'it is not there'
  return found.isDirectory() ? 'it has no manifest.json' : 'it is a file'
}

function parse(text: string): Manifest | undefined {
  try {
    // What the digest covers was written by `writeManifest`.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return JSON.parse(text) as Manifest
  } catch {
    return undefined
  }
}
