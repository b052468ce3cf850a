import { stat } from 'node:fs/promises'
import path from 'node:path'
import { glob } from 'tinyglobby'
import { conversationOf } from '../documents/conversations/index.ts'
import { MillraceError } from '../errors.ts'
import { readerByExtension, readerFor, readItems } from '../readers/index.ts'
import { decompressedName, isCompressed } from '../storage/input-file.ts'
import { entriesOf, valueAt } from './problem.ts'
import { distinctFiles, expandPattern } from './source-files.ts'

/** What `init` writes of a source. */
export interface SourceGuess {
  readonly name: string
  /** Paths and patterns as they go into the recipe. */
  readonly files: readonly string[]
  /** Only where the files' names do not tell. */
  readonly reader?: string
  /** Of the kind of READMEs: most of it fails rules made for web pages. */
  readonly isMarkdown?: boolean
  /** Keys of the text, id and URL where they are not the default ones. */
  readonly fields: Readonly<Record<string, string>>
  readonly template?: string
  /** The shape of the template's records. */
  readonly messages?: string
  /** A rough size in tokens, from the files' size. */
  readonly tokens: number
  /** What to look at, for a comment each. */
  readonly notes: readonly string[]
}

/** Keys that usually hold the text, the id and the URL, the likeliest first. The first of each is the default. */
const usualKeys = {
  text: ['text', 'content', 'body', 'raw_content', 'document', 'article'],
  id: ['id', 'doc_id', 'docid', 'uid', '_id'],
  url: ['url', 'uri', 'source_url', 'link', 'meta.url', 'metadata.url'],
} as const

/** Bytes a token, and bytes of text a byte of a compressed file: enough for a first budget. */
const bytesPerToken = 5
const compression = 3
/** Bytes; a first record longer than this tells nothing. */
const maxRecordBytes = 16 << 20

/**
 * A source for each file or pattern; files of one folder whose names differ in a number only (`web-0001.jsonl`) are one
 * source.
 */
export async function guessSources(patterns: readonly string[], directory: string): Promise<SourceGuess[]> {
  const groups = new Map<string, string[]>()
  for (const given of patterns) {
    for (const pattern of await namedPatterns(given, directory)) {
      const group = JSON.stringify([path.posix.dirname(pattern), sourceName(pattern)])
      groups.set(group, [...(groups.get(group) ?? []), pattern])
    }
  }
  const taken = new Set<string>()
  const named = [...groups.values()].map((files) => ({
    files,
    name: freeName(sourceName(files[0] ?? ''), taken),
  }))
  return Promise.all(named.map(({ name, files }) => guessSource(name, [...new Set(files)], directory)))
}

/** `web`, `web-2`, `web-3`: the first of them that is not taken yet. */
function freeName(name: string, taken: Set<string>): string {
  let free = name
  for (let number = 2; taken.has(free); number++) free = `${name}-${number}`
  taken.add(free)
  return free
}

async function guessSource(
  name: string,
  patterns: readonly string[],
  directory: string,
): Promise<SourceGuess> {
  const files = await distinctFiles(
    (await Promise.all(patterns.map((each) => filesOf(each, directory)))).flat(),
  )
  let bytes = 0
  for (const file of files) bytes += (await stat(file)).size * ((await isCompressed(file)) ? compression : 1)
  const [first = ''] = files
  const reader = await readerFor(first)
  return {
    name,
    files: patterns,
    tokens: Math.round(bytes / bytesPerToken),
    ...(readerByExtension(first) === undefined ? { reader: reader.name } : {}),
    isMarkdown: reader.name === 'markdown',
    ...guessMapping(await firstRecord(first, reader.name)),
  }
}

/** How a record becomes text, from the first one. */
export function guessMapping(
  record: unknown,
): Pick<SourceGuess, 'fields' | 'template' | 'messages' | 'notes'> {
  const isRow = typeof record === 'object' && record !== null
  const conversation = isRow ? conversationOf(record) : undefined
  const isChat = conversation !== undefined
  const fields: Record<string, string> = {}
  for (const [field, keys] of Object.entries(usualKeys)) {
    if (field === 'text' && isChat) continue
    if (field === 'id' && conversation?.id !== undefined) continue
    const found = keys.find((key) => has(record, key))
    if (found !== undefined && found !== keys[0]) fields[field] = found
    if (found === undefined && field === 'text') {
      const longest = longestText(record)
      if (longest === undefined)
        return { fields, notes: ['no text was found in the first record: set `fields` or `template`'] }
      fields['text'] = longest
    }
  }
  if (!isRow || conversation === undefined) return { fields, notes: [] }
  const read = conversation.read(record)
  const notes = Array.isArray(read) ? [] : [`the first record cannot be read: ${read.detail}`]
  return { fields, notes, template: 'plain', messages: conversation.name }
}

function has(record: unknown, key: string): boolean {
  const value = valueAt(record, key.split('.'))
  return typeof value === 'string' || (typeof value === 'number' && key !== 'text')
}

/** The top-level key with the most text, if its name can be written as a path. */
function longestText(record: unknown): string | undefined {
  const texts = entriesOf(record).flatMap(([key, value]) =>
    typeof value === 'string' && key !== '' && !key.includes('.') ? [{ key, length: value.length }] : [],
  )
  return texts.toSorted((a, b) => b.length - a.length)[0]?.key
}

async function firstRecord(file: string, reader: string): Promise<unknown> {
  for await (const batch of readItems(file, reader, { maxRecordBytes })) {
    for (const item of batch) if (item.kind === 'record') return item.value
  }
  return undefined
}

/** A pattern as it is; a folder becomes patterns of the endings in it. */
async function namedPatterns(given: string, directory: string): Promise<string[]> {
  const folder = path.resolve(directory, given)
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (!isFolder) return [given]
  const files = await glob('**/*', { cwd: folder, dot: false, expandDirectories: false })
  const endings = new Set(files.map((file) => fullExtension(file)).filter((ending) => ending !== ''))
  if (endings.size === 0) throw missing(given, 'has no files with an ending', 'Name the files themselves.')
  return [...endings].toSorted().map((ending) => `${path.posix.join(given, '**')}/*${ending}`)
}

async function filesOf(pattern: string, directory: string): Promise<readonly string[]> {
  const expanded = await expandPattern(pattern, directory)
  if (expanded.problem === undefined) return expanded.files
  throw missing(pattern, expanded.problem.message, expanded.problem.fix)
}

function missing(pattern: string, message: string, fix: string): MillraceError {
  return new MillraceError('INPUT_MISSING', `${JSON.stringify(pattern)} ${message}`, { file: pattern, fix })
}

/** `.jsonl.zst` of `web/a.jsonl.zst`. */
function fullExtension(file: string): string {
  const plain = decompressedName(file)
  return path.extname(plain) + file.slice(plain.length)
}

/**
 * A source's name from a path or pattern: the file's name without ending and number, else the folder's.
 *
 * @example sourceName('data/web-0001.jsonl.zst') // 'web'
 * @example sourceName('data/wiki/*.jsonl') // 'wiki'
 */
export function sourceName(pattern: string): string {
  for (const segment of pattern.split('/').toReversed()) {
    const stem = segment.slice(0, segment.length - fullExtension(segment).length)
    const name = stem
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^[^a-z]+/, '')
      .slice(0, 40)
      .replace(/[-0-9]+$/, '')
    if (name !== '') return name
  }
  return 'documents'
}
