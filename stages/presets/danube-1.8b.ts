import { definePreset } from './define-preset.ts'

export const danube = definePreset({
  name: 'danube-1.8b',
  summary: 'H2O-Danube-1.8B: 1T tokens in four context lengths, 2,048 to 16,384; no code.',
  recipe: `# H2O-Danube-1.8B (arXiv 2401.16818): 1T tokens of web documents, encyclopedia and public knowledge databases, without
# code, in one mix whose shares are not published, over four context lengths: 700B tokens at 2,048, then 100B each at
# 4,096, 8,192 and 16,384. The report counts with Llama 2's tokenizer: {type: sentencepiece, model: llama-2.model}, a
# file of yours.
# Sizes of sources are placeholders for planning, as are shares that the report does not give: set your own, or let
# \`millrace plan --pilot 1000\` measure them. Deduplication, packing and special tokens are not described in the
# report; what is here are this program's defaults.
name: danube-1.8b
seed: 17
tokenizer: mistral-v1

sources:
  web:
    files: ["data/web/*.jsonl.zst"]
    license: NOASSERTION
    acquisition: crawl
    priority: 1
    filters: [language, code-exclusion, gopher-quality, gopher-repetition]
    tokens: 1.2T
  encyclopedia:
    files: ["data/encyclopedia/*.jsonl.gz"]
    license: CC-BY-SA-4.0
    acquisition: public
    priority: 9
    filters: [language]
    tokens: 20B
    maxEpochs: 3
  knowledge:
    files: ["data/knowledge/*.jsonl.gz"]
    license: NOASSERTION
    acquisition: public
    priority: 5
    filters: [language, code-exclusion]
    tokens: 60B
    maxEpochs: 2

dedup: [exact, minhash]

batchTokens: 1179648             # "about 1.18M": 576 sequences of 2,048, 72 of 16,384; 2,000 steps are its 2.36B of warm-up

stages:
  - {name: base, tokens: 1T, mix: {web: 85, encyclopedia: 5, knowledge: 10}}   # shares are not in the report

phases:                          # no phase is a whole number of batches: see "rounded off" in the plan and the ledger
  - {sequenceLength: 2048, tokens: 700B, packing: best-fit}
  - {sequenceLength: 4096, tokens: 100B, packing: best-fit}
  - {sequenceLength: 8192, tokens: 100B, packing: best-fit}
  - {sequenceLength: 16384, tokens: rest, packing: best-fit}

output:
  formats: [packed, megatron]
  shardTokens: 1B
`,
})
