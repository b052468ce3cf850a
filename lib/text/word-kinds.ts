import { z } from 'zod'
import type { Document } from '../documents/document.ts'
import { type ChunkTable, chunkTable, INFO_SHIFT, renewChunkTable } from './chunk-table.ts'
import { push } from './int32-list.ts'
import { splitWords } from './split-words.ts'
import { ruleSplitter, unicodeSplitter } from './unicode-words.ts'
import { emptyWords, type Words } from './word-arrays.ts'
import { words } from './words.ts'

/**
 * What a filter counts as words. `spacy`: English as datatrove counts it, punctuation among the words. `unicode`: segments
 * of Unicode's word rules, punctuation among them; by dictionary where a script has no spaces. `whitespace`: what stands
 * between white space, as Python's `str.split`.
 */
export const WORD_KINDS = ['spacy', 'unicode', 'whitespace'] as const
export type WordKind = (typeof WORD_KINDS)[number]

/** A setting of filters that count words. */
export function wordsSetting(kind: WordKind): z.ZodDefault<z.ZodEnum<{ [Kind in WordKind]: Kind }>> {
  return z
    .enum(WORD_KINDS)
    .default(kind)
    .describe(
      "What is a word: spacy, English tokens as datatrove's; unicode, by Unicode's rules and dictionaries, in the language that the language filter before it recorded; whitespace, between white space.",
    )
}

/** Whether counting depends on the runtime's Unicode tables. */
export function usesUnicodeWords({ words: kind }: { readonly words: WordKind }): boolean {
  return kind === 'unicode'
}

/** Of the values that earlier filters recorded, the language. */
export type Labels = Readonly<Record<string, Readonly<Record<string, number | string>>>>

/** The words of a document, each kind of them computed once for all its filters; overwritten by the next document's. */
export function wordsBy(kind: WordKind): (document: Document, earlier?: Labels) => Words {
  if (kind === 'spacy') return words
  const known = views[kind]
  return (document, earlier) => known(document, kind === 'unicode' ? localeOf(earlier) : '')
}

/** How many words a text has that is no document; `whitespace` alone is cheap. */
export function wordCounter(kind: WordKind): (text: string, earlier?: Labels) => number {
  const into = emptyWords()
  return (text, earlier) => {
    const table = kind === 'spacy' ? undefined : tableOf(kind, kind === 'unicode' ? localeOf(earlier) : '')
    return splitWords(text, into, table).ids.length
  }
}

/** The words by Unicode's rules, without dictionaries, that begin with a letter or a digit: ids, and lengths in code points. */
export function alphanumericWords(document: Document): { ids: Int32Array; lengths: Int32Array } {
  const { ids, info, wordSpans } = views.rules(document, '')
  const isWord = new Map<number, boolean>()
  const found = ids.items.subarray(0, ids.length).filter((id) => {
    const known = isWord.get(id)
    if (known !== undefined) return known
    const start = id === 0 ? 0 : (wordSpans.ends[id - 1] ?? 0)
    const isOne = /^[\p{L}\p{N}]/u.test(String.fromCharCode(...wordSpans.arena.subarray(start, start + 2)))
    isWord.set(id, isOne)
    return isOne
  })
  return { ids: found, lengths: found.map((id) => (info[id] ?? 0) >>> INFO_SHIFT) }
}

type OtherKind = Exclude<WordKind, 'spacy'> | 'rules'
type View = (document: Document, locale: string) => Words

const views: Readonly<Record<OtherKind, View>> = {
  unicode: view('unicode'),
  whitespace: view('whitespace'),
  rules: view('rules'),
}

function view(kind: OtherKind): View {
  const into = emptyWords()
  let last: Document | undefined
  let lastLocale = ''
  return (document, locale) => {
    if (document !== last || locale !== lastLocale) {
      splitWords(document.text, into, tableOf(kind, locale))
      last = document
      lastLocale = locale
    }
    return into
  }
}

/** Tables that are kept: one of `whitespace`, and those of the locales that came last. Caches alone. */
const MOST_TABLES = 4
const tables = new Map<string, ChunkTable>()

function tableOf(kind: OtherKind, locale: string): ChunkTable {
  const key = `${kind} ${locale}`
  const table = renewChunkTable(tables.get(key) ?? chunkTable(splitterOf(kind, locale)))
  tables.delete(key)
  tables.set(key, table)
  const [oldest] = tables.keys()
  if (tables.size > MOST_TABLES && oldest !== undefined) tables.delete(oldest)
  return table
}

function splitterOf(kind: OtherKind, locale: string): ChunkTable['split'] {
  if (kind === 'rules') return ruleSplitter()
  return kind === 'unicode' ? unicodeSplitter(locale) : splitNothing
}

const splitNothing: ChunkTable['split'] = (_, __, starts) => {
  starts.length = 0
  push(starts, 0)
}

const locales = new Map<string, string>()
/** Labels of the models that there are number in the thousands. */
const MOST_LOCALES = 1 << 12

/** The locale of a label such as `ja` or `eng_Latn`; `und` without one, or where it is none. */
function localeOf(earlier: Labels | undefined): string {
  const label = earlier?.['language']?.['label']
  if (typeof label !== 'string') return 'und'
  const known = locales.get(label)
  if (known !== undefined) return known
  const locale = supported(label.replaceAll('_', '-'))
  if (locales.size < MOST_LOCALES) locales.set(label, locale)
  return locale
}

function supported(tag: string): string {
  try {
    return Intl.Segmenter.supportedLocalesOf(tag)[0] ?? 'und'
  } catch {
    return 'und'
  }
}
