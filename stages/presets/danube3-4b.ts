import { definePreset } from './define-preset.ts'

export const danube3 = definePreset({
  name: 'danube3-4b',
  summary: 'H2O-Danube3-4B: 6T tokens in three stages of 90.6, 81.7 and 51.6 % web.',
  recipe: `# H2O-Danube3-4B (arXiv 2407.09276): 6T tokens at 8,192 in three stages, of 90.6, 81.7 and 51.6 % web. The other sources
# are named, synthetic texts among them; not how they share the rest.
# Sizes of sources are placeholders for planning, as are shares that the report does not give: set your own, or let
# \`millrace plan --pilot 1000\` measure them. Deduplication, packing and special tokens are not described in the
# report; what is here are this program's defaults.
name: danube3-4b
seed: 17
tokenizer: mistral-v1

sources:
  web:
    files: ["data/web/*.jsonl.zst"]
    license: NOASSERTION
    acquisition: crawl
    priority: 1
    filters: [language, code-exclusion, gopher-quality, gopher-repetition]
    tokens: 5.5T
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
    tokens: 120B
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
  - {name: base, tokens: 4.6T, mix: {web: 90.6, encyclopedia: 2, academic: 3, synthetic: 3.4, instruct: 1}}     # only web
  - {name: refine, tokens: 1.35T, mix: {web: 81.7, encyclopedia: 3, academic: 5, synthetic: 7.3, instruct: 3}}  # is from
  - {name: anneal, tokens: 0.05T, mix: {web: 51.6, encyclopedia: 9, academic: 11, synthetic: 15.4, instruct: 13}} # the report

phases:
  - {sequenceLength: 8192, tokens: rest, packing: best-fit}

output:
  formats: [packed, megatron]
  shardTokens: 1B
`,
})
