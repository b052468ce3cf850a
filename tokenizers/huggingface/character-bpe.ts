import { createMerger } from '../bpe/merge.ts'
import { buildPairTable, type PairTable } from '../bpe/pair-table.ts'
import { toSharedInt32 } from '../bpe/shared-memory.ts'
import { characterLength, codePointAt, createTextBytes, TEXT_START } from '../bpe/text-bytes.ts'
import { createUnitEncoder } from '../bpe/unit-encoder.ts'
import type { Component, TokenizerFile } from './file.ts'

/**
 * BPE over characters with spaces written as U+2581 and bytes for what the vocabulary lacks: how the vocabularies of Llama
 * 1 and 2, Mistral and Gemma are saved as tokenizer.json. Everything else is not covered here.
 */
export interface CharacterTables {
  readonly kind: 'character-bpe'
  readonly pairs: PairTable
  /** Code point, id, code point, id, … */
  readonly characters: Int32Array
  /** Byte → id of its `<0x..>` piece (256). */
  readonly byteIds: Int32Array
  /** A space in front of a text: always, only of one that begins with none, or never. */
  readonly prefix: 'always' | 'missing' | 'never'
  /** Where nothing merges across: before every space, before a space that follows another character, or nowhere. */
  readonly cuts: 'every' | 'runs' | 'none'
}

const SPACE = 0x20
/** U+2581, LOWER ONE EIGHTH BLOCK, by which these vocabularies write a space. */
const BLOCK = '\u2581'
const BLOCK_CODE = 0x2581

/** Ranks are 21 bits in the merger. */
const MAX_MERGES = 1 << 21

/** Tables for a file that this covers; undefined for others. */
export function characterTables({
  model,
  normalizer,
  pre_tokenizer: splitter,
}: TokenizerFile): CharacterTables | undefined {
  const { vocab, merges } = model
  const spaces = spacesOf(normalizer, splitter)
  if (spaces === undefined || !isPlainBpe(model) || !isVocabulary(vocab) || !Array.isArray(merges))
    return undefined
  const ids = new Map(Object.entries(vocab))
  const bytes = Array.from({ length: 256 }, (_, byte) => ids.get(bytePiece(byte)))
  const byteIds = bytes.flatMap((id) => id ?? [])
  if (byteIds.length < 256 || ids.get(BLOCK) === undefined) return undefined
  const pairs = pairsOf(ids, merges)
  if (pairs === undefined) return undefined
  const characters = [...ids].flatMap(([piece, id]) => {
    const code = piece.codePointAt(0) ?? 0
    return piece.length > 0 && String.fromCodePoint(code) === piece ? [code, id] : []
  })
  const crosses = [...ids.keys()].some((piece) => /[^\u2581]\u2581/.test(piece))
  return {
    kind: 'character-bpe',
    pairs: buildPairTable(pairs),
    characters: toSharedInt32(characters),
    byteIds: toSharedInt32(byteIds),
    prefix: spaces.prefix,
    cuts: spaces.split ? 'every' : crosses ? 'none' : 'runs',
  }
}

/** What the library calls a piece for a byte. */
export function bytePiece(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`
}

function isPlainBpe(model: TokenizerFile['model']): boolean {
  const isBpe = model.type === 'BPE' || (model.type === undefined && 'merges' in model)
  const none = ['dropout', 'continuing_subword_prefix', 'end_of_word_suffix'] as const
  return (
    isBpe &&
    model['byte_fallback'] === true &&
    model['ignore_merges'] !== true &&
    none.every((key) => model[key] === undefined || model[key] === null || model[key] === '')
  )
}

function isVocabulary(vocab: unknown): vocab is Record<string, number> {
  return (
    typeof vocab === 'object' &&
    vocab !== null &&
    !Array.isArray(vocab) &&
    Object.values(vocab).every((id) => Number.isInteger(id) && Number(id) >= 0)
  )
}

/** How the file turns spaces into U+2581; undefined where it does anything else to a text. */
function spacesOf(
  normalizer: TokenizerFile['normalizer'],
  splitter: TokenizerFile['pre_tokenizer'],
): { prefix: CharacterTables['prefix']; split: boolean } | undefined {
  const steps =
    normalizer?.type === 'Sequence' ? componentsOf(normalizer['normalizers']) : normalizer ? [normalizer] : []
  if (steps === undefined) return undefined
  const last = steps.at(-1)
  if (last !== undefined) {
    const [first] = steps
    const prepends = steps.length === 2 && first?.type === 'Prepend' && first['prepend'] === BLOCK
    if (!replacesSpaces(last) || (steps.length > 1 && !prepends)) return undefined
    // Spaces are gone by then: a split at them does nothing.
    if (splitter && !(splitter.type === 'Split' && isPattern(splitter['pattern'], ' '))) return undefined
    return { prefix: prepends ? 'always' : 'never', split: false }
  }
  if (splitter?.type !== 'Metaspace' || splitter['replacement'] !== BLOCK) return undefined
  const scheme = splitter['prepend_scheme'] ?? (splitter['add_prefix_space'] === false ? 'never' : 'always')
  return { prefix: scheme === 'never' ? 'never' : 'missing', split: splitter['split'] !== false }
}

function componentsOf(list: unknown): Component[] | undefined {
  if (!Array.isArray(list)) return undefined
  const parts = list.filter(
    (part): part is Component => typeof part === 'object' && part !== null && 'type' in part,
  )
  return parts.length === list.length ? parts : undefined
}

function replacesSpaces(step: Component): boolean {
  return step.type === 'Replace' && step['content'] === BLOCK && isPattern(step['pattern'], ' ')
}

function isPattern(pattern: unknown, text: string): boolean {
  return typeof pattern === 'object' && pattern !== null && 'String' in pattern && pattern.String === text
}

/** Left, right, merged, rank of every merge, a pair that is there twice by its last rank; undefined where a piece is missing. */
function pairsOf(ids: ReadonlyMap<string, number>, merges: readonly unknown[]): number[] | undefined {
  if (merges.length > MAX_MERGES) return undefined
  const ranks = new Map<string, [number, number, number, number]>()
  for (const [rank, merge] of merges.entries()) {
    const [left, right, more]: unknown[] =
      typeof merge === 'string' ? merge.split(' ') : Array.isArray(merge) ? merge : []
    if (typeof left !== 'string' || typeof right !== 'string' || more !== undefined) return undefined
    const [a, b, merged] = [ids.get(left), ids.get(right), ids.get(left + right)]
    if (a === undefined || b === undefined || merged === undefined) return undefined
    ranks.set(`${a} ${b}`, [a, b, merged, rank])
  }
  return [...ranks.values()].flat()
}

/** Ids of a text: a view, valid until the next call. O(n log n) in the length of the text. */
export function createCharacterEncoder(tables: CharacterTables): (text: string | Uint8Array) => Int32Array {
  const { pairs, byteIds, prefix, cuts } = tables
  const characters = new Map<number, number>()
  for (let i = 0; i < tables.characters.length; i += 2)
    characters.set(tables.characters[i] ?? 0, tables.characters[i + 1] ?? 0)
  const space = characters.get(BLOCK_CODE) ?? 0
  const text = createTextBytes()
  const merger = createMerger(pairs)
  const units = createUnitEncoder({
    merger,
    symbolize(bytes, from, to) {
      const symbols = merger.reserve(to - from)
      let count = 0
      for (let at = from; at < to; ) {
        const length = characterLength(bytes[at] ?? 0)
        const code = codePointAt(bytes, at)
        const id = code === SPACE ? space : characters.get(code)
        if (id !== undefined) symbols[count++] = id
        else for (let i = 0; i < length; i++) symbols[count++] = byteIds[bytes[at + i] ?? 0] ?? 0
        at += length
      }
      return count
    },
  })
  return (input) => {
    text.load(input)
    const { bytes, end } = text
    units.start(bytes)
    // Before the text there is a space, for just this.
    const prefixed = prefix === 'always' || (prefix === 'missing' && !isSpace(bytes, TEXT_START))
    let from = prefixed && end > TEXT_START ? TEXT_START - 1 : TEXT_START
    if (cuts !== 'none') {
      for (let at = from, before = true; at < end; at += characterLength(bytes[at] ?? 0)) {
        const isBlank = isSpace(bytes, at)
        if (isBlank && at > from && (cuts === 'every' || !before)) {
          units.add(from, at)
          from = at
        }
        before = isBlank
      }
    }
    if (from < end) units.add(from, end)
    return units.ids()
  }
}

/** Whether a space, or U+2581, begins there. */
function isSpace(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === SPACE || (bytes[at] === 0xe2 && bytes[at + 1] === 0x96 && bytes[at + 2] === 0x81)
}
