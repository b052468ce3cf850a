import type { Tokenizer } from './define-tokenizer.ts'

/**
 * For each id of `from`, the id of `to` with the same piece, or -1: how rows of embeddings move when a run changes its
 * tokenizer, as Danube2's did.
 *
 * Control pieces are matched with control pieces alone: a `[INST]` that is ordinary text is not the token of that name.
 * Pieces are compared as each family writes them, so a space is `▁` in SentencePiece and a space in Tekken. Where `to` has
 * a piece twice, its lowest id counts. Ids without a piece, in gaps of a vocabulary, are in no other.
 *
 * @returns by id of `from`: `from.vocabularySize` entries
 *
 * @example
 *   const map = vocabularyMap(mistralV1, mistralV3) // map[3] is 771: control tokens were put in before the bytes
 */
export function vocabularyMap(from: Tokenizer, to: Tokenizer): Int32Array {
  const ids = new Map<string, number>()
  for (let id = 0; id < to.vocabularySize; id++) {
    const key = keyOf(to, id)
    if (!ids.has(key)) ids.set(key, id)
  }
  ids.delete(NO_PIECE)
  return Int32Array.from({ length: from.vocabularySize }, (_, id) => ids.get(keyOf(from, id)) ?? -1)
}

const NO_PIECE = 'text '

function keyOf(tokenizer: Tokenizer, id: number): string {
  const piece = tokenizer.piece(id)
  return `${tokenizer.control?.(piece) === id ? 'control' : 'text'} ${piece}`
}
