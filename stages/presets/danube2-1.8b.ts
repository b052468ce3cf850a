import { definePreset } from './define-preset.ts'

export const danube2 = definePreset({
  name: 'danube2-1.8b',
  summary: 'H2O-Danube2-1.8B: 2T tokens in three stages of 84.5, 72.8 and 55.5 % web.',
  recipe: `# H2O-Danube2-1.8B (arXiv 2401.16818): 2T tokens at 8,192 in three stages, of 84.5, 72.8 and 55.5 % web. The report
# names the other sources, whose share grows: instruction data, Wikipedia, academic texts and other texts of higher
# quality; not how they share the rest.
# Sizes of sources are placeholders for planning, as are shares that the report does not give: set your own, or let
# \`millrace plan --pilot 1000\` measure them. Deduplication, packing and special tokens are not described in the
# report; what is here are this program's defaults.
name: danube2-1.8b
seed: 17
tokenizer: mistral-v1

sources:
  web:
    files: ["data/web/*.jsonl.zst"]
    license: NOASSERTION
    acquisition: crawl
    priority: 1
    filters: [language, code-exclusion, gopher-quality, gopher-repetition]
    tokens: 1.7T
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
    tokens: 70B
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
  - {name: base, tokens: 1T, mix: {web: 84.5, encyclopedia: 5, academic: 7, instruct: 3.5}}       # only web
  - {name: refine, tokens: 0.95T, mix: {web: 72.8, encyclopedia: 9, academic: 12, instruct: 6.2}}  # is from
  - {name: anneal, tokens: 0.05T, mix: {web: 55.5, encyclopedia: 13, academic: 18, instruct: 13.5}} # the report

phases:
  - {sequenceLength: 8192, tokens: rest, packing: best-fit}

output:
  formats: [packed, megatron]
  shardTokens: 1B
`,
})
