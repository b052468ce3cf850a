import type { TokenIds } from '../../tokenizers/define-tokenizer.ts'
import { itemAt, outside } from '../storage/positions.ts'
import { damaged, openRandomAccess } from '../storage/random-access.ts'
import { commitTogether } from './commit-together.ts'
import type { ShardReader, ShardWriter } from './define-format.ts'
import { createEndsFile } from './ends-file.ts'
import { openMaskFile } from './loss-mask.ts'
import { type TokenFile, type TokenWidth, tokenBytes, tokensOf } from './token-file.ts'

/** Why a format refuses whose trainer finds documents by their special tokens alone. */
export const UNDELIMITED = 'tells documents apart by BOS or EOS alone, and they would have neither'

/** What most document formats are: a file of tokens end to end, after `headBytes`, and the documents' boundaries apart. */
export interface DocumentTokens {
  readonly file: string
  readonly width: TokenWidth
  /** Bytes before the first token. Default: 0. */
  readonly headBytes?: number
  /** Token at which each document begins, then the number of tokens: Float64Array of length documents + 1. */
  readonly starts: Float64Array
  readonly header: Readonly<Record<string, unknown>>
  /** The loss mask's file, where there is one. */
  readonly mask?: string | undefined
}

/** Opens the file of tokens. Throws OUTPUT_DAMAGED where its size is not that of its tokens. */
export async function openDocumentTokens(shard: DocumentTokens): Promise<ShardReader> {
  const { width, headBytes = 0, starts, header } = shard
  const bin = await openRandomAccess(shard.file)
  const documents = starts.length - 1
  const tokens = starts[documents] ?? 0
  if (bin.size !== headBytes + tokens * tokenBytes[width]) {
    await bin.close()
    throw damaged(bin.path, `is ${bin.size} bytes long; its documents have ${tokens} tokens of ${width}`)
  }
  const mask =
    shard.mask === undefined
      ? undefined
      : await openMaskFile(shard.mask, tokens).catch(async (error: unknown) => {
          await bin.close()
          throw error
        })
  return {
    counts: { items: documents, tokens, padding: 0 },
    header,
    async item(i) {
      if (!(i >= 0 && i < documents)) throw outside('document', i, documents)
      const start = starts[i] ?? 0
      const length = (starts[i + 1] ?? 0) - start
      const bytes = await bin.read(headBytes + start * tokenBytes[width], length * tokenBytes[width])
      const learned = await mask?.read(start, length)
      return { tokens: tokensOf(bytes, width), pieceLengths: [length], learned }
    },
    locate(position) {
      if (!(position >= 0 && position < tokens)) throw outside('token', position, tokens)
      const item = itemAt(starts, position)
      return { item, offset: position - (starts[item] ?? 0) }
    },
    async close() {
      await mask?.close()
      await bin.close()
    },
  }
}

/** Writes tokens to `tokens`, and boundaries with a trailer (ends-file.ts) to `endsPath`. `finish` runs before the commit. */
export async function writeWithEnds(
  tokens: TokenFile,
  endsPath: string,
  width: TokenWidth,
  finish?: () => void,
): Promise<ShardWriter<TokenIds>> {
  const ends = await createEndsFile(endsPath, tokenBytes[width])
  const commit = commitTogether([tokens, ends])
  return {
    write(ids) {
      const written = tokens.write(ids)
      const pushed = ends.push(tokens.tokens)
      return written === undefined ? pushed : written.then(() => pushed)
    },
    async close() {
      await tokens.finish()
      await ends.finish()
      finish?.()
      return commit.commit()
    },
    abort: () => commit.abort(),
  }
}

/** A token file, and `use` of it; the file is aborted where `use` fails. */
export async function withTokenFile<Result>(
  opening: Promise<TokenFile>,
  use: (tokens: TokenFile) => Promise<Result>,
): Promise<Result> {
  const tokens = await opening
  try {
    return await use(tokens)
  } catch (error) {
    await tokens.abort()
    throw error
  }
}
