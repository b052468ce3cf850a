import { z } from 'zod'
import { createMerger } from './bpe/merge.ts'
import { byteString } from './bpe/shared-memory.ts'
import { createTextBytes, TEXT_START } from './bpe/text-bytes.ts'
import { createUnitEncoder } from './bpe/unit-encoder.ts'
import { builtInPath } from './built-in.ts'
import { defineTokenizer } from './define-tokenizer.ts'
import { readTekken } from './tekken/file.ts'
import { createSplitter } from './tekken/split.ts'
import { buildTekkenTables, type TekkenTables } from './tekken/tables.ts'
import { checkId, toTokenIds } from './token-ids.ts'

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
    const encode = createEncoder(tables)
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
      encode: (text) => toTokenIds(encode(text), vocabularySize),
      decode: createDecoder(tables),
      piece(id) {
        checkId(id, vocabularySize)
        return specials[id] ?? readable(byteString(tables.tokens, id - specials.length))
      },
      control: special,
    }
  },
})

/** Ids of a text: a view, valid until the next call. */
function createEncoder(tables: TekkenTables): (text: string | Uint8Array) => Int32Array {
  const text = createTextBytes()
  const merger = createMerger(tables.pairs)
  const whole = new Map(tables.unreachable)
  const longestWhole = Math.max(0, ...tables.unreachable.map(([token]) => token.length))
  const units = createUnitEncoder({
    merger,
    symbolize(bytes, from, to) {
      const symbols = merger.reserve(to - from)
      if (to - from <= longestWhole) {
        const id = whole.get(Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1'))
        if (id !== undefined) {
          symbols[0] = id
          return 1
        }
      }
      for (let i = from; i < to; i++) symbols[i - from] = tables.byteIds[bytes[i] ?? 0] ?? 0
      return to - from
    },
  })
  const findEnd = createSplitter(tables.classes)
  return (input) => {
    text.load(input)
    const { bytes, end } = text
    units.start(bytes)
    for (let at = TEXT_START; at < end; ) {
      const to = findEnd(bytes, at, end)
      units.add(at, to)
      at = to
    }
    return units.ids()
  }
}

/** Bytes that are not UTF-8 come out as U+FFFD. */
function createDecoder(tables: TekkenTables): (ids: ArrayLike<number>) => string {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const firstToken = tables.specials.length
  return (ids) => {
    let length = 0
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i] ?? -1
      checkId(id, tables.vocabularySize)
      if (id >= firstToken) length += byteString(tables.tokens, id - firstToken).length
    }
    const bytes = new Uint8Array(length)
    let end = 0
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i] ?? 0
      if (id < firstToken) continue
      const token = byteString(tables.tokens, id - firstToken)
      bytes.set(token, end)
      end += token.length
    }
    return decoder.decode(bytes)
  }
}

/** A token as text, or its bytes as `<0xE2><0x96>` where they are not whole characters. */
function readable(token: Uint8Array): string {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(token)
  if (Buffer.from(text).equals(token)) return text
  return Array.from(token, (byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`).join('')
}
