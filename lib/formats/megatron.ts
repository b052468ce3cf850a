import type { TokenIds } from '../../tokenizers/define-tokenizer.ts'
import { createOutputFile, type OutputFile } from '../storage/output-file.ts'
import { itemAt, outside } from '../storage/positions.ts'
import { damaged, openRandomAccess, type RandomAccessFile } from '../storage/random-access.ts'
import { commitTogether } from './commit-together.ts'
import type { DocumentFormat, ShardReader, ShardTarget, ShardWriter } from './define-format.ts'
import {
  createLengths,
  type MegatronIndex,
  type MegatronWidth,
  readIndex,
  writeIndex,
} from './megatron-index.ts'
import { createTokenFile, type TokenFile, tokenBytes, tokensOf } from './token-file.ts'

/**
 * Megatron-LM's IndexedDataset: `.bin` has the tokens end to end, without header or padding; `.idx` (megatron-index.ts)
 * has the documents, one sequence each. Megatron cuts and shuffles documents itself.
 */
export const megatron: DocumentFormat = {
  name: 'megatron',
  kind: 'documents',
  summary: 'Megatron-LM IndexedDataset (.bin, .idx): documents in mix order; also read by NeMo and GPT-NeoX.',
  revision: 1,
  extensions: ['.bin', '.idx'],
  create,
  open,
}

/** The rule of Megatron's own builder: uint16 below 65,500 entries, else int32. */
export function megatronWidth(vocabularySize: number): MegatronWidth {
  return vocabularySize < 65_500 ? 'uint16' : 'int32'
}

async function create(target: ShardTarget): Promise<ShardWriter<TokenIds>> {
  const width = megatronWidth(target.vocabularySize)
  const tokens = await createTokenFile(`${target.base}.bin`, width)
  try {
    return toWriter(tokens, await createOutputFile(`${target.base}.idx`), width)
  } catch (error) {
    await tokens.abort()
    throw error
  }
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
  const index = await readIndexFile(`${base}.idx`)
  const bin = await openRandomAccess(`${base}.bin`)
  const tokens = index.starts[index.documents] ?? 0
  if (bin.size !== tokens * tokenBytes[index.width]) {
    await bin.close()
    throw damaged(bin.path, `is ${bin.size} bytes long; its index has ${tokens} tokens of ${index.width}`)
  }
  return toReader(bin, index, tokens)
}

async function readIndexFile(path: string): Promise<MegatronIndex> {
  const file = await openRandomAccess(path)
  try {
    return await readIndex(file)
  } finally {
    await file.close()
  }
}

function toReader(bin: RandomAccessFile, index: MegatronIndex, tokens: number): ShardReader {
  const { width, documents, starts } = index
  return {
    counts: { items: documents, tokens, padding: 0 },
    header: { version: 1, dtype: width, documents },
    async item(i) {
      if (!(i >= 0 && i < documents)) throw outside('document', i, documents)
      const start = starts[i] ?? 0
      const length = (starts[i + 1] ?? 0) - start
      const bytes = await bin.read(start * tokenBytes[width], length * tokenBytes[width])
      return { tokens: tokensOf(bytes, width), pieceLengths: [length] }
    },
    locate(position) {
      if (!(position >= 0 && position < tokens)) throw outside('token', position, tokens)
      const item = itemAt(starts, position)
      return { item, offset: position - (starts[item] ?? 0) }
    },
    close: () => bin.close(),
  }
}
