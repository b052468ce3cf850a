import type { DedupMethod } from '../../filters/dedup/define-dedup.ts'
import type { Value, Verdict } from '../../filters/define-filter.ts'
import type { Document } from '../documents/document.ts'
import { UID_BYTES, UID_WORDS, writeUid } from '../documents/uid.ts'
import type { Scratch } from '../kernels/scratch.ts'
import { type WrittenFile, writeWhole } from '../storage/output-file.ts'
import { INDEX_WIDTH, indexKey } from './index-keys.ts'
import { writeDocuments, writeRecords } from './part-tables.ts'
import { bytesOf, writeRun } from './runs.ts'
import { createSurvivors, type Survivors } from './survivors.ts'
import type { ReadyFilter } from './tables.ts'

/** Bytes of survivors' text, and records, after which a part is closed: they bound a refining worker's memory. */
const PART_TEXT_BYTES = 16 << 20
export const PART_RECORDS = 32_768

/** Words of a row of the keys run: key (2), row in the part's documents. */
export const KEYS_WIDTH = 3

/** The record's fate as far as refining can tell; dedup and the schedule decide over what is `kept`. */
export type RefineFate = 'kept' | 'dropped' | 'unreadable' | 'not-sampled'

/** One part of a unit's output: five files that start with `path`. */
export interface RefinedPart {
  /** Relative to the build's folder, without extension. */
  readonly path: string
  readonly source: string
  /** The unit's input files, as in the inventory; records name theirs by its place. */
  readonly files: readonly string[]
  readonly records: number
  /** Survivors: rows of `.documents.arrow` and `.sketches`. */
  readonly documents: number
  /** Rows of `.keys`. */
  readonly keys: number
  /** Where `.sketches` and `.keys` of what dedup left of the texts are; unset: beside the other files. */
  readonly edited?: string
  /** Set for a part of a finished corpus: its documents take others, and never go. */
  readonly indexed?: IndexedFacts
  /** Set where the documents came as token ids: `.documents.arrow` has them in place of text; no sketches, no keys. */
  readonly tokenized?: TokenizedFacts
}

/** How a part of a finished corpus is read. */
export interface IndexedFacts {
  /** Words of a row of `.sketches`, and where in it those of each of the pass's methods begin. */
  readonly width: number
  readonly columns: readonly number[]
  /** Verdict runs that have it as part `part`: documents that the corpus itself has lost. */
  readonly verdicts: readonly string[]
  readonly part: number
  /** Where its documents' texts are, of a build; `edited`: what was cut out of them before this pass. */
  readonly texts?: { readonly path: string; readonly laidOut: boolean; readonly edited?: string }
  /** Where what exact comparisons compare is, of a dedup index, and the place of each of the pass's methods there. */
  readonly features?: { readonly path: string; readonly methods: readonly number[] }
}

/** What token files say of themselves. */
export interface TokenizedFacts {
  readonly format: string
  /** How ids were stored: `uint16`. */
  readonly dtype: string
  readonly tokenizer?: string
}

/** Everything about one record but its text. */
export interface RecordRow {
  /** Place of its file among the part's. */
  readonly file: number
  readonly offset: number
  readonly bytes: number
  readonly fate: RefineFate
  /** Undefined where the record could not be read. Never the text: rows stay in memory until the part is written. */
  readonly located: Pick<Document, 'id' | 'url'> | undefined
  /** The filter that dropped it, or the reader's or mapper's reason. */
  readonly filter?: string
  readonly reason?: string
  readonly detail?: string
  readonly value?: Value | null
  readonly threshold?: Value | null
  /** What changed its text: `hygiene/bom`, or a filter's name. */
  readonly edits: readonly string[]
  /** Recorded values of the filters that judged it, in their order. */
  readonly values: readonly Verdict['values'][]
}

export interface PartBuilder {
  readonly records: number
  readonly full: boolean
  /** Writes the uid of a raw document where the next record's will be, and returns the words with their position. */
  uid(source: string, raw: Document): { words: Uint32Array; at: number }
  add(row: RecordRow, survivor?: Document): void
  /** Writes the files of the part to `base` (absolute). */
  write(base: string): Promise<{ files: WrittenFile[]; documents: number; keys: number }>
}

/** What a unit's parts are filled into, one after another. */
export interface PartBuffers {
  readonly survivors: Survivors
  /** `PART_RECORDS * UID_WORDS` words; zero for records that could not be read. */
  readonly uids: Uint32Array
  /** A row of `sketchRowWords` for each survivor. */
  readonly sketches: Uint32Array
}

/** The buffers are for the largest part that can be; what a part does not fill is never touched. */
export function createPartBuffers(methods: readonly DedupMethod[], scratch: Scratch): PartBuffers {
  return {
    // Twice the text: a part is closed by the text that reaches its end, and each is given place for three bytes a unit.
    survivors: createSurvivors(scratch.bytes(2 * PART_TEXT_BYTES)),
    uids: scratch.words(PART_RECORDS * UID_WORDS),
    sketches: scratch.words(PART_RECORDS * sketchRowWords(methods)),
  }
}

/** `buffers` are cleared, and used until the part is written. `laidOut`: whether documents have turns. */
export function createPart(
  filters: readonly ReadyFilter[],
  methods: readonly DedupMethod[],
  buffers: PartBuffers,
  laidOut: boolean,
): PartBuilder {
  const { survivors, uids, sketches } = buffers
  survivors.clear()
  uids.fill(0)
  const rows: RecordRow[] = []
  const uidBytes = bytesOf(uids)
  const sketchWords = sketchRowWords(methods)

  const addSurvivor = (document: Document): void => {
    const row = survivors.count
    let at = row * sketchWords
    sketches.fill(0, at, at + sketchWords)
    const record = rows.length - 1
    sketches.set(uids.subarray(record * UID_WORDS, (record + 1) * UID_WORDS), at)
    at += UID_WORDS
    for (const method of methods) {
      method.sketch(document, sketches, at)
      at += method.sketchWords
    }
    survivors.add(record, document)
  }

  return {
    get records() {
      return rows.length
    },
    get full() {
      return rows.length >= PART_RECORDS || survivors.bytes >= PART_TEXT_BYTES
    },
    uid(source, raw) {
      writeUid(source, raw, uidBytes, rows.length * UID_BYTES)
      return { words: uids, at: rows.length * UID_WORDS }
    },
    add(row, survivor) {
      rows.push(row)
      if (survivor !== undefined) addSurvivor(survivor)
    },
    async write(base) {
      const keys = collectKeys(survivors.count, sketches, methods)
      const files = [
        await writeRecords(`${base}.records.arrow`, rows, uidBytes, survivors, filters),
        await writeDocuments(`${base}.documents.arrow`, survivors, uidBytes, laidOut),
        await writeWhole(`${base}.sketches`, bytesOf(sketches.subarray(0, survivors.count * sketchWords))),
        await writeRun(`${base}.keys`, keys, KEYS_WIDTH),
        await writeRun(`${base}.index`, collectIndex(rows, uids), INDEX_WIDTH),
      ]
      return { files, documents: survivors.count, keys: keys.length / KEYS_WIDTH }
    },
  }
}

/** Path of a part's `.sketches` and `.keys`, without the ending. */
export function sketchedPath(part: RefinedPart): string {
  return part.edited ?? part.path
}

/** Words of a row of `.sketches`: the uid, then each method's sketch. */
export function sketchRowWords(methods: readonly DedupMethod[]): number {
  return methods.reduce((total, method) => total + method.sketchWords, UID_WORDS)
}

/** Rows of the keys of documents [0, count), without those that `has` leaves out. */
export function collectKeys(
  count: number,
  sketches: Uint32Array,
  methods: readonly DedupMethod[],
  has: (document: number) => boolean = () => true,
): Uint32Array {
  const perDocument = methods.reduce((total, method) => total + method.maxKeys, 0)
  const keys = new Uint32Array(count * perDocument * KEYS_WIDTH)
  const own = new Uint32Array(Math.max(0, ...methods.map((method) => method.maxKeys)) * 2)
  const width = sketchRowWords(methods)
  let at = 0
  for (let row = 0; row < count; row++) {
    if (!has(row)) continue
    let sketch = row * width + UID_WORDS
    for (const method of methods) {
      const found = method.keys(sketches, sketch, own, 0)
      for (let key = 0; key < found; key++) {
        keys[at++] = own[key * 2] ?? 0
        keys[at++] = own[key * 2 + 1] ?? 0
        keys[at++] = row
      }
      sketch += method.sketchWords
    }
  }
  return keys.subarray(0, at)
}

export function collectIndex(rows: readonly RecordRow[], uids: Uint32Array): Uint32Array {
  const index: number[] = []
  for (const [record, row] of rows.entries()) {
    if (row.located === undefined) continue
    index.push(uids[record * UID_WORDS] ?? 0, uids[record * UID_WORDS + 1] ?? 0, 0, record)
    if (row.located.url === undefined) continue
    for (const [high, low, kind] of indexKey(row.located.url)) index.push(high, low, kind, record)
  }
  return Uint32Array.from(index)
}
