import { definePreset } from './define-preset.ts'

export const danube3Small = definePreset({
  name: 'danube3-500m',
  summary: 'H2O-Danube3-500M: 4T tokens in three stages.',
  recipe: `# H2O-Danube3-500M (arXiv 2407.09276): 4T tokens at 8,192 in three stages of 2.8T, 1.15T and 0.05T. Its shares are not
# stated apart from those of the 4B model, 90.6, 81.7 and 51.6 % web, which stand here.
# Sizes of sources are placeholders for planning, as are shares that the report does not give: set your own, or let
# \`millrace plan --pilot 1000\` measure them. Deduplication, packing and special tokens are not described in the
# report; what is here are this program's defaults.
name: danube3-500m
seed: 17
tokenizer: mistral-v1

sources:
  web:
    files: ["data/web/*.jsonl.zst"]
    license: NOASSERTION
    acquisition: crawl
    priority: 1
    filters: [language, code-exclusion, gopher-quality, gopher-repetition]
    tokens: 3.7T
  encyclopedia:
    files: ["data/encyclopedia/*.jsonl.gz"]
    license: CC-BY-SA-4.0
    acquisition: public
    priority: 9
    filters: [language]
    tokens: 60B
    maxEpochs: 4
  academic:
    files: ["data/academic/*.jsonl.gz"]
    license: NOASSERTION
    acquisition: public
    priority: 5
    filters: [language, code-exclusion]
    tokens: 90B
    maxEpochs: 4
  synthetic:
    files: ["data/synthetic/*.jsonl.gz"]
    license: NOASSERTION
    acquisition: synthetic
    priority: 2
    filters: [language]
    tokens: 150B
    maxEpochs: 4
  instruct:
    files: ["data/instruct/*.jsonl"]
    license: NOASSERTION
    acquisition: public
    priority: 3
    template: plain
    tokens: 40B
    maxEpochs: 4

dedup: [exact, minhash]

batchTokens: 1179648             # Danube's batch; a multiple of 8,192

stages:
  - {name: base, tokens: 2.8T, mix: {web: 90.6, encyclopedia: 2, academic: 3, synthetic: 3.4, instruct: 1}}     # web as
  - {name: refine, tokens: 1.15T, mix: {web: 81.7, encyclopedia: 3, academic: 5, synthetic: 7.3, instruct: 3}}  # in the 4B
  - {name: anneal, tokens: 0.05T, mix: {web: 51.6, encyclopedia: 9, academic: 11, synthetic: 15.4, instruct: 13}} # model

phases:
  - {sequenceLength: 8192, tokens: rest, packing: best-fit}

output:
  formats: [packed, megatron]
  shardTokens: 1B
`,
})
