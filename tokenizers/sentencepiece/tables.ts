import { createHash } from 'node:crypto'
import { MillraceError } from '../../lib/errors.ts'
import type { KernelImage } from '../bpe/kernel-image.ts'
import type { PairTable } from '../bpe/pair-table.ts'
import { type ByteStrings, sharedBytes, toSharedByteStrings, toSharedInt32 } from '../bpe/shared-memory.ts'
import { findUsedPairs } from '../bpe/used-pairs.ts'
import { buildCharacterTables, type CharacterTables, firstUnknown, writeIds } from './characters.ts'
import { buildKernelImage } from './kernel-image.ts'
import { findUnusedParts, type UnusedParts } from './unused.ts'
import { isOneCharacter, type PieceKind, type Spacing, type Vocabulary } from './vocabulary.ts'

/** Codes of kinds in `SentencePieceTables.kinds`. */
export const KINDS: Readonly<Record<PieceKind, number>> = {
  normal: 0,
  unknown: 1,
  control: 2,
  'user-defined': 3,
  byte: 4,
  unused: 5,
}

/** A vocabulary compiled for encoding: plain data, its arrays shared between threads. */
export interface SentencePieceTables extends Spacing {
  readonly name: string
  readonly fingerprint: string
  readonly vocabularySize: number
  readonly bos: number | undefined
  readonly eos: number | undefined
  readonly pad: number | undefined
  readonly unknown: number
  /** Byte -> id of its byte piece (256), or empty without byte fallback. */
  readonly byteIds: Int32Array
  /** What each piece stands for: UTF-8 with plain spaces for U+2581, and the bare byte for a byte piece. */
  readonly surfaces: ByteStrings
  readonly kinds: Uint8Array
  readonly characters: CharacterTables
  readonly pairs: PairTable
  readonly unusedParts: UnusedParts | undefined
  /** For the WebAssembly kernel, where the vocabulary is within its limits. */
  readonly kernel: KernelImage | undefined
}

/** @throws MillraceError `MODEL_INVALID` for a vocabulary that is not consistent */
export function buildTables(vocabulary: Vocabulary, file?: string): SentencePieceTables {
  const { pieces, name } = vocabulary
  const invalid = (message: string): MillraceError =>
    new MillraceError('MODEL_INVALID', `${name}: ${message}`, {
      ...(file === undefined ? {} : { file }),
      fix: 'Use the model file as it was trained.',
    })
  const idOf = new Map<string, number>()
  /** The pieces that merging gives, and those of them that it begins with. */
  const normal = new Map<string, number>()
  const single: [text: string, id: number][] = []
  pieces.forEach(({ text, kind }, id) => {
    if (idOf.has(text))
      throw invalid(`piece ${JSON.stringify(text)} is there twice, as ${idOf.get(text)} and ${id}`)
    if (text === '') throw invalid(`piece ${id} is empty`)
    if (isText(kind)) {
      if (text.includes(' ')) throw invalid(`piece ${id} holds a space, which can only be written as U+2581`)
    }
    idOf.set(text, id)
    if (!isMergeable(kind)) return
    normal.set(text, id)
    if (isOneCharacter(text)) single.push([text, id])
  })
  const unknown = pieces.findIndex(({ kind }) => kind === 'unknown')
  if (unknown < 0) throw invalid('no piece is of the kind "unknown"')

  if (single.length > 0xffff) throw invalid(`${single.length} pieces of one character, more than 65,535`)
  const characters = buildCharacterTables(normal, single)
  for (const [text, id] of normal) {
    const missing = firstUnknown(characters, text)
    if (missing === undefined) continue
    throw invalid(`piece ${id} has the character ${JSON.stringify(missing)}, which is no piece of its own`)
  }
  const ranks = rankPieces(vocabulary)
  const kinds = sharedBytes(pieces.length)
  pieces.forEach(({ kind }, id) => {
    kinds[id] = KINDS[kind]
  })
  const vocabularySize = pieces.length
  const byteIds = toSharedInt32(vocabulary.byteFallback ? byteIdsOf(idOf, vocabulary, invalid) : [])
  const { pairs } = findUsedPairs({
    merged: Array.from(ranks, ([id, rank]) => ({ text: pieces[id]?.text ?? '', id, rank })),
    idOf: normal,
    writeSymbols: (text, into) => writeIds(characters, text, into),
  })
  const unused = new Set(pieces.flatMap(({ kind }, id) => (kind === 'unused' ? [id] : [])))
  const { addDummyPrefix, treatWhitespaceAsSuffix, removeExtraWhitespaces } = vocabulary
  // U+2581's own bytes for a space, as SentencePiece has it.
  const withoutPiece = (id: number): number[] =>
    byteIds.length === 0
      ? [unknown]
      : Array.from(Buffer.from(pieces[id]?.text ?? ''), (byte) => byteIds[byte] ?? 0)
  const isForKernel =
    normal.has('\u2581') &&
    !treatWhitespaceAsSuffix &&
    !removeExtraWhitespaces &&
    !pieces.some(({ kind }) => kind === 'user-defined' || kind === 'unused')
  return {
    name,
    fingerprint: fingerprintOf(vocabulary, ranks),
    vocabularySize,
    bos: vocabulary.bos,
    eos: vocabulary.eos,
    pad: vocabulary.pad,
    unknown,
    addDummyPrefix,
    treatWhitespaceAsSuffix,
    removeExtraWhitespaces,
    byteIds,
    surfaces: toSharedByteStrings(pieces.map(({ text, kind }) => surfaceOf(text, kind))),
    kinds,
    characters,
    pairs,
    unusedParts: findUnusedParts(unused, pairs, vocabularySize, withoutPiece),
    kernel: isForKernel ? buildKernelImage({ vocabularySize, byteIds, characters, pairs }) : undefined,
  }
}

/** Merging gives it, if only to take it back. */
function isMergeable(kind: PieceKind | undefined): boolean {
  return kind === 'normal' || kind === 'unused'
}

/** Its text is a text's, with U+2581 for a space. */
function isText(kind: PieceKind): boolean {
  return isMergeable(kind) || kind === 'user-defined'
}

/** Byte pieces are written `<0x0A>`. */
export function bytePiece(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`
}

function byteIdsOf(
  idOf: ReadonlyMap<string, number>,
  { pieces }: Vocabulary,
  invalid: (message: string) => MillraceError,
): number[] {
  return Array.from({ length: 256 }, (_, byte) => {
    const id = idOf.get(bytePiece(byte))
    if (id === undefined || pieces[id]?.kind !== 'byte')
      throw invalid(`byte piece ${bytePiece(byte)} is missing`)
    return id
  })
}

function surfaceOf(text: string, kind: PieceKind): Uint8Array {
  if (kind === 'byte') return Uint8Array.of(Number.parseInt(text.slice(3, 5), 16))
  return Buffer.from(isText(kind) ? text.replaceAll('\u2581', ' ') : text)
}

/** Id -> rank of the merge that makes it (equal scores, equal ranks), 0 best and first; pieces of one character have none. */
function rankPieces({ pieces }: Vocabulary): ReadonlyMap<number, number> {
  const scoreOf = (id: number): number => pieces[id]?.score ?? 0
  const merges: number[] = []
  pieces.forEach(({ kind, text }, id) => {
    if (isMergeable(kind) && !isOneCharacter(text)) merges.push(id)
  })
  merges.sort((a, b) => scoreOf(b) - scoreOf(a) || a - b)
  const ranks = new Map<number, number>()
  let rank = -1
  let last = Number.NaN
  for (const id of merges) {
    if (scoreOf(id) !== last) rank++
    last = scoreOf(id)
    ranks.set(id, rank)
  }
  return ranks
}

function fingerprintOf(vocabulary: Vocabulary, ranks: ReadonlyMap<number, number>): string {
  const hash = createHash('sha256')
  const { addDummyPrefix, treatWhitespaceAsSuffix, removeExtraWhitespaces, byteFallback, pieces } = vocabulary
  // What is not set is not written: fingerprints are older than these two flags.
  const flags = {
    addDummyPrefix,
    byteFallback,
    treatWhitespaceAsSuffix: treatWhitespaceAsSuffix || undefined,
    removeExtraWhitespaces: removeExtraWhitespaces || undefined,
  }
  const lines = pieces.map(
    ({ text, kind }, id) => `[${id},${JSON.stringify(text)},"${kind}",${ranks.get(id) ?? null}]`,
  )
  hash.update(`sentencepiece-bpe ${JSON.stringify(flags)}\n${lines.join('\n')}\n`)
  return hash.digest('hex')
}
