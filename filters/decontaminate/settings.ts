import { z } from 'zod'
import { benchmarkNames } from './benchmarks/index.ts'

/** Words of a seed: where a text and a benchmark share so many in a row, they are compared further. */
export const SEED_WORDS = 5

const fields = z
  .strictObject({
    id: z.string().min(1).optional().describe('Key of the item’s id; the record’s number unless given.'),
    question: z.string().min(1).optional().describe('Key of the question.'),
    answer: z.string().min(1).optional().describe('Key of the answer: a text, or a list of texts.'),
    passage: z.string().min(1).optional().describe('Key of the text that the question is about.'),
    choices: z.string().min(1).optional().describe('Key of the choices: a list of texts.'),
  })
  .refine(({ question, answer, passage }) => question ?? answer ?? passage, {
    error: 'names neither question nor answer nor passage',
  })
  .describe('Where a record of the benchmark has its parts: keys, with dots for nested ones.')

export const matchSettings = z.strictObject({
  ngram: z
    .int()
    .min(SEED_WORDS + 1)
    .max(64)
    .default(13)
    .describe('Words in a row, shared with an item, that make a hit.'),
  minWords: z
    .int()
    .min(SEED_WORDS)
    .max(64)
    .default(8)
    .describe(
      'A text of an item with fewer words than `ngram` makes a hit as a whole, from so many words on; shorter ones are not looked for.',
    ),
  similarity: z
    .number()
    .min(0.5)
    .max(1)
    .nullable()
    .default(0.7)
    .describe(
      'Share of an item’s words (of 50 of them in a longer one), in order and near each other, that makes a hit without `ngram` in a row. null: no such rule.',
    ),
  boilerplate: z
    .int()
    .min(1)
    .max(1000)
    .default(20)
    .describe(
      'Five words in a row that are in more texts of one benchmark than this are boilerplate: where nothing else is shared, there is no hit.',
    ),
  parts: z
    .array(z.enum(['question', 'answer', 'passage']))
    .min(1)
    .default(['question', 'answer'])
    .describe(
      'What is looked for. Passages are not, unless named: they are excerpts of public texts, whose every copy would go.',
    ),
})

export type MatchSettings = z.output<typeof matchSettings>

export const benchmarkUse = z
  .strictObject({
    file: z.string().min(1).describe('Path of the benchmark’s file: JSON lines, JSON, CSV or Parquet.'),
    as: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,63}$/, { error: 'is not a name: lower-case letters, digits and hyphens' })
      .optional()
      .describe(
        `Its name in fates and reports; the file’s name unless given. With one of these, its published fields are known: ${benchmarkNames.join(', ')}.`,
      ),
    fields: fields.optional(),
  })
  .describe('A benchmark that nothing of may be trained on.')

export type BenchmarkUse = z.output<typeof benchmarkUse>

export const decontaminateSettings = matchSettings
  .extend({
    benchmarks: z.array(benchmarkUse).min(1).describe('The benchmarks; their files are yours.'),
    ignore: z
      .array(z.string().min(1))
      .default([])
      .describe('Texts (a famous quotation, a license) that are no evidence where an item contains them.'),
    action: z
      .enum(['drop', 'cut', 'report'])
      .default('drop')
      .describe('Drop the document, cut the spans out of it, or keep it and list what was found.'),
    margin: z
      .int()
      .min(0)
      .max(100_000)
      .default(200)
      .describe('With `cut`: bytes on either side that go too, up to the next white space.'),
  })
  .describe('Takes what is in benchmarks out of the documents that are left after dedup.')

export type DecontaminateSettings = z.output<typeof decontaminateSettings>
