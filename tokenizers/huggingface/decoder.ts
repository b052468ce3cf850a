import { bytePiece } from './character-bpe.ts'

const BYTES = new Map(Array.from({ length: 256 }, (_, byte) => [bytePiece(byte), byte]))

/**
 * The text of pieces that write a space as U+2581 and a byte as `<0x..>`. Bytes that are not UTF-8 come out as U+FFFD; of a
 * text that got a space in front, one is taken away.
 */
export function createPieceDecoder(
  pieceOf: (id: number) => string,
): (ids: readonly number[], prefixed: boolean) => string {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  return (ids, prefixed) => {
    const parts = ids.map((id) => {
      const piece = pieceOf(id)
      const byte = BYTES.get(piece)
      return byte === undefined ? Buffer.from(piece.replaceAll('\u2581', ' ')) : Buffer.of(byte)
    })
    const text = decoder.decode(Buffer.concat(parts))
    return prefixed && text.startsWith(' ') ? text.slice(1) : text
  }
}
