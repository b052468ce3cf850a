import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { MillraceError, systemReason } from '../lib/errors.ts'
import {
  createTokenizer,
  type LoadedTokenizer,
  loadTokenizer,
  tokenizerSchema,
  tokenizers,
} from '../tokenizers/index.ts'
import { defineFilter, keep } from './define-filter.ts'
import { createLabelJudge, labelLimits, labelRules } from './models/label-scores.ts'
import { createOnnxThread, type OnnxModel, type OnnxThread } from './models/onnx.ts'

/** UTF-16 code units of a text that are tokenized for each token that is read. */
const CHARACTERS_PER_TOKEN = 64

interface Tables {
  readonly model: OnnxModel
  readonly tokenizer: LoadedTokenizer
}

/**
 * A text classifier as ONNX (BERT and its kin): its scores of a document's first tokens. What is read of a text is its
 * first `firstTokens` tokens, the special ones among them, and of those only what lies in its first 64 * `firstTokens`
 * characters. A text without a token is not scored, and kept.
 */
export const onnx = defineFilter({
  name: 'onnx',
  summary: 'Scores documents by a text classifier in ONNX, and drops them by the scores of its labels.',
  revision: 1,
  settings: z.strictObject({
    model: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe('Path of the model (.onnx), its weights in the same file. It has to be given.'),
    tokenizer: tokenizerSchema
      .nullable()
      .default(null)
      .describe(
        "The model's tokenizer, as a recipe's: e.g. {type: huggingface, model: tokenizer.json}. It has to be given.",
      ),
    specials: z
      .boolean()
      .default(true)
      .describe(
        "Whether tokens stand between the tokenizer's BOS and EOS, where it has them: BERT's [CLS] and [SEP].",
      ),
    firstTokens: z
      .int()
      .min(1)
      .max(1 << 17)
      .default(512)
      .describe(
        'Tokens that are read, special ones included: the first of the document. What comes after is not read.',
      ),
    labels: z
      .array(z.string().min(1))
      .max(65_536)
      .default([])
      .describe("Names of the model's scores, in their order, e.g. [low, high]. They have to be given."),
    output: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe("Name of the model's output that has the scores; null: its first."),
    activation: z
      .enum(['softmax', 'sigmoid', 'none'])
      .default('softmax')
      .describe(
        'What makes scores of what the model gives: softmax over all labels, sigmoid of each label by itself, or none, e.g. for a model that gives grades.',
      ),
    label: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe("The label whose score is recorded as score; null: each document's likeliest."),
    minScores: labelLimits('Least'),
    maxScores: labelLimits('Highest'),
    lowerCase: z
      .boolean()
      .default(false)
      .describe('Whether the text is read in lower case, where the tokenizer does not do that itself.'),
  }),
  paths: ['model', 'tokenizer.model'],
  dependsOn: ({ tokenizer }) =>
    typeof tokenizer === 'object' && tokenizer !== null ? (tokenizers[tokenizer.type]?.revision ?? 0) : 0,
  reasons: ['low_score', 'high_score'],
  values: { label: 'string', score: 'number', tokens: 'number' },
  unicode: true,
  rules: labelRules,
  load: async (settings): Promise<Tables> => {
    const { model: file, tokenizer, labels, output, firstTokens } = settings
    if (file === null) throw missing('model', 'model: classifier.onnx')
    if (tokenizer === null)
      throw missing('tokenizer', 'tokenizer: {type: huggingface, model: tokenizer.json}')
    if (labels.length === 0) throw missing('labels', 'labels: [low, high]')
    requireNamed(labels, settings)
    const loaded = { tokenizer: await loadTokenizer(tokenizer) }
    const model = { file, bytes: await readShared(file), output, labels: labels.length, firstTokens }
    const thread = createOnnxThread(model)
    try {
      thread.scores([0]) // any model and any vocabulary have a token 0: what is wrong with a model shows now
    } finally {
      thread.close()
    }
    return { model, ...loaded }
  },
  create: ({ specials, firstTokens, activation, lowerCase, ...settings }, tables) => {
    const tokenizer = createTokenizer(tables.tokenizer)
    const judge = createLabelJudge(settings.labels, settings)
    const around = (id: number | undefined): number[] => (specials && id !== undefined ? [id] : [])
    const [before, after] = [around(tokenizer.bos), around(tokenizer.eos)]
    const room = Math.max(0, firstTokens - before.length - after.length)
    return ({ text }) => {
      const read = beginning(text, CHARACTERS_PER_TOKEN * firstTokens)
      const ids = tokenizer.encode(lowerCase ? read.toLowerCase() : read).subarray(0, room)
      if (ids.length === 0) return keep({ tokens: 0 })
      const tokens = [...before, ...ids, ...after].slice(0, firstTokens)
      const scores = Float64Array.from(threadOf(tables.model).scores(tokens))
      activate(scores, activation)
      return scores.some(Number.isNaN)
        ? keep({ tokens: tokens.length })
        : judge(scores, { tokens: tokens.length })
    }
  },
})

const threads = new WeakMap<OnnxModel, OnnxThread>()

/** The session of this thread for a model: made with the first document, and kept. */
function threadOf(model: OnnxModel): OnnxThread {
  const known = threads.get(model) ?? createOnnxThread(model)
  threads.set(model, known)
  return known
}

/** The first `length` code units, without half of a character. */
function beginning(text: string, length: number): string {
  if (text.length <= length) return text
  const last = text.charCodeAt(length - 1)
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? length - 1 : length)
}

function activate(scores: Float64Array, activation: 'softmax' | 'sigmoid' | 'none'): void {
  if (activation === 'none') return
  const greatest = Math.max(...scores)
  let sum = 0
  for (const [at, score] of scores.entries()) {
    const power = activation === 'softmax' ? Math.exp(score - greatest) : 1 / (1 + Math.exp(-score))
    scores[at] = power
    sum += power
  }
  if (activation === 'softmax') for (const [at, power] of scores.entries()) scores[at] = power / sum
}

async function readShared(file: string): Promise<Uint8Array> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new MillraceError(
      'INPUT_MISSING',
      `cannot read the model ${file}: ${systemReason(error)}`,
      { file, fix: 'Correct the path in the settings of the filter onnx.' },
      { cause: error },
    )
  })
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
  shared.set(bytes)
  return shared
}

function missing(setting: string, example: string): MillraceError {
  return new MillraceError('RECIPE_INVALID', `The filter onnx has no ${setting}.`, {
    key: `onnx.${setting}`,
    fix: `Give it, e.g. {onnx: {${example}, …}}.`,
  })
}

function requireNamed(
  labels: readonly string[],
  { label, minScores, maxScores }: Parameters<typeof labelRules>[0],
): void {
  const used = {
    label: label === null ? [] : [label],
    minScores: Object.keys(minScores),
    maxScores: Object.keys(maxScores),
  }
  for (const [key, names] of Object.entries(used)) {
    const unknown = names.find((name) => !labels.includes(name))
    if (unknown === undefined) continue
    throw new MillraceError('RECIPE_INVALID', `The onnx labels do not have "${unknown}".`, {
      key: `onnx.${key}`,
      got: unknown,
      fix: `Name some of its labels: ${labels.join(', ')}.`,
    })
  }
}
