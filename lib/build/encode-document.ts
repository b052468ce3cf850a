import type { TokenIds, Tokenizer } from '../../tokenizers/index.ts'
import type { Recipe } from '../recipe/schema.ts'
import { tokenArray, tokenWidth } from './pools.ts'
import { isMasked, layoutOf } from './source-layout.ts'
import { unpackTurns } from './survivors.ts'

/** Ids of a document with its specials, at most, for which there is one array that each document uses in turn. */
const REUSED_IDS = 1 << 16

/** A document as the run sees it. */
export interface EncodedDocument {
  /** Valid until the encoder's next document. */
  readonly ids: TokenIds
  /** A byte a token, 1 where the loss counts it; undefined where it counts all. */
  readonly learned: Uint8Array | undefined
  /** Ids that no text gave: BOS, EOS, and the control tokens of a template. */
  readonly specials: number
}

/** `turns` as survivors.ts packs them; not read where the source's template has no layout. */
export type DocumentEncoder = (text: Uint8Array, turns: Uint32Array) => EncodedDocument

/** The encoder of a source's documents: of text with BOS and EOS as the recipe asks, of conversations as their layout says. */
export function documentEncoder(recipe: Recipe, sourceName: string, tokenizer: Tokenizer): DocumentEncoder {
  const source = recipe.sources[sourceName]
  const layout = layoutOf(source)
  const width = tokenWidth(tokenizer.vocabularySize)
  if (layout === undefined) return textEncoder(recipe.output.documents, tokenizer)
  const masked = isMasked(source)
  return (text, turns) => {
    const pieces = layout.lay(unpackTurns(text, turns), tokenizer)
    const parts = pieces.map((piece) => ('id' in piece ? [piece.id] : tokenizer.encode(piece.text)))
    const ids = tokenArray(
      width,
      parts.reduce((sum, part) => sum + part.length, 0),
    )
    const learned = masked ? new Uint8Array(ids.length) : undefined
    let at = 0
    for (const [index, part] of parts.entries()) {
      ids.set(part, at)
      if (pieces[index]?.learned === true) learned?.fill(1, at, at + part.length)
      at += part.length
    }
    return { ids, learned, specials: pieces.filter((piece) => 'id' in piece).length }
  }
}

function textEncoder({ bos, eos }: Recipe['output']['documents'], tokenizer: Tokenizer): DocumentEncoder {
  const width = tokenWidth(tokenizer.vocabularySize)
  const before = bos && tokenizer.bos !== undefined ? [tokenizer.bos] : []
  const after = eos && tokenizer.eos !== undefined ? [tokenizer.eos] : []
  const specials = before.length + after.length
  // Memory of its own for each document is page faults, for which the threads of a process wait on each other.
  const reused = tokenArray(width, specials === 0 ? 0 : REUSED_IDS)
  return (text) => {
    const ids = tokenizer.encode(text)
    if (specials === 0) return { ids, learned: undefined, specials }
    const length = ids.length + specials
    const all = length <= REUSED_IDS ? reused.subarray(0, length) : tokenArray(width, length)
    all.set(before, 0)
    all.set(ids, before.length)
    all.set(after, before.length + ids.length)
    return { ids: all, learned: undefined, specials }
  }
}
