import { damaged } from '../storage/random-access.ts'
import type {
  DocumentFormat,
  DocumentWriter,
  PlannedShards,
  ShardReader,
  ShardTarget,
} from './define-format.ts'
import { openDocumentTokens, UNDELIMITED, withTokenFile, writeWithEnds } from './document-tokens.ts'
import { readEnds } from './ends-file.ts'
import { createTokenFile, tokenBytes } from './token-file.ts'

const EXTENSIONS = ['.nanogpt.bin', '.nanogpt.ends'] as const
const WIDTH = 'uint16'

/**
 * nanoGPT's `train.bin`: tokens as uint16, end to end, without header; the trainer reads windows at random places. Where
 * documents end is in `.nanogpt.ends` (ends-file.ts), which the trainer does not look at.
 */
export const nanogpt: DocumentFormat = {
  name: 'nanogpt',
  kind: 'documents',
  summary:
    'nanoGPT’s raw uint16 tokens (.nanogpt.bin): documents in mix order, for vocabularies up to 65,536.',
  revision: 1,
  extensions: EXTENSIONS,
  lossMask: false,
  refuses,
  create,
  open,
}

function refuses({ vocabularySize, specials }: PlannedShards): string | undefined {
  if (!specials.bos && !specials.eos) return UNDELIMITED
  if (vocabularySize <= 65_536) return undefined
  return `stores ids as uint16, and the tokenizer has ${vocabularySize} of them`
}

async function create({ base }: ShardTarget): Promise<DocumentWriter> {
  return withTokenFile(createTokenFile(base + EXTENSIONS[0], WIDTH), (tokens) =>
    writeWithEnds(tokens, base + EXTENSIONS[1], WIDTH),
  )
}

async function open(base: string): Promise<ShardReader> {
  const ends = base + EXTENSIONS[1]
  const { starts, tokenBytes: stored } = await readEnds(ends, true)
  if (stored !== tokenBytes[WIDTH])
    throw damaged(ends, `has tokens of ${stored} bytes, not of ${tokenBytes[WIDTH]}`)
  const header = { dtype: WIDTH, documents: starts.length - 1 }
  return openDocumentTokens({ file: base + EXTENSIONS[0], width: WIDTH, starts, header })
}
