import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { MillraceError, systemReason } from '../../lib/errors.ts'
import { type Field, readFields } from './protobuf.ts'
import type { Piece, PieceKind, Vocabulary } from './vocabulary.ts'

/** What a user-defined piece in a text gives. */
export type UserDefined = 'match' | 'never'

// Field numbers and defaults: sentencepiece_model.proto of github.com/google/sentencepiece.
const MODEL = { pieces: 1, trainer: 2, normalizer: 3, denormalizer: 5 }
const PIECE = { text: 1, score: 2, type: 3 }
const TRAINER = {
  modelType: 3,
  whitespaceAsSuffix: 24,
  byteFallback: 35,
  bosPiece: 46,
  eosPiece: 47,
  padPiece: 48,
}
const NORMALIZER = {
  name: 1,
  charsmap: 2,
  addDummyPrefix: 3,
  removeExtraWhitespaces: 4,
  escapeWhitespaces: 5,
}
const MODEL_TYPES: readonly string[] = ['', 'unigram', 'bpe', 'word', 'char']
const PIECE_KINDS: readonly (PieceKind | undefined)[] = [
  undefined,
  'normal',
  'unknown',
  'control',
  'user-defined',
  'unused',
  'byte',
]

/**
 * Reads a SentencePiece `.model` file.
 *
 * @throws MillraceError `INPUT_MISSING`; `MODEL_INVALID` for a file that is no model, or a model with something that would
 *   make other ids than SentencePiece here (a type other than BPE, a normaliser): the message names it
 */
export async function readModelFile(file: string, userDefined: UserDefined | undefined): Promise<Vocabulary> {
  let bytes: Uint8Array
  try {
    bytes = await readFile(file)
  } catch (cause) {
    const fix = 'Give the path of a SentencePiece .model file, relative to the recipe.'
    throw new MillraceError(
      'INPUT_MISSING',
      `cannot read the tokenizer ${file}: ${systemReason(cause)}`,
      { file, fix },
      { cause },
    )
  }
  return parseModel(bytes, file, userDefined)
}

/** @param userDefined undefined: refuse a model that has user-defined pieces */
export function parseModel(
  bytes: Uint8Array,
  file: string,
  userDefined: UserDefined | undefined,
): Vocabulary {
  const invalid: Refuse = (what, fix, cause) =>
    new MillraceError(
      'MODEL_INVALID',
      `${path.basename(file)}: ${what}`,
      { file, fix },
      cause === undefined ? {} : { cause },
    )
  const pieces: Piece[] = []
  let trainer: Fields = new Map()
  let normalizer: Fields = new Map()
  let denormalizer: Fields = new Map()
  try {
    for (const { number, value } of readFields(bytes)) {
      if (typeof value === 'number') continue
      if (number === MODEL.pieces) pieces.push(parsePiece(value, pieces.length, userDefined, invalid))
      else if (number === MODEL.trainer) trainer = fieldsOf(value)
      else if (number === MODEL.normalizer) normalizer = fieldsOf(value)
      else if (number === MODEL.denormalizer) denormalizer = fieldsOf(value)
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw invalid(
      `not a SentencePiece model: ${error.message}`,
      'Check that the file was copied whole.',
      error,
    )
  }
  if (pieces.length === 0) throw invalid('not a SentencePiece model: no pieces', 'Give a .model file.')
  checkSupported(trainer, normalizer, denormalizer, invalid)

  const controlId = (field: number, usual: string): number | undefined => {
    const text = textOf(trainer.get(field)) ?? usual
    const id = pieces.findIndex((piece) => piece.kind === 'control' && piece.text === text)
    return id < 0 ? undefined : id
  }
  return {
    name: path.basename(file),
    pieces,
    addDummyPrefix: flag(normalizer, NORMALIZER.addDummyPrefix, true),
    treatWhitespaceAsSuffix: flag(trainer, TRAINER.whitespaceAsSuffix, false),
    removeExtraWhitespaces: flag(normalizer, NORMALIZER.removeExtraWhitespaces, true),
    byteFallback: flag(trainer, TRAINER.byteFallback, false),
    bos: controlId(TRAINER.bosPiece, '<s>'),
    eos: controlId(TRAINER.eosPiece, '</s>'),
    pad: controlId(TRAINER.padPiece, '<pad>'),
  }
}

type Refuse = (what: string, fix: string, cause?: unknown) => MillraceError
type Fields = ReadonlyMap<number, Field['value']>

/** Of a field that is there more than once the last counts, as the format wants. */
function fieldsOf(message: Uint8Array): Fields {
  return new Map(Array.from(readFields(message), ({ number, value }) => [number, value]))
}

function flag(fields: Fields, number: number, usual: boolean): boolean {
  const value = fields.get(number)
  return value === undefined ? usual : value !== 0
}

function textOf(value: Field['value'] | undefined): string | undefined {
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : undefined
}

function parsePiece(
  message: Uint8Array,
  id: number,
  userDefined: UserDefined | undefined,
  invalid: Refuse,
): Piece {
  const fields = fieldsOf(message)
  const text = textOf(fields.get(PIECE.text)) ?? ''
  const score = fields.get(PIECE.score) ?? 0
  const type = fields.get(PIECE.type) ?? 1
  const kind = typeof type === 'number' ? PIECE_KINDS[type] : undefined
  if (kind === undefined || typeof score !== 'number') {
    throw invalid(
      `piece ${id} has the unknown type ${String(type)}`,
      'Use a model of a known SentencePiece version.',
    )
  }
  if (kind !== 'user-defined') return { text, kind, score }
  if (userDefined === undefined) {
    throw invalid(
      `piece ${id} (${text}) is user-defined: in a text, SentencePiece gives its id`,
      'Set userDefined: match to do the same, or userDefined: never to let no text give these ids (as chat markers need).',
    )
  }
  return { text, kind: userDefined === 'match' ? kind : 'control', score }
}

/** Refuses what would change ids and is not implemented. */
function checkSupported(trainer: Fields, normalizer: Fields, denormalizer: Fields, invalid: Refuse): void {
  const type = trainer.get(TRAINER.modelType) ?? 1
  const name = typeof type === 'number' ? (MODEL_TYPES[type] ?? String(type)) : '?'
  if (name !== 'bpe') {
    throw invalid(`trainer_spec.model_type is ${name}, only bpe is supported`, 'Use a model of type bpe.')
  }
  const fix = 'Use a model trained with --normalization_rule_name=identity, that writes spaces as U+2581.'
  const charsmap = (fields: Fields): boolean => (textOf(fields.get(NORMALIZER.charsmap)) ?? '') !== ''
  const unsupported: readonly [boolean, string][] = [
    [
      charsmap(normalizer),
      `normalizer_spec.precompiled_charsmap is set (text is to be normalised by ${textOf(normalizer.get(NORMALIZER.name)) ?? 'it'})`,
    ],
    [charsmap(denormalizer), 'denormalizer_spec.precompiled_charsmap is set'],
    [!flag(normalizer, NORMALIZER.escapeWhitespaces, true), 'normalizer_spec.escape_whitespaces is false'],
  ]
  for (const [is, what] of unsupported) if (is) throw invalid(`${what}, which is not supported`, fix)
}
