import { MillraceError } from '../errors.ts'
import { damaged, openRandomAccess } from '../storage/random-access.ts'
import { createSpooledFile } from '../storage/spooled-file.ts'
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

const EXTENSIONS = ['.llmc.bin', '.llmc.ends'] as const

/** 256 int32, of which three are used: magic, version, number of tokens. */
const HEADER_BYTES = 1024

/** By width of a token: GPT-2's header, and Llama 3's (dev/data/data_common.py). */
const HEADERS = { uint16: [20_240_520, 1], uint32: [20_240_801, 7] } as const

type LlmcWidth = keyof typeof HEADERS

/** The header's count is an int32, and the trainer seeks to a byte that it holds in one (llmc/dataloader.h). */
const MAX_BYTES = 2 ** 31 - 1

/**
 * llm.c's `.bin`: a header of 1,024 bytes, then the tokens end to end; uint16 where the vocabulary has at most 65,536
 * entries, else uint32. Where documents end is in `.llmc.ends` (ends-file.ts), which the trainer does not look at.
 */
export const llmc: DocumentFormat = {
  name: 'llmc',
  kind: 'documents',
  summary: 'llm.c’s tokens with a header (.llmc.bin): documents in mix order, less than 2 GiB a shard.',
  revision: 1,
  extensions: EXTENSIONS,
  lossMask: false,
  refuses,
  create,
  open,
}

function refuses({ vocabularySize, shardTokens, specials }: PlannedShards): string | undefined {
  if (!specials.bos && !specials.eos) return UNDELIMITED
  const bytes = HEADER_BYTES + shardTokens * tokenBytes[widthOf(vocabularySize)]
  if (bytes <= MAX_BYTES) return undefined
  return `holds less than 2 GiB a shard, and output.shardTokens of ${shardTokens} need ${bytes} bytes`
}

function widthOf(vocabularySize: number): LlmcWidth {
  return vocabularySize <= 65_536 ? 'uint16' : 'uint32'
}

async function create({ base, vocabularySize }: ShardTarget): Promise<DocumentWriter> {
  const width = widthOf(vocabularySize)
  const file = base + EXTENSIONS[0]
  const body = await createSpooledFile(file)
  return withTokenFile(createTokenFile(file, width, body), (tokens) =>
    writeWithEnds(tokens, base + EXTENSIONS[1], width, () => {
      body.setHead([headerOf(file, width, tokens.tokens)])
    }),
  )
}

function headerOf(file: string, width: LlmcWidth, tokens: number): Uint8Array {
  const bytes = HEADER_BYTES + tokens * tokenBytes[width]
  if (bytes > MAX_BYTES) {
    throw new MillraceError(
      'PLAN_INFEASIBLE',
      `${file} would have ${bytes} bytes; llm.c counts them to ${MAX_BYTES}`,
      {
        file,
        got: bytes,
        limit: MAX_BYTES,
        fix: 'Lower output.shardTokens, or holdout.tokens where this is the held-out shard.',
      },
    )
  }
  const header = Buffer.alloc(HEADER_BYTES)
  for (const [i, value] of [...HEADERS[width], tokens].entries()) header.writeInt32LE(value, 4 * i)
  return header
}

async function open(base: string): Promise<ShardReader> {
  const file = base + EXTENSIONS[0]
  const { width, tokens } = await readHeader(file)
  const { starts, tokenBytes: stored } = await readEnds(base + EXTENSIONS[1], true)
  const documents = starts.length - 1
  if (stored !== tokenBytes[width] || starts[documents] !== tokens) {
    throw damaged(
      file,
      `has ${tokens} tokens of ${width}; its ends are of ${starts[documents]}, ${stored} bytes each`,
    )
  }
  const [, version] = HEADERS[width]
  const header = { version, dtype: width, documents }
  return openDocumentTokens({ file, width, headBytes: HEADER_BYTES, starts, header })
}

async function readHeader(path: string): Promise<{ width: LlmcWidth; tokens: number }> {
  const file = await openRandomAccess(path)
  try {
    const bytes = await file.read(0, HEADER_BYTES)
    const header = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const width = header.readInt32LE(0) === HEADERS.uint16[0] ? 'uint16' : 'uint32'
    const tokens = header.readInt32LE(8)
    if (tokens < 0 || !header.equals(headerOf(path, width, tokens))) {
      throw damaged(path, 'does not begin as a file of llm.c does')
    }
    return { width, tokens }
  } finally {
    await file.close()
  }
}
