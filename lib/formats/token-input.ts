import { stat } from 'node:fs/promises'
import { MillraceError } from '../errors.ts'
import type { DocumentFormat, ShardReader } from './define-format.ts'
import { formatByName, formatOfFile, formats } from './index.ts'

/** Files of token ids as a source: documents of other programs, or of an earlier build. */
export interface TokenInput {
  readonly reader: ShardReader
  /** Bytes of a token. */
  readonly width: number
  readonly facts: { readonly format: string; readonly dtype: string; readonly tokenizer?: string }
}

/** A format whose files can be a source. */
export type InputFormat = DocumentFormat & Required<Pick<DocumentFormat, 'openInput'>>

function isInputFormat(format: unknown): format is InputFormat {
  return (
    typeof format === 'object' && format !== null && 'openInput' in format && format.openInput !== undefined
  )
}

/** The format that a file is a source of, by its ending or by name, and the path without extension; undefined: none. */
export function tokenFormatOf(
  file: string,
  name?: string,
): { format: InputFormat; base: string } | undefined {
  if (name === undefined) {
    const found = formatOfFile(file)
    return found !== undefined && isInputFormat(found.format)
      ? { format: found.format, base: found.base }
      : undefined
  }
  const format = formatByName(name)
  const extension = format.extensions
    .toSorted((a, b) => b.length - a.length)
    .find((each) => file.endsWith(each))
  if (!isInputFormat(format) || extension === undefined) return undefined
  return { format, base: file.slice(0, -extension.length) }
}

/** Opens the documents of a token file. Throws OUTPUT_DAMAGED where its bytes contradict each other, USAGE for others. */
export async function openTokens(file: string, name?: string): Promise<TokenInput> {
  const found = tokenFormatOf(file, name)
  if (found === undefined) throw noTokens(file, name)
  const { format, base } = found
  const reader = await format.openInput(base)
  const dtype = String(reader.header['dtype'])
  const told = reader.header['tokenizer']
  const facts = { format: format.name, dtype, ...(typeof told === 'string' && { tokenizer: told }) }
  return { reader, width: dtype === 'uint16' ? 2 : 4, facts }
}

/** The files of a shard that are there, the one of tokens first; undefined where that one is not. */
export async function tokenFiles(file: string, name?: string): Promise<string[] | undefined> {
  const found = tokenFormatOf(file, name)
  if (found === undefined) throw noTokens(file, name)
  const { format, base } = found
  const there: string[] = []
  for (const extension of format.extensions) {
    const isFile = await stat(base + extension).then(
      (facts) => facts.isFile(),
      () => false,
    )
    if (isFile) there.push(base + extension)
    else if (there.length === 0) return undefined
  }
  return there
}

function noTokens(file: string, name: string | undefined): MillraceError {
  const endings = [...formats.values()]
    .filter(isInputFormat)
    .map((format) => `${format.name} ${format.extensions[0]}`)
  return new MillraceError(
    'INPUT_DAMAGED',
    `${file} is no file of token ids${name === undefined ? '' : ` of ${name}`}`,
    {
      file,
      fix: `Name files of tokens by their endings (${endings.join(', ')}), or leave this one out.`,
    },
  )
}
