import { Tokenizer } from '@huggingface/tokenizers'
import { MillraceError } from '../../lib/errors.ts'
import type { TokenizerFile } from './file.ts'

/** A file that is left to the library of Hugging Face. */
export interface LibraryTables {
  readonly kind: 'library'
  readonly file: TokenizerFile
}

/** UTF-16 code units: the library holds an object for each character, and some of its patterns are slow on long texts. */
const MAX_CHARACTERS = 4 << 20

/**
 * `@huggingface/tokenizers` over the file. Special tokens are taken out of it first, so that a text which has their names
 * is only text; they come back for decoding.
 *
 * @throws MillraceError `MODEL_INVALID` where the library cannot use the file; while encoding `INPUT_DAMAGED` for a text
 *   longer than 4,194,304 characters
 */
export function createLibrary({ file }: LibraryTables): {
  encode: (text: string | Uint8Array) => Int32Array
  decode: (ids: readonly number[]) => string
} {
  const [encoder, decoder] = [open(withoutSpecials(file)), open(file)]
  return {
    encode(text) {
      const string = (typeof text === 'string' ? text : Buffer.from(text).toString('utf8')).toWellFormed()
      if (string.length > MAX_CHARACTERS) throw tooLong(string.length)
      return Int32Array.from(encoder.encode(string, { add_special_tokens: false }).ids)
    },
    decode: (ids) => (ids.length === 0 ? '' : decoder.decode([...ids], { skip_special_tokens: true })),
  }
}

/** Special tokens that are pieces of the vocabulary too would be found in texts: there they get names that no text has. */
function withoutSpecials(file: TokenizerFile): TokenizerFile {
  const { model, added_tokens: added } = file
  const specials = new Set(added.flatMap(({ content, special }) => (special ? [content] : [])))
  const rename = (piece: unknown): unknown =>
    typeof piece === 'string' && specials.has(piece) ? `\ud800${piece}` : piece
  const { vocab } = model
  const isUnknown = (piece: unknown): boolean => piece === model['unk_token']
  const renamed: unknown = Array.isArray(vocab)
    ? vocab.map((entry: unknown) => (Array.isArray(entry) ? [rename(entry[0]), ...entry.slice(1)] : entry))
    : typeof vocab === 'object' && vocab !== null
      ? Object.fromEntries(
          Object.entries(vocab).map(([piece, id]) => [isUnknown(piece) ? piece : rename(piece), id]),
        )
      : vocab
  return {
    ...file,
    added_tokens: added.filter(({ special }) => !special),
    model: { ...model, vocab: renamed },
  }
}

function open(file: object): Tokenizer {
  try {
    return new Tokenizer(file, { clean_up_tokenization_spaces: false })
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause)
    const fix = 'Give a tokenizer.json whose parts @huggingface/tokenizers knows.'
    throw new MillraceError(
      'MODEL_INVALID',
      `the library cannot use this tokenizer.json: ${what}`,
      { fix },
      { cause },
    )
  }
}

function tooLong(length: number): MillraceError {
  const message = `a text of ${length} characters is too long for this kind of tokenizer.json`
  const fix =
    'Drop such documents with the filter length, or use a BPE vocabulary that has a family of its own.'
  return new MillraceError('INPUT_DAMAGED', message, { got: length, limit: MAX_CHARACTERS, fix })
}
