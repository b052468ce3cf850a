/**
 * tokenize: a part: survivors that dedup left → token ids with their specials, by pool, in the order of
 * hash(seed, uid): the order in which the pool will be read. Where the loss counts only some tokens, `.loss` has a byte for
 * each token beside `.tokens`.
 */
import path from 'node:path'
import { withoutCuts } from '../../filters/dedup/blocks.ts'
import { tierOf } from '../../stages/tiers.ts'
import type { TokenIds } from '../../tokenizers/index.ts'
import { UID_WORDS } from '../documents/uid.ts'
import { type Key64, keyedHash } from '../kernels/keyed-hash.ts'
import { sortedOrder } from '../kernels/sort-rows.ts'
import { createOutputFile, type WrittenFile } from '../storage/output-file.ts'
import { type ContaminationResult, createCleaner } from './contaminated.ts'
import { readCuts, spansOf } from './cuts.ts'
import { dedupVerdicts } from './dedup-verdicts.ts'
import { documentEncoder } from './encode-document.ts'
import { openDocuments } from './part-tables.ts'
import { readParts } from './parts.ts'
import { parseTiers, tokenArray } from './pools.ts'
import { withRecordedValues } from './recorded-values.ts'
import type { RefinedPart } from './refine-part.ts'
import { bytesOf, writeRun } from './runs.ts'
import { isMasked, layoutOf } from './source-layout.ts'
import type { Step, StepContext } from './step.ts'
import { decontaminatorOf, tokenizerOf } from './tables.ts'

const NO_TURNS = new Uint32Array()

/** Words of a row of a part's `.POOL.documents` run: order key (2), uid (4), tokens, first token in `.POOL.tokens`. */
export const TOKENIZED_WIDTH = 2 + UID_WORDS + 2

export interface TokenizeInput {
  readonly part: number
  readonly parts: string
  /** Verdict runs of dedup. */
  readonly verdicts: readonly string[]
  /** What dedup cut out of the part's documents, without the ending; null: nothing. */
  readonly cuts: string | null
  readonly path: string
}

export interface TokenizedPool {
  /** Without `.documents` and `.tokens`. */
  readonly path: string
  readonly documents: number
  readonly tokens: number
}

export interface TokenizeResult extends ContaminationResult {
  readonly part: number
  readonly source: string
  readonly pools: Readonly<Record<string, TokenizedPool>>
  /** Documents that dedup took, by method. */
  readonly duplicates: Readonly<Record<string, number>>
  /** Documents without a single token, which nothing can be trained on. */
  readonly empty: number
  /** UTF-8 bytes of the text that was tokenized: with `tokens`, the fertility. */
  readonly textBytes: number
  /** BOS, EOS and control tokens added. */
  readonly specials: number
}

export const tokenize: Step<TokenizeInput, TokenizeResult> = {
  name: 'tokenize',
  revision: 1,
  async run({ part: index, parts, verdicts, cuts: cutsPath, path: output }, context) {
    const part = (await readParts(context, parts))[index]
    if (part === undefined) throw new RangeError(`there is no part ${index}`)
    const duplicates = dedupVerdicts(context.folder, verdicts, index)
    const cuts = readCuts(context.folder, cutsPath ?? undefined)
    const encode = documentEncoder(context.recipe, part.source, tokenizerOf(context.tables))
    const source = context.recipe.sources[part.source]
    const laidOut = layoutOf(source) !== undefined
    const masked = isMasked(source)
    const pools = new Map<string, PoolBuilder>()
    const cleaner = createCleaner(decontaminatorOf(context), context.folder, `${output}.contaminated.jsonl`)
    const counts = { duplicates: {} as Record<string, number>, empty: 0, textBytes: 0, specials: 0 }
    const fill = async (poolOf: PoolChooser): Promise<void> => {
      const table = await openDocuments(path.join(context.folder, `${part.path}.documents.arrow`), laidOut)
      try {
        let row = 0
        for (let at = 0; at < table.batches; at++) {
          const batch = await table.batch(at, { reuse: true })
          const text = batch.column('text')
          const uid = batch.column('uid')
          const record = batch.column('record')
          const turns = laidOut ? batch.column('turns') : undefined
          let done = 0
          for (let i = 0; i < batch.rows; i++, row++) {
            const duplicate = duplicates.get(row)
            if (duplicate !== undefined) {
              const method = context.recipe.dedup[duplicate.method]?.name ?? ''
              counts.duplicates[method] = (counts.duplicates[method] ?? 0) + 1
              continue
            }
            const original = withoutCuts(textBytes(text, i), spansOf(cuts.get(row)))
            const marks = turns?.get(i) ?? NO_TURNS
            // Turns are places in the text: a conversation that something would be cut out of goes as a whole.
            const found = cleaner.find(original, !laidOut)
            if (found !== undefined) {
              const left = found.outcome === 'dropped' ? 0 : encode(found.text, marks).ids.length
              const tokens = encode(original, marks).ids.length - left
              await cleaner.record({ document: row, record: record.values[i] ?? 0 }, tokens, found)
              if (found.outcome === 'dropped') continue
            }
            const bytes = found?.text ?? original
            const { ids, learned, specials } = encode(bytes, marks)
            if (ids.length === 0) {
              counts.empty++
              continue
            }
            counts.textBytes += bytes.length
            counts.specials += specials
            done += ids.length
            const name = await poolOf(record.values[i] ?? 0, ids.length)
            let pool = pools.get(name)
            if (pool === undefined) pools.set(name, (pool = createPoolBuilder(context, masked)))
            pool.add(uid.words, i * UID_WORDS, ids, learned)
          }
          context.progress({ documents: batch.rows, tokens: done })
        }
      } finally {
        await table.close()
      }
    }
    try {
      await withPoolChooser(part, context, fill)
      const { files, result } = await cleaner.commit()
      const written = await writePools(pools, output, context)
      const all = [...files, ...written.files]
      return {
        files: all,
        result: { part: index, source: part.source, pools: written.pools, ...counts, ...result },
      }
    } finally {
      await cleaner.abort()
    }
  },
}

export async function writePools(
  pools: ReadonlyMap<string, PoolBuilder>,
  output: string,
  context: StepContext,
): Promise<{ files: WrittenFile[]; pools: TokenizeResult['pools'] }> {
  const files: WrittenFile[] = []
  const written: Record<string, TokenizedPool> = {}
  for (const [name, pool] of [...pools].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const base = `${output}.${name}`
    files.push(...(await pool.write(path.join(context.folder, base))))
    written[name] = { path: base, documents: pool.documents, tokens: pool.tokens }
  }
  return { files, pools: written }
}

export interface PoolBuilder {
  readonly documents: number
  readonly tokens: number
  add(uid: Uint32Array, at: number, ids: TokenIds, learned?: Uint8Array): void
  /** Writes `BASE.documents`, `BASE.tokens` and, where masked, `BASE.loss`, all in hash order. */
  write(base: string): Promise<WrittenFile[]>
}

export function createPoolBuilder(
  { recipe, scratch }: Pick<StepContext, 'recipe' | 'scratch'>,
  masked = false,
): PoolBuilder {
  const hash = keyedHash(recipe.seed, 'order')
  const key: Key64 = { high: 0, low: 0 }
  const rows: number[] = []
  const documents: TokenIds[] = []
  const masks: (Uint8Array | undefined)[] = []
  let tokens = 0
  return {
    get documents() {
      return documents.length
    },
    get tokens() {
      return tokens
    },
    add(uid, at, ids, learned) {
      hash(uid, at, key)
      rows.push(key.high, key.low, ...uid.subarray(at, at + UID_WORDS), ids.length, 0)
      const kept = tokenArray(ids instanceof Uint16Array ? 2 : 4, ids.length, scratch)
      kept.set(ids)
      documents.push(kept)
      if (masked) masks.push(learned)
      tokens += ids.length
    },
    async write(base) {
      const order = sortedOrder(
        documents.length,
        (row, half) => rows[row * TOKENIZED_WIDTH + half] ?? 0,
        scratch,
      )
      const output = await createOutputFile(`${base}.tokens`)
      const loss = masked ? await createOutputFile(`${base}.loss`) : undefined
      try {
        let first = 0
        for (const row of order) {
          const ids = documents[row] ?? new Uint16Array()
          rows[row * TOKENIZED_WIDTH + TOKENIZED_WIDTH - 1] = first
          first += ids.length
          await output.write(bytesOf(ids))
          await loss?.write(masks[row] ?? new Uint8Array(ids.length).fill(1))
        }
        const run = await writeRun(`${base}.documents`, Uint32Array.from(rows), TOKENIZED_WIDTH, scratch)
        return [run, await output.commit(), ...(loss === undefined ? [] : [await loss.commit()])]
      } finally {
        await output.abort()
        await loss?.abort()
      }
    },
  }
}

/** The pool of a document by its record and number of tokens. */
type PoolChooser = (record: number, tokens: number) => string | Promise<string>

/** Which pool a document goes to: the first tier of its source that takes it, else the source's rest. */
async function withPoolChooser(
  part: RefinedPart,
  context: StepContext,
  use: (poolOf: PoolChooser) => Promise<void>,
): Promise<void> {
  const tiers = parseTiers(context.recipe, part.source)
  if (tiers.length === 0) return use(() => part.source)
  return withRecordedValues(path.join(context.folder, `${part.path}.records.arrow`), (valuesOf) =>
    use(async (record, tokens) => {
      const value = await valuesOf(record)
      const tier = tierOf(tiers, (name) => (name === 'tokens' ? tokens : value(name)))
      return tier === undefined ? part.source : `${part.source}.${tier}`
    }),
  )
}

function textBytes(column: { bytes: Uint8Array; offsets: Int32Array }, row: number): Uint8Array {
  return column.bytes.subarray(column.offsets[row] ?? 0, column.offsets[row + 1] ?? 0)
}
