import type { TokenIds } from '../../tokenizers/define-tokenizer.ts'
import { createOutputFile, type OutputFile } from '../storage/output-file.ts'
import { openRandomAccess } from '../storage/random-access.ts'
import { commitTogether } from './commit-together.ts'
import type {
  DocumentFormat,
  LaunchedRun,
  LaunchedShard,
  PlannedShards,
  ShardReader,
  ShardTarget,
  ShardWriter,
} from './define-format.ts'
import { openDocumentTokens, withTokenFile } from './document-tokens.ts'
import {
  createLengths,
  type MegatronIndex,
  type MegatronWidth,
  readIndex,
  writeIndex,
} from './megatron-index.ts'
import { createTokenFile, type TokenFile } from './token-file.ts'

/**
 * Megatron-LM's IndexedDataset: `.bin` has the tokens end to end, without header or padding; `.idx` (megatron-index.ts)
 * has the documents, one sequence each. Megatron cuts and shuffles documents itself. `launch/megatron` has a blend for each
 * segment and split.
 */
export const megatron: DocumentFormat = {
  name: 'megatron',
  kind: 'documents',
  summary: 'Megatron-LM IndexedDataset (.bin, .idx): documents in mix order; also read by NeMo and GPT-NeoX.',
  revision: 1,
  extensions: ['.bin', '.idx'],
  tokenBytes: (vocabularySize) => (megatronWidth(vocabularySize) === 'uint16' ? 2 : 4),
  lossMask: false,
  refuses,
  create,
  open,
  openInput: open,
  launch,
}

/**
 * Blends of each segment, as a change of its sequence length needs a launch of its own: `SEGMENT.train.txt` for
 * `--data-args-path`, `valid.txt` of all held-out documents, and `SEGMENT.json` of both for `--per-split-data-args-path`,
 * which asks for the three splits. A prefix is relative to the build's folder; it weighs what it has in tokens, so that all
 * of a segment's shards last for one epoch.
 */
function launch({ segments, holdout }: LaunchedRun): Record<string, string> {
  const valid = blend(holdout)
  const files: Record<string, string> = valid.length === 0 ? {} : { 'valid.txt': lines(valid) }
  for (const { name, shards } of segments) {
    const train = blend(shards)
    files[`${name}.train.txt`] = lines(train)
    const splits = { train: orNull(train), valid: orNull(valid), test: null }
    files[`${name}.json`] = `${JSON.stringify(splits, undefined, 1)}\n`
  }
  return files
}

/** Fewer prefixes a blend: Megatron numbers them with int16 (megatron/core/datasets/blended_dataset.py). */
const MAX_PREFIXES = 32_767

function refuses({ segmentShards, shardTokens }: PlannedShards): string | undefined {
  if (segmentShards < MAX_PREFIXES) return undefined
  return `has fewer than ${MAX_PREFIXES} shards a segment, and output.shardTokens of ${shardTokens} make ${segmentShards}`
}

/** Weight, prefix, weight, prefix, …; a shard without tokens cannot be opened. */
function blend(shards: readonly LaunchedShard[]): string[] {
  return shards.flatMap(({ base, tokens }) => (tokens === 0 ? [] : [String(tokens), base]))
}

/** Megatron takes null for a split that is not there, and fails on an empty list. */
function orNull(blend: readonly string[]): readonly string[] | null {
  return blend.length === 0 ? null : blend
}

function lines(blend: readonly string[]): string {
  const pairs = blend.flatMap((weight, at) => (at % 2 === 0 ? [`${weight} ${blend[at + 1]}\n`] : []))
  return pairs.join('')
}

/** The rule of Megatron's own builder: uint16 below 65,500 entries, else int32. */
export function megatronWidth(vocabularySize: number): MegatronWidth {
  return vocabularySize < 65_500 ? 'uint16' : 'int32'
}

async function create(target: ShardTarget): Promise<ShardWriter<TokenIds>> {
  const width = megatronWidth(target.vocabularySize)
  return withTokenFile(createTokenFile(`${target.base}.bin`, width), async (tokens) =>
    toWriter(tokens, await createOutputFile(`${target.base}.idx`), width),
  )
}

function toWriter(tokens: TokenFile, index: OutputFile, width: MegatronWidth): ShardWriter<TokenIds> {
  const lengths = createLengths()
  const commit = commitTogether([tokens, index])
  return {
    write(ids) {
      lengths.push(ids.length)
      return tokens.write(ids)
    },
    async close() {
      await tokens.finish()
      await writeIndex(index, lengths, width)
      return commit.commit()
    },
    abort: () => commit.abort(),
  }
}

async function open(base: string): Promise<ShardReader> {
  const { width, documents, starts } = await readIndexFile(`${base}.idx`)
  const header = { version: 1, dtype: width, documents }
  return openDocumentTokens({ file: `${base}.bin`, width, starts, header })
}

async function readIndexFile(path: string): Promise<MegatronIndex> {
  const file = await openRandomAccess(path)
  try {
    return await readIndex(file)
  } finally {
    await file.close()
  }
}
