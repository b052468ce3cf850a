import path from 'node:path'
import { z } from 'zod'
import type { Verdict } from '../../../filters/index.ts'
import { onnx } from '../../../filters/onnx.ts'

/** What generate_onnx.py prints: onnxruntime's logits of each text, by model. */
export const onnxCases = z.object({
  firstTokens: z.number(),
  texts: z.array(z.string()),
  tokens: z.array(z.number()),
  logits: z.record(z.string(), z.array(z.array(z.number()))),
})

/** Labels by number of scores. */
const LABELS: Readonly<Record<number, readonly string[]>> = {
  1: ['grade'],
  2: ['no', 'yes'],
  3: ['plain', 'sale', 'chat'],
}

type Given = { scores?: number; [setting: string]: unknown }
type Judge = (text: string) => Verdict

/** A model of the script, loaded once; what it gives makes judges of other settings of labels and scores. */
export async function onnxJudges(
  folder: string,
  name: string,
  { scores = 3, ...given }: Given = {},
): Promise<(more?: object) => Judge> {
  const settings = {
    model: path.join(folder, `onnx-${name}.onnx`),
    tokenizer: { type: 'huggingface', model: path.join(folder, 'onnx-tokenizer.json') },
    firstTokens: 12,
    labels: LABELS[scores],
    ...given,
  }
  const tables = await onnx.load!(onnx.settings.parse(settings))
  return (more = {}) => {
    const decide = onnx.create(onnx.settings.parse({ ...settings, ...more }), tables)
    return (text) => decide({ text, id: undefined, url: undefined })
  }
}

export async function onnxJudge(folder: string, name: string, given: Given = {}): Promise<Judge> {
  return (await onnxJudges(folder, name, given))()
}

/** The greatest difference of a score that the filter gives, label by label, from what the runtime's logits say. */
export async function onnxDifference(
  folder: string,
  name: string,
  cases: z.infer<typeof onnxCases>,
  activation: 'softmax' | 'sigmoid' | 'none',
): Promise<number> {
  const logits = cases.logits[name] ?? []
  const scores = logits[0]?.length ?? 0
  let greatest = logits.length === 0 ? Number.NaN : 0
  const judges = await onnxJudges(folder, name, { scores, activation })
  for (const [place, label] of (LABELS[scores] ?? []).entries()) {
    const judge = judges({ label })
    for (const [at, text] of cases.texts.entries()) {
      const { score, tokens } = judge(text).values
      const own = logits[at] ?? []
      const sum = own.reduce((total, logit) => total + Math.exp(logit), 0)
      const logit = own[place] ?? Number.NaN
      const expected = {
        none: logit,
        sigmoid: 1 / (1 + Math.exp(-logit)),
        softmax: Math.exp(logit) / sum,
      }[activation]
      if (tokens !== cases.tokens[at]) return Number.NaN
      greatest = Math.max(greatest, Math.abs(Number(score) - expected))
    }
  }
  return greatest
}
