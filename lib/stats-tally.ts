import { CONTROLS } from './documents/hygiene.ts'
import { kindOf } from './documents/own-path.ts'

/** Counts of an input; what was not seen is absent. */
export interface InputTally {
  /** As stored. */
  readonly bytes: number
  readonly records: number
  /** Records that give no document, by reason. */
  readonly bad: Readonly<Record<string, number>>
  readonly documents: number
  /** Of the documents, before hygiene: UTF-8 bytes, UTF-16 units, runs between white space. */
  readonly textBytes: number
  readonly characters: number
  readonly words: number
  readonly tokens: number
  /** Of documents, in tokens where they were counted, else in characters; quantiles within 1 %. */
  readonly lengths: Readonly<Record<'min' | 'p10' | 'p50' | 'p90' | 'p99' | 'max' | 'mean', number>> | null
  /** Keys of the records to three levels (`meta.url`), with the number of records by type of value. */
  readonly fields: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Documents that have what hygiene settings are about. */
  readonly hygiene: Readonly<Record<string, number>>
  /** With filters: documents by verdict, and by recorded words such as the language. */
  readonly verdicts: Readonly<Record<string, number>>
  readonly values: Readonly<Record<string, number>>
  /** Of token ids. */
  readonly specials: Readonly<Record<string, number>>
}

type Sum = 'bytes' | 'records' | 'documents' | 'textBytes' | 'characters' | 'words' | 'tokens'
type Table = 'bad' | 'hygiene' | 'verdicts' | 'values' | 'specials'

/** Collects the counts of an input. Memory is bounded by the constants below. */
export interface Tally {
  add(sum: Sum, amount: number): void
  count(table: Table, name: string, times?: number): void
  fields(record: unknown): void
  text(text: string): void
  length(length: number): void
  merge(other: Tally): void
  result(): InputTally
  readonly state: State
}

interface State {
  readonly sums: Record<Sum, number>
  readonly tables: Record<Table, Map<string, number>>
  readonly fields: Map<string, Map<string, number>>
  /** Documents by class of length: those of class c have lengths in [1.01^c, 1.01^(c + 1)), length 0 has class -1. */
  readonly lengths: Map<number, number>
  sum: number
  min: number
  max: number
}

/** Names kept of a table, and keys of records; what comes after is counted as OTHERS. */
const MOST_NAMES = 1000
const OTHERS = '…'
const MOST_LEVELS = 3
const RATIO = Math.log(1.01)

const marks: readonly (readonly [string, RegExp])[] = [
  ['bom', /^\uFEFF/],
  ['loneSurrogates', /\p{Surrogate}/u],
  ['nul', /\0/],
  ['lineEnds', /\r/],
  ['controls', new RegExp(`[${CONTROLS}]`)],
  ['replacement character', /\uFFFD/],
]

export function createTally(): Tally {
  const state: State = {
    sums: { bytes: 0, records: 0, documents: 0, textBytes: 0, characters: 0, words: 0, tokens: 0 },
    tables: {
      bad: new Map(),
      hygiene: new Map(),
      verdicts: new Map(),
      values: new Map(),
      specials: new Map(),
    },
    fields: new Map(),
    lengths: new Map(),
    sum: 0,
    min: Infinity,
    max: 0,
  }
  const { sums, tables, lengths } = state
  const tally: Tally = {
    state,
    add(sum, amount) {
      sums[sum] += amount
    },
    count: (table, name, times = 1) => addTo(tables[table], name, times),
    fields: (record) => addFields(state.fields, record, '', 1),
    text(text) {
      sums.textBytes += Buffer.byteLength(text)
      sums.characters += text.length
      sums.words += countWords(text)
      for (const [name, pattern] of marks) if (pattern.test(text)) addTo(tables.hygiene, name, 1)
    },
    length(length) {
      const at = length === 0 ? -1 : Math.floor(Math.log(length) / RATIO)
      lengths.set(at, (lengths.get(at) ?? 0) + 1)
      state.sum += length
      state.min = Math.min(state.min, length)
      state.max = Math.max(state.max, length)
    },
    merge({ state: other }) {
      for (const sum of keysOf(sums)) sums[sum] += other.sums[sum]
      for (const table of keysOf(tables)) {
        for (const [name, times] of other.tables[table]) addTo(tables[table], name, times)
      }
      for (const [field, types] of other.fields) {
        for (const [type, times] of types) addField(state.fields, field, type, times)
      }
      for (const [at, times] of other.lengths) lengths.set(at, (lengths.get(at) ?? 0) + times)
      state.sum += other.sum
      state.min = Math.min(state.min, other.min)
      state.max = Math.max(state.max, other.max)
    },
    result: () => ({
      ...sums,
      bad: sorted(tables.bad),
      hygiene: sorted(tables.hygiene),
      verdicts: sorted(tables.verdicts),
      values: sorted(tables.values),
      specials: sorted(tables.specials),
      fields: Object.fromEntries([...state.fields].map(([field, types]) => [field, sorted(types)])),
      lengths: quantiles(state),
    }),
  }
  return tally
}

function quantiles({ lengths, sum, min, max }: State): InputTally['lengths'] {
  const classes = [...lengths].toSorted(([a], [b]) => a - b)
  const count = classes.reduce((total, [, times]) => total + times, 0)
  if (count === 0) return null
  const at = (share: number): number => {
    let seen = 0
    for (const [own, times] of classes) {
      seen += times
      if (seen >= share * count)
        return own < 0 ? 0 : Math.min(max, Math.max(min, Math.round(Math.exp((own + 0.5) * RATIO))))
    }
    return max
  }
  return { min, p10: at(0.1), p50: at(0.5), p90: at(0.9), p99: at(0.99), max, mean: sum / count }
}

function addTo(table: Map<string, number>, name: string, times: number): void {
  const own = table.has(name) || table.size < MOST_NAMES ? name : OTHERS
  table.set(own, (table.get(own) ?? 0) + times)
}

function addField(fields: State['fields'], field: string, type: string, times: number): void {
  const name = fields.has(field) || fields.size < MOST_NAMES ? field : OTHERS
  const types = fields.get(name) ?? new Map<string, number>()
  fields.set(name, types)
  addTo(types, type, times)
}

/** Recursion ends at MOST_LEVELS. */
function addFields(fields: State['fields'], record: unknown, prefix: string, level: number): void {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return
  for (const [key, value] of Object.entries(record)) {
    addField(fields, prefix + key, kindOf(value).replace(/^an? /, ''), 1)
    if (level < MOST_LEVELS) addFields(fields, value, `${prefix}${key}.`, level + 1)
  }
}

/** Runs of characters that are not white space (ASCII's). */
function countWords(text: string): number {
  let words = 0
  let inside = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const isSpace = code === 32 || (code >= 9 && code <= 13)
    if (!isSpace && !inside) words++
    inside = !isSpace
  }
  return words
}

/** Largest first; of equals, by name. */
function sorted(table: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...table].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)))
}

function keysOf<K extends string>(record: Readonly<Record<K, unknown>>): K[] {
  // A record's own keys are its type's.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.keys(record) as K[]
}
