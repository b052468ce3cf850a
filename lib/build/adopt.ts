/**
 * adopt: a part of token ids → pools, in the order of hash(seed, uid). What tokenizing is to text: checks that the ids are
 * those of the recipe's tokenizer, and puts or counts BOS and EOS.
 */
import path from 'node:path'
import { tierOf } from '../../stages/tiers.ts'
import type { TokenIds, Tokenizer } from '../../tokenizers/index.ts'
import { type GivenTokens, UID_WORDS } from '../documents/uid.ts'
import { MillraceError } from '../errors.ts'
import type { Recipe } from '../recipe/schema.ts'
import { openTable } from '../storage/arrow-table.ts'
import { createCleaner } from './contaminated.ts'
import { TOKEN_COLUMNS } from './part-tables.ts'
import { readParts } from './parts.ts'
import { parseTiers, tokenArray, tokenWidth } from './pools.ts'
import type { RefinedPart } from './refine-part.ts'
import { isMasked } from './source-layout.ts'
import type { Step } from './step.ts'
import { decontaminatorOf, tokenizerOf } from './tables.ts'
import { createPoolBuilder, type PoolBuilder, type TokenizeResult, writePools } from './tokenize.ts'

export interface AdoptInput {
  readonly part: number
  readonly parts: string
  readonly path: string
}

export interface AdoptResult extends TokenizeResult {
  readonly adopted: AdoptedCounts
}

/** Documents with at least one token, and how many of them begin with BOS and end with EOS as they came. */
export interface AdoptedCounts {
  readonly documents: number
  readonly bos: number
  readonly eos: number
}

export const adopt: Step<AdoptInput, AdoptResult> = {
  name: 'adopt',
  revision: 2,
  async run({ part: index, parts, path: output }, context) {
    const part = (await readParts(context, parts))[index]
    if (part === undefined) throw new RangeError(`there is no part ${index}`)
    const { recipe } = context
    const decontaminates = recipe.decontaminate !== undefined
    const tokenizer = tokenizerOf(context.tables)
    requireTokenizer(part, recipe, tokenizer)
    const complete = specialsAdder(recipe, part.source, tokenizer)
    const tiers = parseTiers(recipe, part.source)
    const { loss } = recipe.sources[part.source] ?? {}
    const masked = isMasked(recipe.sources[part.source])
    const pools = new Map<string, PoolBuilder>()
    const adopted = { documents: 0, bos: 0, eos: 0 }
    const counts = { duplicates: {}, empty: 0, textBytes: 0, specials: 0 }
    const cleaner = createCleaner(decontaminatorOf(context), context.folder, `${output}.contaminated.jsonl`)
    const table = await openTable(path.join(context.folder, `${part.path}.documents.arrow`), TOKEN_COLUMNS)
    try {
      for (let at = 0; at < table.batches; at++) {
        const batch = await table.batch(at, { reuse: true })
        const [uid, record, ids] = [batch.column('uid'), batch.column('record'), batch.column('ids')]
        const learned = batch.column('learned')
        for (let row = 0; row < batch.rows; row++) {
          const given = { ids: ids.get(row), learned: maskOf(learned.get(row)) }
          if (given.ids.length === 0) {
            counts.empty++
            continue
          }
          requireKnown(given.ids, part, tokenizer)
          if (loss === undefined && given.learned !== undefined) throw undecidedLoss(part)
          // Ids stay as they came: a document that something would be cut out of goes as a whole.
          const found = decontaminates
            ? cleaner.find(Buffer.from(tokenizer.decode(given.ids)), false)
            : undefined
          if (found !== undefined) {
            const place = { document: batch.start + row, record: record.values[row] ?? 0 }
            await cleaner.record(place, found.outcome === 'dropped' ? complete(given).ids.length : 0, found)
            if (found.outcome === 'dropped') continue
          }
          adopted.documents++
          if (given.ids[0] === tokenizer.bos) adopted.bos++
          if (given.ids[given.ids.length - 1] === tokenizer.eos) adopted.eos++
          const whole = complete(given)
          counts.specials += whole.ids.length - given.ids.length
          const tier = tierOf(tiers, (name) => (name === 'tokens' ? whole.ids.length : undefined))
          const name = tier === undefined ? part.source : `${part.source}.${tier}`
          let pool = pools.get(name)
          if (pool === undefined) pools.set(name, (pool = createPoolBuilder(context, masked)))
          pool.add(uid.words, row * UID_WORDS, whole.ids, whole.learned)
        }
        context.progress({ documents: batch.rows, tokens: ids.values.length })
      }
      const { files, result } = await cleaner.commit()
      const written = await writePools(pools, output, context)
      const all = [...files, ...written.files]
      const own = { part: index, source: part.source, pools: written.pools }
      return { files: all, result: { ...own, ...counts, ...result, adopted } }
    } finally {
      await table.close()
      await cleaner.abort()
    }
  },
}

/** The lists' column is in a buffer that is used again; an empty list says that all ids are learned. */
function maskOf(list: Uint8Array): Uint8Array | undefined {
  return list.length === 0 ? undefined : list.slice()
}

/**
 * A document as it goes to the pool: with `specials: add`, BOS and EOS that output.documents asks for and that miss. Of a
 * document with a mask, a BOS that is put is not learned, and an EOS is where the id before it is. A mask counts with
 * `loss: answers` only.
 */
export function specialsAdder(
  recipe: Recipe,
  source: string,
  { bos, eos, vocabularySize }: Pick<Tokenizer, 'bos' | 'eos' | 'vocabularySize'>,
): (given: GivenTokens) => { ids: TokenIds; learned: Uint8Array | undefined } {
  const adds = recipe.sources[source]?.tokenized?.specials === 'add'
  const asked = recipe.output.documents
  const width = tokenWidth(vocabularySize)
  const masked = isMasked(recipe.sources[source])
  return ({ ids, learned }) => {
    const before = adds && asked.bos && bos !== undefined && ids[0] !== bos ? [bos] : []
    const after = adds && asked.eos && eos !== undefined && ids[ids.length - 1] !== eos ? [eos] : []
    const whole = tokenArray(width, before.length + ids.length + after.length)
    whole.set(before, 0)
    whole.set(ids, before.length)
    whole.set(after, before.length + ids.length)
    if (!masked || learned === undefined) return { ids: whole, learned: undefined }
    const mask = new Uint8Array(whole.length)
    mask.set(learned, before.length)
    if (after.length > 0) mask[mask.length - 1] = learned[learned.length - 1] ?? 0
    return { ids: whole, learned: mask }
  }
}

function undecidedLoss({ files, source }: RefinedPart): MillraceError {
  const [file = ''] = files
  const message = `${file} has a loss mask that leaves tokens out, and the source does not say what becomes of it`
  return new MillraceError('RECIPE_INVALID', message, {
    file,
    key: `sources.${source}.loss`,
    fix: `Set sources.${source}.loss: answers to learn what the mask counts, or all to learn every token.`,
  })
}

/** Files that cannot be of the recipe's tokenizer: of another name, or too narrow for its ids. */
function requireTokenizer(
  { source, files, tokenized }: RefinedPart,
  recipe: Recipe,
  tokenizer: Tokenizer,
): void {
  const [file = ''] = files
  const { dtype = '', tokenizer: told } = tokenized ?? {}
  const names = [recipe.sources[source]?.tokenized?.tokenizer, tokenizer.name]
  if (told !== undefined && !names.includes(told)) {
    throw new MillraceError(
      'INPUT_DAMAGED',
      `${file} was made with the tokenizer ${told}, not ${tokenizer.name}`,
      {
        file,
        key: `sources.${source}.tokenized.tokenizer`,
        got: told,
        fix: `Set sources.${source}.tokenized.tokenizer to ${JSON.stringify(told)} if that is the same one, else leave the file out.`,
      },
    )
  }
  if (dtype === 'uint16' && tokenWidth(tokenizer.vocabularySize) > 2) {
    throw new MillraceError('INPUT_DAMAGED', `${file} has ids of 16 bits, too narrow for ${tokenizer.name}`, {
      file,
      got: dtype,
      limit: tokenizer.vocabularySize,
      fix: 'It was made with another tokenizer: leave it out, or set that tokenizer.',
    })
  }
}

function requireKnown(ids: Uint32Array, { files, source }: RefinedPart, tokenizer: Tokenizer): void {
  for (const id of ids) {
    if (id < tokenizer.vocabularySize) continue
    const file = files[0] ?? ''
    throw new MillraceError('INPUT_DAMAGED', `${file} has id ${id}, which ${tokenizer.name} does not have`, {
      file,
      key: `sources.${source}.files`,
      got: id,
      limit: tokenizer.vocabularySize - 1,
      fix: 'It was made with another tokenizer, or is damaged: leave it out, or set that tokenizer.',
    })
  }
}

/**
 * Refuses sources of token ids whose documents are not as `output.documents` has those of all others, unless their
 * `tokenized.specials` says otherwise. Tells the shares that were found.
 */
export function requireConvention(
  recipe: Recipe,
  tokenizer: Pick<Tokenizer, 'bos' | 'eos'>,
  adopted: readonly AdoptResult[],
): void {
  for (const [source, { tokenized }] of Object.entries(recipe.sources)) {
    if (tokenized?.specials !== 'check') continue
    const own = adopted.filter((result) => result.source === source).map((result) => result.adopted)
    const total = (of: keyof AdoptedCounts): number => own.reduce((sum, counts) => sum + counts[of], 0)
    const documents = total('documents')
    for (const special of ['bos', 'eos'] as const) {
      if (tokenizer[special] === undefined) continue
      const found = total(special)
      const asked = recipe.output.documents[special]
      if (found === (asked ? documents : 0)) continue
      const does = special === 'bos' ? 'begin with BOS' : 'end with EOS'
      throw new MillraceError(
        'RECIPE_INVALID',
        `source ${source}: ${found} of ${documents} tokenized documents ${does}, and output.documents.${special} is ${asked}`,
        {
          key: `sources.${source}.tokenized.specials`,
          got: found,
          limit: asked ? documents : 0,
          fix: `Set sources.${source}.tokenized.specials: ${asked ? 'add to put what misses, or ' : ''}keep to take the documents as they are.`,
        },
      )
    }
  }
}
