import { z } from 'zod'
import { createFastRankEncoder } from './bpe/fast-rank-encoder.ts'
import { createRankDecoder, readablePiece } from './bpe/rank-encoder.ts'
import { builtInPath } from './built-in.ts'
import { defineTokenizer } from './define-tokenizer.ts'
import { readTekken } from './tekken/file.ts'
import { createSplitter } from './tekken/split.ts'
import { buildTekkenTables, type TekkenTables } from './tekken/tables.ts'
import { checkId } from './token-ids.ts'

/**
 * Mistral's Tekken, id for id as mistral-common and tiktoken give them: text is split by a pattern, and the UTF-8 bytes of
 * each match are merged by rank. decode(encode(text)) = text for every well-formed text.
 */
export const tekken = defineTokenizer({
  type: 'tekken',
  summary: 'Tekken: byte-level BPE with 131,072 ids (Mistral Nemo), built in or from a tekken.json',
  revision: 1,
  settings: z.strictObject({
    model: z.string().min(1).describe('path of a tekken.json file, or builtin:tekken'),
  }),
  paths: ['model'],
  builtIn: { tekken: { model: builtInPath('tekken') } },
  load: async ({ model }) => buildTekkenTables(await readTekken(model)),
  create(tables: TekkenTables) {
    const { name, fingerprint, vocabularySize, specials } = tables
    const encode = createFastRankEncoder(tables, () => createSplitter(tables.classes))
    const special = (text: string): number | undefined => {
      const id = specials.indexOf(text)
      return id < 0 ? undefined : id
    }
    return {
      name,
      fingerprint,
      vocabularySize,
      bos: special('<s>'),
      eos: special('</s>'),
      pad: special('<pad>'),
      encode,
      decode: createRankDecoder(tables, vocabularySize),
      piece(id) {
        checkId(id, vocabularySize)
        return specials[id] ?? readablePiece(tables, id)
      },
      control: special,
    }
  },
})
