import { z } from 'zod'
import { decontaminateSettings } from '../../filters/decontaminate/index.ts'
import { dedupUse, inOrder } from '../../filters/dedup/index.ts'
import { filterUse } from '../../filters/index.ts'
import { packingUse } from '../../stages/packing/use.ts'
import type { Replay } from '../../stages/types.ts'
import { tokenizerSchema } from '../../tokenizers/index.ts'
import { hygieneSettings } from '../documents/hygiene.ts'
import { baseSettings, limits } from './limits.ts'
import { quantity } from './quantity.ts'
import { conversationNames, formatNames, readerNames, templateNames, tokenFormatNames } from './registries.ts'

/**
 * The recipe: every key with its unit, limits and default. Types and the JSON Schema come from here. What one value
 * cannot show, such as a mix that names an unknown source, is checked in `check.ts`.
 */

/** Of sources, tiers and stages: they become parts of file names and of pool names (`web.top`). */
export const namePattern = /^[a-z][a-z0-9-]{0,63}$/
export const nameProblem =
  'is not a name: use lower-case letters, digits and hyphens, a letter first, 64 at most'
const name = z.string().regex(namePattern, { error: nameProblem })
/** As a record's key: a bad name is found by `check.ts` instead, so that what is under it is checked all the same. */
const nameKey = z.string().meta({ pattern: namePattern.source })

const fields = z
  .strictObject({
    text: z.string().min(1).optional().describe('Key of the text; `text` unless given.'),
    id: z.string().min(1).optional().describe('Key of the document’s own id; `id` unless given.'),
    url: z.string().min(1).optional().describe('Key of the URL; `url` unless given.'),
    tdmReservation: z
      .string()
      .min(1)
      .optional()
      .describe('Key of the TDM reservation, for the filter opt-out; `tdmReservation` unless given.'),
    robots: z
      .string()
      .min(1)
      .optional()
      .describe('Key of the directives to robots, for the filter opt-out; `robots` unless given.'),
    optOut: z
      .string()
      .min(1)
      .optional()
      .describe('Key of another field that forbids, for the filter opt-out; `optOut` unless given.'),
  })
  .describe(
    'Where a record has its text, id, URL and what it says of its use: keys, with dots for nested ones (`meta.url`).',
  )

const tokenized = z
  .strictObject({
    format: z
      .enum(tokenFormatNames)
      .optional()
      .describe(
        'Format of the files; unless given, from their endings. Files beside the one of tokens are found.',
      ),
    specials: z
      .enum(['check', 'add', 'keep'])
      .default('check')
      .describe(
        'BOS and EOS of the documents, against output.documents: check refuses a source in which one document differs, ' +
          'add puts what is asked for and missing, keep takes the documents as they are.',
      ),
    tokenizer: z
      .string()
      .min(1)
      .optional()
      .describe('Name that the files give their tokenizer, where it is not the recipe’s name of it.'),
  })
  .describe('The files hold token ids, made with the recipe’s tokenizer: no filter, dedup or tokenizing.')

const source = z
  .strictObject({
    files: z
      .array(z.string().min(1))
      .min(1)
      .describe(
        'Paths, folders, glob patterns, and lists of them (`@list.txt`, one a line), relative to the recipe’s folder; ' +
          'read in the order of their names.',
      ),
    reader: z
      .enum(readerNames)
      .optional()
      .describe('How files are read; unless given, from their extension and content.'),
    tokenized: tokenized.optional(),
    fields: fields.optional(),
    template: z
      .enum(templateNames)
      .optional()
      .describe('Lays the messages of chat and instruction records out as text.'),
    messages: z
      .enum(conversationNames)
      .optional()
      .describe('For a template: the shape of the records; unless given, each record’s keys tell.'),
    hygiene: hygieneSettings.prefault({}),
    loss: z
      .enum(['answers', 'all'])
      .optional()
      .describe(
        'Tokens that the loss counts: `answers` of conversations, with their EOS, and of token ids what their files’ loss ' +
          'mask counts; or `all`. Unless given: `answers` where the template tells them, else `all`, and token files whose ' +
          'mask leaves tokens out are refused.',
      ),
    license: z.string().min(1).describe('License of the source: an SPDX expression, or NOASSERTION.'),
    acquisition: z
      .enum(['public', 'licensed', 'crawl', 'user', 'synthetic', 'other'])
      .describe('How the source was acquired, in the terms of the EU summary of training content.'),
    priority: z.int().default(0).describe('Of duplicates in several sources, the highest priority is kept.'),
    filters: z
      .array(filterUse)
      .default([])
      .describe(
        'Filters in order: names, or one name with settings. A document goes at the first that drops it.',
      ),
    record: z
      .enum(['first', 'all'])
      .default('first')
      .describe(
        'Values that are recorded of documents that a filter drops: `first`, those up to the rule that failed, which is ' +
          'faster; `all`, those of every rule of every filter, so that thresholds can be loosened without another run.',
      ),
    tiers: z
      .record(nameKey, z.string().min(1))
      .default({})
      .describe(
        'Named parts of the source by an expression over recorded values, e.g. {long: "tokens >= 8192"}. A document ' +
          'is in the first tier that takes it, else in the source’s rest; a mix names a tier as `web.long`.',
      ),
    sample: z
      .number()
      .gt(0)
      .max(1)
      .default(1)
      .describe('Share of the documents that is used, in (0, 1]: drawn by a keyed hash of each.'),
    maxEpochs: limits.maxEpochs.default(1),
    onExhausted: limits.onExhausted.default('error'),
    maxShare: limits.maxShare.optional(),
    minTokens: limits.minTokens.optional(),
    maxRemoval: z
      .number()
      .min(0)
      .max(1)
      .default(0.95)
      .describe('Share of the documents in [0, 1] that may be removed; a build that removes more stops.'),
    tokens: quantity(1)
      .optional()
      .describe('Declared size in tokens, for plans: with it, `millrace plan` needs no files.'),
    tierTokens: z
      .record(nameKey, quantity(1).describe('Tokens of the tier.'))
      .default({})
      .describe('Declared sizes of tiers; the rest of the source has what they leave of `tokens`.'),
  })
  .describe('A named set of input files with a license and an acquisition record.')

const stage = z
  .strictObject({
    name: name.describe('Name of the stage, unique.'),
    tokens: quantity(1)
      .optional()
      .describe('Budget in real tokens, special tokens included; or give `steps`.'),
    steps: z.int().min(1).optional().describe('Budget in training steps of `batchTokens` each.'),
    mix: z
      .record(z.string(), z.number().gt(0).describe('Weight of the pool in this stage, above 0.'))
      .refine((mix) => Object.keys(mix).length > 0, { error: 'needs at least one pool' })
      .describe(
        'Weight of each pool: `source` or `source.tier`, above 0; with a base, `base.source` too. Weights are normalised by ' +
          'their sum.',
      ),
    transition: z
      .strictObject({
        tokens: quantity(1).describe('Window from the stage’s start, in tokens.'),
        shape: z.enum(['step', 'linear', 'cosine']).default('linear').describe('How shares change over it.'),
      })
      .optional()
      .describe('Goes over from the mix of the stage before; at once unless given.'),
    replay: z
      .strictObject({
        stage: z
          .string()
          .describe('Name of an earlier stage, or `base.NAME` for the stage NAME of the recipe’s base.'),
        share: z.number().gt(0).lt(1).describe('Share of this stage that has its mix, in (0, 1).'),
      })
      .optional()
      .describe('Gives a part of the stage to the mix of an earlier one.'),
  })
  .describe('A training stage: a token budget and a mix.')

const phase = z
  .strictObject({
    sequenceLength: z
      .int()
      .min(2)
      .max(2 ** 24)
      .describe('Tokens a sequence, in [2, 2^24].'),
    tokens: z
      .union([z.literal('rest'), quantity(1)], { error: 'is neither a quantity nor `rest`' })
      .default('rest')
      .describe('Budget in real tokens; `rest`, for the last phase only, is what the stages leave.'),
    packing: packingUse
      .prefault('best-fit')
      .describe('How documents are laid into sequences: a name, or one name with its settings.'),
    unit: z
      .enum(['S', 'S+1'])
      .default('S')
      .describe(
        'Tokens stored a sequence: sequenceLength, or one more, for trainers that shift labels in it.',
      ),
  })
  .describe('A context length and a token budget: an axis of its own beside the stages.')

const documents = z
  .strictObject({
    bos: z
      .boolean()
      .default(true)
      .describe('Begin each document with the tokenizer’s BOS token, if it has one.'),
    eos: z
      .boolean()
      .default(true)
      .describe('End each document with the tokenizer’s EOS token, if it has one.'),
  })
  .describe('Special tokens around each document.')

const output = z
  .strictObject({
    formats: z
      .array(z.enum(formatNames))
      .min(1)
      .default(['packed'])
      .describe('Output formats, each of all tokens.'),
    shardTokens: quantity(1).default(1_000_000_000).describe('Tokens a shard; segments end shards too.'),
    documents: documents.prefault({}),
  })
  .describe('What is written.')

const prefer = z
  .preprocess(
    (use) => (typeof use === 'string' ? { value: use } : use),
    z.strictObject({
      value: z
        .string()
        .min(1)
        .describe(
          'A number that a filter records: `gopher-quality.words`, or `words` where one filter has it.',
        ),
      order: z
        .enum(['highest', 'lowest'])
        .default('highest')
        .describe('Which end is kept. Documents without the value come after those with it.'),
    }),
  )
  .describe(
    'Of duplicates in sources of equal priority, which one is kept: by a recorded value, given by its name or with an ' +
      'order. Unless given, and among equals, a keyed hash says.',
  )

export const recipeSchema = z
  .strictObject({
    name: z.string().min(1).max(200).describe('Name of the recipe, for people.'),
    seed: z.int().min(0).default(0).describe('Keys every draw, shuffle and tie.'),
    order: z
      .int()
      .min(0)
      .default(0)
      .describe(
        'Another number goes through every pool in another order, with the same holdout: for averaging models of several orders.',
      ),
    tokenizer: tokenizerSchema
      .default('mistral-v1')
      .describe('A built-in tokenizer’s name, or {type: …} with the settings of that type.'),
    modules: z
      .array(z.string().min(1))
      .default([])
      .describe(
        'Modules with filters of your own, relative to the recipe’s folder: each is then named as the others are.',
      ),
    base: baseSettings.optional(),
    sources: z
      .record(nameKey, source)
      .refine((sources) => Object.keys(sources).length > 0, { error: 'needs at least one source' })
      .describe('The sources by name.'),
    dedup: z
      .array(dedupUse)
      .default([])
      .transform(inOrder)
      .describe(
        'Deduplication methods over all sources: names, or one name with settings. They run as url, exact, then lines, ' +
          'paragraphs and spans, then minhash, in whatever order they are written. Empty: none.',
      ),
    against: z
      .array(z.string().min(1))
      .default([])
      .describe(
        'Finished builds, and indexes of `millrace dedup --index`, relative to the recipe’s folder: what they have goes from ' +
          'the sources by the methods of `dedup`, and nothing of them does. A base needs no mention.',
      ),
    prefer: prefer.optional(),
    decontaminate: decontaminateSettings.optional(),
    holdout: z
      .strictObject({
        tokens: quantity(1).describe('Tokens to hold out for validation.'),
        perSource: z
          .boolean()
          .default(true)
          .describe('Hold out that much of each source rather than of all together.'),
      })
      .optional()
      .describe('Documents kept out of every stage, for validation.'),
    batchTokens: quantity(1)
      .optional()
      .describe(
        'Tokens a training batch: a multiple of every sequence length. Unless given, nothing is rounded.',
      ),
    stages: z.array(stage).min(1).describe('Training stages in order.'),
    phases: z
      .array(phase)
      .min(1)
      .describe('Context-length phases in order; their tokens sum to those of the stages.'),
    output: output.prefault({}),
  })
  .describe('A millrace recipe.')

/** A recipe with every default filled in and every quantity a number. */
export type Recipe = Omit<z.output<typeof recipeSchema>, 'stages'> & { readonly stages: readonly Stage[] }

/** A stage whose budget is in tokens, as `steps` are resolved. */
export type Stage = Omit<z.output<typeof stage>, 'steps' | 'tokens' | 'replay'> & {
  readonly tokens: number
  /** With its mix where it is of the base. */
  readonly replay?: Replay | undefined
}

/** A recipe as it is written. */
export type RecipeInput = z.input<typeof recipeSchema>

/** The JSON Schema (draft 2020-12) of a recipe as it is written, for editors. */
export function recipeJsonSchema(): z.core.JSONSchema.JSONSchema {
  return { ...z.toJSONSchema(recipeSchema, { io: 'input' }) }
}
