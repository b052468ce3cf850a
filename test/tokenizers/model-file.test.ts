import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { MillraceError } from '../../lib/errors.ts'
import { loadTokenizer } from '../../tokenizers/index.ts'
import { parseModel } from '../../tokenizers/sentencepiece/model-file.ts'
import { buildTables } from '../../tokenizers/sentencepiece/tables.ts'
import { goldenFolder } from './support.ts'

type FieldValue = number | string | boolean | Uint8Array

/** A Protocol Buffers message: numbers as varints, `score` (field 2 of a piece) as a float when given as bytes. */
function message(fields: readonly (readonly [number, FieldValue])[]): Uint8Array {
  return Buffer.concat(
    fields.map(([number, value]) => {
      if (typeof value === 'number' || typeof value === 'boolean') {
        return Buffer.from([...varint(number * 8), ...varint(Number(value))])
      }
      const bytes = Buffer.from(value)
      return Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes])
    }),
  )
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [128 + (value % 128), ...varint(Math.floor(value / 128))]
}

const piece = (text: string, type: number) =>
  [
    1,
    message([
      [1, text],
      [3, type],
    ]),
  ] as const
const PIECES = [piece('<unk>', 2), piece('<s>', 3), piece('a', 1), piece('▁', 1)]
const TRAINER = [[3, 2]] as const
const NORMALIZER = [[4, false]] as const

function model({
  pieces = PIECES,
  trainer = TRAINER,
  normalizer = NORMALIZER,
  denormalizer = [],
}: {
  pieces?: readonly (readonly [number, FieldValue])[]
  trainer?: readonly (readonly [number, FieldValue])[]
  normalizer?: readonly (readonly [number, FieldValue])[]
  denormalizer?: readonly (readonly [number, FieldValue])[]
}): Uint8Array {
  return message([...pieces, [2, message(trainer)], [3, message(normalizer)], [5, message(denormalizer)]])
}

const refusal = (bytes: Uint8Array): MillraceError => {
  try {
    buildTables(parseModel(bytes, 'some/x.model', undefined), 'some/x.model')
  } catch (error) {
    if (error instanceof MillraceError) return error
    throw error
  }
  throw new Error('was accepted')
}

test('reads pieces, flags and special ids', () => {
  const trainer = [
    [3, 2],
    [35, true],
    [46, '<s>'],
    [47, '<end>'],
  ] as const
  const parsed = parseModel(
    model({
      trainer,
      normalizer: [
        [3, false],
        [4, false],
      ],
    }),
    'x.model',
    undefined,
  )
  expect(parsed).toEqual({
    name: 'x.model',
    pieces: [
      { text: '<unk>', kind: 'unknown', score: 0 },
      { text: '<s>', kind: 'control', score: 0 },
      { text: 'a', kind: 'normal', score: 0 },
      { text: '▁', kind: 'normal', score: 0 },
    ],
    addDummyPrefix: false,
    treatWhitespaceAsSuffix: false,
    removeExtraWhitespaces: false,
    byteFallback: true,
    bos: 1,
    eos: undefined,
    pad: undefined,
  })
})

test('reads what is done with spaces, and the kinds of pieces; what is not written is the default', () => {
  const trainer = [...TRAINER, [24, true]] as const
  const pieces = [...PIECES, piece('b', 5), piece('c', 4)]
  const parsed = parseModel(model({ pieces, trainer, normalizer: [] }), 'x.model', 'match')
  expect(parsed).toMatchObject({
    addDummyPrefix: true,
    treatWhitespaceAsSuffix: true,
    removeExtraWhitespaces: true,
    byteFallback: false,
  })
  expect(parsed.pieces.slice(4).map(({ kind }) => kind)).toEqual(['unused', 'user-defined'])
})

describe('refuses, naming it', () => {
  test.each([
    ['a type other than BPE', model({ trainer: [[3, 1]] }), 'trainer_spec.model_type is unigram'],
    ['no type, which means unigram', model({ trainer: [] }), 'trainer_spec.model_type is unigram'],
    [
      'a normaliser',
      model({
        normalizer: [
          [1, 'nmt_nfkc'],
          [2, 'x'],
          [4, false],
        ],
      }),
      'normalizer_spec.precompiled_charsmap is set (text is to be normalised by nmt_nfkc)',
    ],
    [
      'bare spaces',
      model({
        normalizer: [
          [4, false],
          [5, false],
        ],
      }),
      'normalizer_spec.escape_whitespaces',
    ],
    ['a denormaliser', model({ denormalizer: [[2, 'x']] }), 'denormalizer_spec.precompiled_charsmap'],
    [
      'user-defined pieces without a choice',
      model({ pieces: [...PIECES, piece('b', 4)] }),
      'piece 4 (b) is user-defined',
    ],
    ['a piece type of the future', model({ pieces: [...PIECES, piece('b', 9)] }), 'unknown type 9'],
    ['a piece twice', model({ pieces: [...PIECES, piece('a', 1)] }), '"a" is there twice'],
    ['an empty piece', model({ pieces: [...PIECES, piece('', 1)] }), 'piece 4 is empty'],
    ['a space in a piece', model({ pieces: [...PIECES, piece('a a', 1)] }), 'piece 4 holds a space'],
    ['a character without a piece', model({ pieces: [...PIECES, piece('ab', 1)] }), 'the character "b"'],
    ['no unknown piece', model({ pieces: PIECES.slice(1) }), '"unknown"'],
    [
      'byte fallback without bytes',
      model({
        trainer: [
          [3, 2],
          [35, true],
        ],
      }),
      '<0x00>',
    ],
    ['no pieces', model({ pieces: [] }), 'no pieces'],
    ['a torn file', model({}).subarray(0, 5), 'not a SentencePiece model'],
    ['another file', Buffer.from('{"version": "1.0", "added_tokens": []}'), 'not a SentencePiece model'],
  ])('%s', (_, bytes, what) => {
    const error = refusal(bytes)
    expect(error.code).toBe('MODEL_INVALID')
    expect(error.message).toContain(what)
    expect(error.message).toContain('x.model')
    expect(error.facts.file).toBe('some/x.model')
    expect(error.facts.fix).not.toBe('')
  })
})

test('a model cut anywhere is refused or reads fewer pieces, and never crashes', async () => {
  const whole = await readFile(path.join(goldenFolder, 'small-unknown.model'))
  for (let length = 0; length < whole.length; length += 7) {
    expect(() => refusal(whole.subarray(0, length))).not.toThrow(TypeError)
  }
})

test('a missing file is named', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'millrace-'))
  try {
    const missing = loadTokenizer({ type: 'sentencepiece', model: 'none.model' }, folder)
    await expect(missing).rejects.toMatchObject({
      code: 'INPUT_MISSING',
      facts: { file: path.join(folder, 'none.model') },
    })
    await writeFile(path.join(folder, 'empty.model'), '')
    const empty = loadTokenizer({ type: 'sentencepiece', model: 'empty.model' }, folder)
    await expect(empty).rejects.toMatchObject({ code: 'MODEL_INVALID' })
  } finally {
    await rm(folder, { recursive: true })
  }
})
