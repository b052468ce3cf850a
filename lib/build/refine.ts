/**
 * refine: a split → parts. read → map to a document → admit → filters → sketch. Each record gets a row with its fate and
 * every recorded value; survivors get their text, their sketches and their keys written beside it.
 */
import { createHash } from 'node:crypto'
import path from 'node:path'
import type { DedupMethod } from '../../filters/dedup/define-dedup.ts'
import { dedupPasses } from '../../filters/dedup/index.ts'
import { REASON, TAG, type Verdict } from '../../filters/define-filter.ts'
import type { Document } from '../documents/document.ts'
import { columnsOf, createMapper, type Mapper } from '../documents/fields.ts'
import { editTurns } from '../documents/text-edits.ts'
import { type Key64, keyedHash, unitInterval } from '../kernels/keyed-hash.ts'
import type { ReaderItem } from '../readers/define-reader.ts'
import { readItems } from '../readers/index.ts'
import type { WrittenFile } from '../storage/output-file.ts'
import type { ByteSink } from '../storage/stored-bytes.ts'
import {
  createPart,
  createPartBuffers,
  type PartBuilder,
  type RecordRow,
  type RefinedPart,
} from './refine-part.ts'
import { requireSame } from './same-input.ts'
import { layoutOf } from './source-layout.ts'
import type { Step, StepContext } from './step.ts'
import type { InputPiece, Split } from './survey.ts'
import { createFilters, type ReadyFilter, type Tables } from './tables.ts'

export interface RefineInput {
  readonly split: Split
  /** Path of the unit's outputs, relative to the build's folder: parts are `PATH-0000`, …. */
  readonly path: string
}

export interface RefineResult {
  readonly source: string
  readonly parts: readonly RefinedPart[]
  readonly counts: RefineCounts
  /** SHA-256 of the stored bytes of each piece. */
  readonly inputSha256: readonly string[]
}

export interface RefineCounts {
  records: number
  /** Decompressed bytes of the records. */
  bytes: number
  /** UTF-8 bytes of the survivors' text. */
  keptBytes: number
  /** Records by fate: `kept`, `not-sampled`, `unreadable/REASON`, `dropped/FILTER/REASON`. */
  fates: Record<string, number>
  /** Documents whose text was changed, by what changed it. */
  edits: Record<string, number>
  /** Documents kept that a filter would have dropped, and tagged: `FILTER/REASON`. */
  tags: Record<string, number>
}

export const refine: Step<RefineInput, RefineResult> = {
  name: 'refine',
  revision: 1,
  async run({ split, path: output }, context) {
    const refiner = refinerOf(split.source, context)
    const counts: RefineCounts = { records: 0, bytes: 0, keptBytes: 0, fates: {}, edits: {}, tags: {} }
    const parts: RefinedPart[] = []
    const files: WrittenFile[] = []
    const { filters, methods } = refiner
    const buffers = createPartBuffers(methods, context.scratch)
    let part = createPart(filters, methods, buffers, refiner.laidOut)

    const flush = async (): Promise<void> => {
      if (part.records === 0) return
      const name = `${output}-${String(parts.length).padStart(4, '0')}`
      const written = await part.write(path.join(context.folder, name))
      files.push(...written.files)
      parts.push({
        path: name,
        source: split.source,
        files: split.pieces.map(({ file }) => file),
        records: part.records,
        documents: written.documents,
        keys: written.keys,
      })
      part = createPart(filters, methods, buffers, refiner.laidOut)
    }

    const inputSha256: string[] = []
    for (const [file, piece] of split.pieces.entries()) {
      const hash = createHash('sha256')
      let read = 0
      // Progress counts stored bytes: their number is known beforehand, that of the decompressed ones is not.
      const stored = {
        update(bytes: Uint8Array): void {
          hash.update(bytes)
          read += bytes.byteLength
          context.progress({ bytes: bytes.byteLength })
        },
      }
      for await (const items of readPiece(piece, split, context, stored)) {
        for (const item of items) {
          refiner.add(item, file, part, counts)
          if (part.full) await flush()
        }
        context.progress({ documents: items.length })
      }
      await requireSame(piece, read, context)
      inputSha256.push(hash.digest('hex'))
    }
    await flush()
    return { files, result: { source: split.source, parts, counts, inputSha256 } }
  },
}

/** The items of a piece. `hash` sees the stored bytes that lie in it. */
export function readPiece(
  { file, range }: InputPiece,
  { reader, source }: Pick<Split, 'reader' | 'source'>,
  context: Pick<StepContext, 'directory' | 'recipe'>,
  hash?: ByteSink,
): AsyncIterable<ReaderItem[]> {
  const settings = context.recipe.sources[source]
  return readItems(path.resolve(context.directory, file), reader, {
    columns: settings && columnsOf(settings),
    invalidUtf8: settings?.hygiene.invalidUtf8,
    ...(range && { range }),
    ...(hash && { hash }),
  })
}

interface Refiner {
  readonly filters: readonly ReadyFilter[]
  readonly methods: readonly DedupMethod[]
  readonly laidOut: boolean
  /** `file`: place of the item's file in the split. */
  add(item: ReaderItem, file: number, part: PartBuilder, counts: RefineCounts): void
}

const refiners = new WeakMap<Tables, Map<string, Refiner>>()

/**
 * The refiner of a source in this thread: made once, so that its filters' caches serve unit after unit.
 * Each build loads tables of its own, so two builds in one thread share none.
 */
function refinerOf(source: string, context: StepContext): Refiner {
  const known = refiners.get(context.tables) ?? new Map<string, Refiner>()
  refiners.set(context.tables, known)
  const refiner = known.get(source) ?? createRefiner(source, context)
  known.set(source, refiner)
  return refiner
}

function createRefiner(sourceName: string, context: StepContext): Refiner {
  const source = context.recipe.sources[sourceName]
  if (source === undefined) throw new RangeError(`source ${sourceName} is not in the recipe`)
  const map: Mapper = createMapper(source)
  const filters = createFilters(source.filters, context.tables.filters, source.record)
  const { methods } = dedupPasses(context.recipe.dedup).before
  const admit = keyedHash(context.recipe.seed, `sample-${sourceName}`)
  const draw: Key64 = { high: 0, low: 0 }

  const decide = (item: ReaderItem, file: number, part: PartBuilder): [RecordRow, Document?] => {
    const edits: string[] = []
    const at = { file, offset: item.offset, bytes: item.bytes, edits, values: [] }
    const unreadable = (reason: string, detail: string): [RecordRow] => [
      { ...at, fate: 'unreadable', located: undefined, reason, detail },
    ]
    if (item.kind === 'bad') return unreadable(item.reason, item.detail)
    const mapped = map(item.value)
    if ('reason' in mapped) return unreadable(mapped.reason, mapped.detail)
    if (item.invalidUtf8 !== undefined) edits.push('hygiene/invalidUtf8')
    for (const edit of Object.keys(mapped.edits)) edits.push(`hygiene/${edit}`)
    let document = mapped.document
    const located = { id: document.id, url: document.url }
    const uid = part.uid(sourceName, mapped.raw)
    admit(uid.words, uid.at, draw)
    if (unitInterval(draw) >= source.sample) return [{ ...at, fate: 'not-sampled', located }]
    const values: Verdict['values'][] = []
    const earlier: Record<string, Verdict['values']> = {}
    let dropped: Pick<RecordRow, 'filter' | 'reason' | 'value' | 'threshold'> | undefined
    for (const { definition, decide: filter } of filters) {
      const verdict = filter(document, earlier)
      earlier[definition.name] = verdict.values
      const { keep, reason, value, threshold } = verdict
      const isLater = !keep && dropped !== undefined
      values.push(isLater ? { ...verdict.values, [REASON]: reason ?? '' } : verdict.values)
      if (!keep) dropped ??= { filter: definition.name, reason: reason ?? '', value, threshold }
      if (dropped !== undefined && source.record === 'first') break
      if (verdict.text !== undefined && verdict.text !== document.text) {
        document = edited(document, verdict.text, verdict.edits)
        if (dropped === undefined) edits.push(definition.name)
      }
    }
    if (dropped !== undefined) return [{ ...at, fate: 'dropped', located, ...dropped, values }]
    return [{ ...at, fate: 'kept', located, values }, document]
  }

  return {
    filters,
    methods,
    laidOut: layoutOf(source) !== undefined,
    add(item, file, part, counts) {
      const [row, survivor] = decide(item, file, part)
      part.add(row, survivor)
      for (const edit of row.edits) count(counts.edits, edit)
      for (const [place, values] of row.values.entries()) {
        if (row.fate === 'kept' && values[TAG] !== undefined)
          count(counts.tags, `${filters[place]?.definition.name}/${values[TAG]}`)
      }
      counts.records++
      counts.bytes += item.bytes
      if (survivor !== undefined) counts.keptBytes += Buffer.byteLength(survivor.text)
      count(counts.fates, [row.fate, row.filter, row.reason].filter((word) => word !== undefined).join('/'))
    },
  }
}

/** The document with its new text. Throws where it has turns, and nothing says where they are now. */
export function edited({ turns, ...document }: Document, text: string, edits: Verdict['edits']): Document {
  if (turns === undefined) return { ...document, text }
  if (edits === undefined) throw new RangeError('a filter edits a conversation without saying where')
  return { ...document, text, turns: editTurns(turns, edits) }
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}
