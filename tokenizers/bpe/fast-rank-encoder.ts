import type { TokenIds } from '../define-tokenizer.ts'
import { toTokenIds } from '../token-ids.ts'
import { createRankKernel } from './kernel.ts'
import { createRankEncoder, type FindMatchEnd } from './rank-encoder.ts'
import type { RankTables } from './rank-tables.ts'

/** Ids of a text, in a fresh array: by the WebAssembly kernel where there is one; by its plain twin for what it leaves. */
export function createFastRankEncoder(
  tables: RankTables & { readonly vocabularySize: number },
  createSplitter: () => FindMatchEnd,
): (text: string | Uint8Array) => TokenIds {
  const { kernel: image, vocabularySize } = tables
  const kernel = image === undefined ? undefined : createRankKernel(image)
  let plain: ReturnType<typeof createRankEncoder> | undefined
  return (text) => {
    const ids = kernel?.encode(text)
    if (ids !== undefined) return toTokenIds(ids, vocabularySize)
    plain ??= createRankEncoder(tables, createSplitter())
    return toTokenIds(plain(text), vocabularySize)
  }
}
