import { createHash } from 'node:crypto'
import path from 'node:path'
import { z } from 'zod'
import { MillraceError } from '../lib/errors.ts'
import { type ByteStrings, byteString, toSharedByteStrings } from './bpe/shared-memory.ts'
import { defineTokenizer } from './define-tokenizer.ts'
import { type CharacterTables, characterTables, createCharacterEncoder } from './huggingface/character-bpe.ts'
import { createPieceDecoder } from './huggingface/decoder.ts'
import { invalid, readSpecialNames, readTokenizerFile, type TokenizerFile } from './huggingface/file.ts'
import { createLibrary, type LibraryTables } from './huggingface/library.ts'
import { type SpecialIds, specialIds } from './huggingface/specials.ts'
import { checkId, toTokenIds } from './token-ids.ts'

interface Tables extends SpecialIds {
  readonly name: string
  readonly fingerprint: string
  readonly vocabularySize: number
  /** By id; empty where the vocabulary has a gap. */
  readonly pieces: ByteStrings
  /** Ids of special tokens, rising. */
  readonly controls: readonly number[]
  readonly method: CharacterTables | LibraryTables
}

/**
 * A tokenizer.json of Hugging Face's tokenizers. BPE over characters with byte fallback (Llama 1 and 2, Mistral, Gemma) goes
 * through kernels of our own, by the merges as they are listed; everything else through the library of its makers.
 */
export const huggingface = defineTokenizer({
  type: 'huggingface',
  summary: 'a tokenizer.json: BPE with byte fallback by own kernels, others through @huggingface/tokenizers',
  revision: 1,
  settings: z.strictObject({
    model: z.string().min(1).describe('path of a tokenizer.json'),
    addedTokens: z
      .enum(['match', 'never'])
      .optional()
      .describe(
        'what an added token in a text gives that is not special: its id, as the library does, or ordinary pieces; needed ' +
          'where the file has such tokens outside its vocabulary',
      ),
    bos: z.string().optional().describe('special token that begins a document, where the file does not tell'),
    eos: z.string().optional().describe('special token that ends a document, where the file does not tell'),
    pad: z.string().optional().describe('special token for padding, where the file does not tell'),
  }),
  paths: ['model'],
  builtIn: {},
  async load({ model, addedTokens, ...asked }): Promise<Tables> {
    const file = withoutAdded(await readTokenizerFile(model), addedTokens, model)
    const ids = specialIds(file, asked, await readSpecialNames(model))
    for (const kind of ['bos', 'eos', 'pad'] as const) {
      if (asked[kind] !== undefined && ids[kind] === undefined) throw noSpecial(kind, asked[kind], file)
    }
    const pieces = piecesOf(file, model)
    const added = file.added_tokens.some(({ special }) => !special)
    const method = (added ? undefined : characterTables(file)) ?? { kind: 'library' as const, file }
    return {
      name: path.basename(path.dirname(path.resolve(model))),
      fingerprint: fingerprintOf(file, ids),
      vocabularySize: pieces.length,
      pieces: toSharedByteStrings(pieces.map((piece) => Buffer.from(piece))),
      controls: file.added_tokens
        .flatMap(({ id, special }) => (special ? [id] : []))
        .toSorted((a, b) => a - b),
      method,
      ...ids,
    }
  },
  create(tables: Tables) {
    const { name, fingerprint, vocabularySize, bos, eos, pad, method } = tables
    const controls = new Set(tables.controls)
    const piece = (id: number): string => {
      checkId(id, vocabularySize)
      return Buffer.from(byteString(tables.pieces, id)).toString('utf8')
    }
    let byPiece: Map<string, number> | undefined
    const library = method.kind === 'library' ? createLibrary(method) : undefined
    const encode = method.kind === 'library' ? createLibrary(method).encode : createCharacterEncoder(method)
    const decodePieces = createPieceDecoder((id) => (controls.has(id) ? '' : piece(id)))
    return {
      name,
      fingerprint,
      vocabularySize,
      bos,
      eos,
      pad,
      encode: (text) => toTokenIds(encode(text), vocabularySize),
      decode(ids) {
        const list = Array.from(ids)
        for (const id of list) checkId(id, vocabularySize)
        if (library !== undefined) return library.decode(list.filter((id) => !controls.has(id)))
        return decodePieces(list, method.kind === 'character-bpe' && method.prefix !== 'never')
      },
      piece,
      control(text) {
        byPiece ??= new Map(tables.controls.map((id) => [piece(id), id]))
        return byPiece.get(text)
      },
    }
  },
})

/** Without added tokens that are not special, where the recipe says so; those that the vocabulary has too are pieces of it. */
function withoutAdded(
  file: TokenizerFile,
  asked: 'match' | 'never' | undefined,
  model: string,
): TokenizerFile {
  const others = file.added_tokens.filter(({ special }) => !special)
  if (others.length === 0 || asked === 'match') return file
  if (asked === undefined) {
    const [first] = others
    const message = `${path.basename(model)} has ${others.length} added tokens that are not special, such as ${JSON.stringify(first?.content)}`
    const fix = 'Set tokenizer.addedTokens: match to find them in texts as the library does, or never.'
    throw new MillraceError('RECIPE_INVALID', message, { key: 'tokenizer.addedTokens', fix })
  }
  return { ...file, added_tokens: file.added_tokens.filter(({ special }) => special) }
}

function noSpecial(kind: string, got: string, file: TokenizerFile): MillraceError {
  const known = file.added_tokens.flatMap(({ content, special }) => (special ? [content] : []))
  return new MillraceError('RECIPE_INVALID', `${JSON.stringify(got)} is no special token of the file`, {
    key: `tokenizer.${kind}`,
    got,
    fix: `Use one of: ${known.slice(0, 10).join(', ')}${known.length > 10 ? ', …' : ''}.`,
  })
}

/** The greatest number of ids that a file may have; published vocabularies have a quarter of a million. */
const MAX_IDS = 1 << 24

/** Every id's piece. */
function piecesOf({ model, added_tokens: added }: TokenizerFile, file: string): string[] {
  const { vocab } = model
  const entries: [string, unknown][] = Array.isArray(vocab)
    ? vocab.map((entry: unknown, id) => [Array.isArray(entry) ? String(entry[0]) : '', id])
    : typeof vocab === 'object' && vocab !== null
      ? Object.entries(vocab)
      : []
  for (const { id, content } of added) entries.push([content, id])
  const pieces: (string | undefined)[] = []
  for (const [piece, id] of entries) {
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id >= MAX_IDS) {
      throw invalid(file, `the piece ${JSON.stringify(piece)} has the id ${String(id)}`)
    }
    pieces[id] = piece
  }
  if (pieces.length === 0) throw invalid(file, 'it has no vocabulary')
  return Array.from(pieces, (piece) => piece ?? '')
}

function fingerprintOf(file: TokenizerFile, ids: SpecialIds): string {
  const { model, normalizer, pre_tokenizer: splitter, decoder, added_tokens: added } = file
  const parts = [model, normalizer, splitter, decoder, added, ids.bos, ids.eos, ids.pad]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
