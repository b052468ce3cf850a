import { readMistralFile } from '../mistral-files.ts'

/** What a piece is, with SentencePiece's own words. */
export type PieceKind = 'normal' | 'unknown' | 'control' | 'user-defined' | 'unused' | 'byte'

export interface Piece {
  /** With U+2581 for a space. */
  readonly text: string
  readonly kind: PieceKind
  /** Pieces of higher score merge first. */
  readonly score: number
}

/** How spaces of a text are treated, with SentencePiece's own words. */
export interface Spacing {
  /** A space is put before a text that is not empty. */
  readonly addDummyPrefix: boolean
  /** That space is put after the text. */
  readonly treatWhitespaceAsSuffix: boolean
  /** Spaces at the start and at the end of a text are dropped, and of two or more within it all but one. */
  readonly removeExtraWhitespaces: boolean
}

/** A SentencePiece BPE model, reduced to what changes ids. Index in `pieces` = id. */
export interface Vocabulary extends Spacing {
  readonly name: string
  readonly pieces: readonly Piece[]
  /** A character without a piece becomes its bytes' pieces, `<0x00>` to `<0xFF>`; else the unknown piece. */
  readonly byteFallback: boolean
  readonly bos: number | undefined
  readonly eos: number | undefined
  readonly pad: number | undefined
}

export const MISTRAL_VERSIONS = ['v1', 'v2', 'v3'] as const
type MistralVersion = (typeof MISTRAL_VERSIONS)[number]

/** How many control pieces follow `<unk>`, before the byte pieces: `<s>` and `</s>`, from v2 on also `[INST]` and the like. */
const CONTROL_PIECES: Record<MistralVersion, number> = { v1: 2, v2: 770, v3: 770 }

/**
 * Mistral's SentencePiece vocabularies. The files list the pieces only; kinds and scores follow from the order: `<unk>`,
 * control pieces, 256 byte pieces, then the merges, best first. Two or more spaces score -1e9, below all others.
 *
 * The original v3 model marks 20 of its control pieces, `[REFERENCE_DOC_0]` to `_19`, as user-defined,
 * which SentencePiece matches in text. Here a document's text never gives one.
 */
export async function readMistralVocabulary(version: MistralVersion): Promise<Vocabulary> {
  const encoded = await readMistralFile(`bpe/${version}/vocab.bin`)
  const texts = Buffer.from(encoded, 'base64').toString('utf8').split('\n')
  const firstByte = 1 + CONTROL_PIECES[version]
  const firstMerge = firstByte + 256
  const kindOf = (id: number): PieceKind => {
    if (id === 0) return 'unknown'
    if (id < firstByte) return 'control'
    return id < firstMerge ? 'byte' : 'normal'
  }
  const pieces = texts.map((text, id) => {
    const kind = kindOf(id)
    if (kind !== 'normal') return { text, kind, score: 0 }
    return { text, kind, score: /^▁+$/u.test(text) ? -1e9 : firstMerge - id }
  })
  return {
    name: `mistral-${version}`,
    pieces,
    addDummyPrefix: true,
    treatWhitespaceAsSuffix: false,
    removeExtraWhitespaces: false,
    byteFallback: true,
    bos: 1,
    eos: 2,
    pad: undefined,
  }
}

/** True for one code point. */
export function isOneCharacter(text: string): boolean {
  return text.length === ((text.codePointAt(0) ?? 0) > 0xffff ? 2 : 1)
}
