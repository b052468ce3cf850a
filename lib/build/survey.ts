/**
 * survey: the recipe's files → the inventory: every input file with its identity, cut or gathered into splits of a useful
 * size. Runs on the main thread and reads a few blocks of each file only.
 */
import { createHash } from 'node:crypto'
import path from 'node:path'
import { MillraceError } from '../errors.ts'
import { openTokens, tokenFiles, tokenFormatOf } from '../formats/token-input.ts'
import { readerFor } from '../readers/index.ts'
import type { LoadedRecipe } from '../recipe/load.ts'
import { identify, isCompressed } from '../storage/input-file.ts'

/**
 * Bytes of text, about; a plain file of a splittable format is cut into ranges of this size, and small files are gathered
 * up to it. Seconds of a worker's time: enough to make starting a unit nothing, little for others to wait for at the end.
 */
const SPLIT_BYTES = 16 << 20
/** Bytes of text in a byte of a compressed file, about: natural language gives 2 to 4. */
const COMPRESSION = 4
/** Files a split, at most. */
const SPLIT_FILES = 1024
/** One file in so many ends its split, chosen by its name: a file that is added or removed moves no other split's ends. */
const FILES_PER_END = 64

/** A file, or a byte range of one. */
export interface InputPiece {
  /** Relative to the recipe's folder, with forward slashes. */
  readonly file: string
  /** [start, end) in bytes of a plain file; absent for a whole file. */
  readonly range?: { readonly start: number; readonly end: number }
  /** Bytes as stored. */
  readonly bytes: number
  /** Hash of the file's size, time of change and sampled blocks: the same identity is taken for the same content. */
  readonly identity: string
  readonly compressed: boolean
  /** Tokens, where the file has them as ids. */
  readonly tokens?: number
}

/** The input of a refine unit: pieces of one source, read the same way. */
export interface Split {
  /** Unique, and stable while its first piece is: names the unit and its outputs. */
  readonly name: string
  readonly source: string
  /** Of a tokenized source: the format of its files. Its first piece is of tokens, the others stand beside it. */
  readonly reader: string
  readonly tokenized?: true
  readonly bytes: number
  readonly pieces: readonly InputPiece[]
}

export async function survey(loaded: LoadedRecipe): Promise<Split[]> {
  const splits: Split[] = []
  for (const [source, { reader: asked, tokenized }] of Object.entries(loaded.recipe.sources)) {
    if (tokenized !== undefined) {
      splits.push(...(await surveyTokens(source, loaded, tokenized.format)))
      continue
    }
    const byReader = new Map<string, InputPiece[]>()
    for (const file of loaded.sourceFiles[source] ?? []) {
      const { name, splittable } = await readerFor(file, asked)
      const whole = await toPiece(file, loaded.directory)
      const pieces = byReader.get(name) ?? []
      byReader.set(name, pieces)
      if (splittable && !whole.compressed && whole.bytes > SPLIT_BYTES) pieces.push(...ranges(whole))
      else pieces.push(whole)
    }
    for (const [reader, pieces] of byReader) {
      for (const group of gather(pieces)) splits.push(toSplit(source, reader, group))
    }
  }
  return splits
}

/** A split for each range of each file of tokens, together with the files beside it. */
async function surveyTokens(
  source: string,
  { sourceFiles, directory }: LoadedRecipe,
  asked: string | undefined,
): Promise<Split[]> {
  const splits: Split[] = []
  const seen = new Set<string>()
  for (const file of sourceFiles[source] ?? []) {
    const [first, ...others] = (await tokenFiles(file, asked)) ?? []
    const format = tokenFormatOf(file, asked)?.format.name
    if (first === undefined || format === undefined) throw withoutTokens(file)
    if (seen.has(first)) continue
    seen.add(first)
    const beside = await Promise.all(others.map((other) => toPiece(other, directory)))
    const { tokens, width } = await countTokens(first, format)
    const whole = { ...(await toPiece(first, directory)), ...(tokens !== undefined && { tokens }) }
    const pieces = whole.bytes > SPLIT_BYTES ? ranges(whole) : [whole]
    for (const piece of pieces) {
      const own = piece === whole || tokens === undefined ? piece : { ...piece, tokens: piece.bytes / width }
      splits.push({ ...toSplit(source, format, [own, ...beside]), tokenized: true })
    }
  }
  return splits
}

/** The tokens of a file, where it can be read: what is wrong with it else is told when it is. */
async function countTokens(file: string, format: string): Promise<{ tokens?: number; width: number }> {
  const opened = await openTokens(file, format).catch(() => undefined)
  await opened?.reader.close()
  return opened === undefined ? { width: 1 } : { tokens: opened.reader.counts.tokens, width: opened.width }
}

function withoutTokens(file: string): MillraceError {
  const fix = 'Put the file of tokens beside it, or leave it out.'
  return new MillraceError('INPUT_MISSING', `${file} has no file of tokens beside it`, { file, fix })
}

async function toPiece(file: string, directory: string): Promise<InputPiece> {
  const { bytes, identity } = await identify(file)
  return {
    file: path.relative(directory, file).split(path.sep).join('/'),
    bytes,
    identity,
    compressed: await isCompressed(file),
  }
}

function ranges(whole: InputPiece): InputPiece[] {
  return Array.from({ length: Math.ceil(whole.bytes / SPLIT_BYTES) }, (_, index) => {
    const start = index * SPLIT_BYTES
    const end = Math.min(whole.bytes, start + SPLIT_BYTES)
    return { ...whole, range: { start, end }, bytes: end - start }
  })
}

/** Neighbouring pieces together until a split is large enough, or a piece's name ends it. */
function gather(pieces: readonly InputPiece[]): InputPiece[][] {
  const groups: InputPiece[][] = []
  let group: InputPiece[] = []
  let bytes = 0
  for (const piece of pieces) {
    const text = piece.compressed ? piece.bytes * COMPRESSION : piece.bytes
    if (group.length > 0 && bytes + text > SPLIT_BYTES) {
      groups.push(group)
      group = []
      bytes = 0
    }
    group.push(piece)
    bytes += text
    const ends = Number.parseInt(hash(piece.file).slice(0, 8), 16) % FILES_PER_END === 0
    if (ends || group.length === SPLIT_FILES) {
      groups.push(group)
      group = []
      bytes = 0
    }
  }
  if (group.length > 0) groups.push(group)
  return groups
}

function toSplit(source: string, reader: string, pieces: readonly InputPiece[]): Split {
  const [first] = pieces
  const place = hash(JSON.stringify([reader, first?.file, first?.range?.start ?? 0])).slice(0, 12)
  const bytes = pieces.reduce((sum, piece) => sum + piece.bytes, 0)
  return { name: `${source}-${place}`, source, reader, bytes, pieces }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
