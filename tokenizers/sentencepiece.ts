import { z } from 'zod'
import { builtInName, builtInPath } from './built-in.ts'
import { defineTokenizer, type TokenIds } from './define-tokenizer.ts'
import { createDecoder, pieceText } from './sentencepiece/decoder.ts'
import { createEncoder } from './sentencepiece/encoder.ts'
import { createKernel } from './sentencepiece/kernel.ts'
import { readModelFile } from './sentencepiece/model-file.ts'
import { buildTables, KINDS, type SentencePieceTables } from './sentencepiece/tables.ts'
import { MISTRAL_VERSIONS, readMistralVocabulary, type Vocabulary } from './sentencepiece/vocabulary.ts'
import { toTokenIds } from './token-ids.ts'

/**
 * SentencePiece BPE (github.com/google/sentencepiece), id for id.
 *
 * U+2581 in a text is the space's own symbol: it is encoded, and so decoded, as a space. Else decode(encode(text)) = text
 * wherever the vocabulary has byte fallback, and its flags leave spaces alone: `remove_extra_whitespaces` drops those at both
 * ends and all but one of a run, and with `treat_whitespace_as_suffix` the decoded text lacks a space that it began with, and
 * has the added one at its end.
 */
export const sentencepiece = defineTokenizer({
  type: 'sentencepiece',
  summary: 'SentencePiece BPE: a .model file, or one of Mistral v1 to v3',
  revision: 1,
  settings: z.strictObject({
    model: z.string().min(1).describe('path of a .model file of type BPE, or builtin:NAME'),
    userDefined: z
      .enum(['match', 'never'])
      .optional()
      .describe(
        'what a user-defined piece in a text gives: its id, as SentencePiece does, or ordinary pieces; needed where the model has such pieces',
      ),
  }),
  paths: ['model'],
  builtIn: Object.fromEntries(
    MISTRAL_VERSIONS.map((version) => [`mistral-${version}`, { model: builtInPath(`mistral-${version}`) }]),
  ),
  async facts({ model }) {
    const vocabulary = await readBuiltIn(model)
    if (vocabulary === undefined) return undefined
    const { name, pieces, bos, eos, pad } = vocabulary
    return { name, vocabularySize: pieces.length, bos, eos, pad }
  },
  async load({ model, userDefined }) {
    const vocabulary = await readBuiltIn(model)
    if (vocabulary !== undefined) return buildTables(vocabulary)
    return buildTables(await readModelFile(model, userDefined), model)
  },
  create(tables: SentencePieceTables) {
    const { name, fingerprint, vocabularySize, bos, eos, pad } = tables
    let controls: ReadonlyMap<string, number> | undefined
    return {
      name,
      fingerprint,
      vocabularySize,
      bos,
      eos,
      pad,
      encode: createFastEncoder(tables),
      decode: createDecoder(tables),
      piece: (id) => pieceText(tables, id),
      control(piece) {
        controls ??= controlIds(tables)
        return controls.get(piece)
      },
    }
  },
})

async function readBuiltIn(model: string): Promise<Vocabulary | undefined> {
  const version = MISTRAL_VERSIONS.find((known) => builtInName(model) === `mistral-${known}`)
  return version === undefined ? undefined : readMistralVocabulary(version)
}

/** By the WebAssembly kernel where there is one; by its plain twin for what it leaves, and for models with what only the twin knows. */
function createFastEncoder(tables: SentencePieceTables): (text: string | Uint8Array) => TokenIds {
  const { kernel: image, addDummyPrefix, vocabularySize } = tables
  const kernel = image === undefined ? undefined : createKernel(image, { addDummyPrefix })
  let plain = kernel === undefined ? createEncoder(tables) : undefined
  return (text) => {
    const ids = kernel?.encode(text)
    if (ids !== undefined) return ids
    plain ??= createEncoder(tables)
    return toTokenIds(plain(text), vocabularySize)
  }
}

function controlIds(tables: SentencePieceTables): ReadonlyMap<string, number> {
  const ids = new Map<string, number>()
  tables.kinds.forEach((kind, id) => {
    if (kind === KINDS.control) ids.set(pieceText(tables, id), id)
  })
  return ids
}
