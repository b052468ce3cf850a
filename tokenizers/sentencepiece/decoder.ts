import { byteString } from '../bpe/shared-memory.ts'
import { checkId } from '../token-ids.ts'
import { bytePiece, KINDS, type SentencePieceTables } from './tables.ts'

/** What SentencePiece writes for the unknown id. */
const UNKNOWN_SURFACE = Buffer.from(' \u2047 ')
const NOTHING = new Uint8Array(0)
const SPACE = 0x20

/** Bytes that are not UTF-8 come out as U+FFFD, one for each maximal invalid part (SentencePiece: one for each byte). */
export function createDecoder(tables: SentencePieceTables): (ids: ArrayLike<number>) => string {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const { kinds, surfaces, vocabularySize, addDummyPrefix, removeExtraWhitespaces } = tables

  function surface(id: number): Uint8Array {
    const kind = kinds[id]
    if (kind === KINDS.control) return NOTHING
    return kind === KINDS.unknown ? UNKNOWN_SURFACE : byteString(surfaces, id)
  }

  return (ids) => {
    let length = 0
    for (let i = 0; i < ids.length; i++) {
      checkId(ids[i] ?? -1, vocabularySize)
      length += surface(ids[i] ?? 0).length
    }
    const bytes = new Uint8Array(length)
    let end = 0
    let atStart = addDummyPrefix || removeExtraWhitespaces
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i] ?? 0
      const kind = kinds[id]
      if (kind === KINDS.control) continue
      const part = surface(id)
      // The space that encoding put in front is part of the first piece, unless that stands for a bare byte.
      const prefixed = atStart && kind !== KINDS.byte && kind !== KINDS.unknown && part[0] === SPACE
      const text = prefixed ? part.subarray(1) : part
      bytes.set(text, end)
      end += text.length
      // Where extra spaces are removed, SentencePiece goes on with the next piece as long as there is no text.
      atStart = prefixed && removeExtraWhitespaces && end === 0
    }
    return decoder.decode(bytes.subarray(0, end))
  }
}

/** The piece of an id as the vocabulary writes it. @throws RangeError outside [0, vocabularySize) */
export function pieceText(tables: SentencePieceTables, id: number): string {
  checkId(id, tables.vocabularySize)
  const surface = byteString(tables.surfaces, id)
  const kind = tables.kinds[id]
  if (kind === KINDS.byte) return bytePiece(surface[0] ?? 0)
  const text = Buffer.from(surface).toString('utf8')
  return kind === KINDS.control || kind === KINDS.unknown ? text : text.replaceAll(' ', '\u2581')
}
