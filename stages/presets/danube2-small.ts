import { definePreset } from './define-preset.ts'

export const danube2Small = definePreset({
  name: 'danube2-small',
  summary: 'H2O-Danube2’s three stages at a thousandth of its budget: 84.5, 72.8, then 55.5 % web.',
  recipe: `# The stages of H2O-Danube2-1.8B (arXiv 2401.16818) at a thousandth of the budget: 2B tokens instead of 2T.
#
# The report gives the web share of each stage only: 84.5, 72.8 and 55.5 %. It names the other sources (instruction
# data, Wikipedia, academic texts and other texts of higher quality), whose share grows from stage to stage, but not
# how they share the rest. The split of the non-web part below is a placeholder, as are the sources' sizes (\`tokens\`,
# for plans before there is a file): set your own.
# Its deduplication, packing and special tokens are not described either; what is here are this program's defaults.
name: danube2-small
seed: 17                         # keys every draw and shuffle: the same seed gives the same bytes
tokenizer: mistral-v1            # Danube2 uses Mistral's first vocabulary of 32,000 tokens

sources:                         # paths are relative to this file
  web:
    files: ["data/web/*.jsonl.zst"]
    license: NOASSERTION         # change to the SPDX expression of what you use
    acquisition: crawl
    priority: 1                  # of duplicates in several sources, the highest priority is kept
    filters: [language, code-exclusion, gopher-quality] # Danube's data excludes code
    tokens: 1.7B
  encyclopedia:
    files: ["data/encyclopedia/*.jsonl.gz"]
    license: CC-BY-SA-4.0
    acquisition: public
    priority: 9
    filters: [language]
    tokens: 60M
    maxEpochs: 3                 # small and good sources may be repeated
  academic:
    files: ["data/academic/*.jsonl.gz"]
    license: NOASSERTION
    acquisition: public
    priority: 5
    filters: [language, code-exclusion]
    tokens: 100M
    maxEpochs: 2
  instruct:
    files: ["data/instruct/*.jsonl"]
    template: plain              # lays \`messages\` out as text
    license: NOASSERTION
    acquisition: public
    priority: 3
    tokens: 40M
    maxEpochs: 3

dedup: [exact, minhash]          # over all sources together

batchTokens: 1179648             # 144 sequences of 8,192: the report's batch of about 1.18M tokens

stages:                          # at full scale: 1T, 0.95T, 0.05T
  - name: base
    tokens: 1B
    mix: {web: 84.5, encyclopedia: 5, academic: 7, instruct: 3.5}     # only web is from the report
  - name: refine
    tokens: 0.95B
    mix: {web: 72.8, encyclopedia: 9, academic: 12, instruct: 6.2}    # only web is from the report
  - name: anneal
    tokens: 0.05B
    mix: {web: 55.5, encyclopedia: 13, academic: 18, instruct: 13.5}  # only web is from the report

phases:
  - {sequenceLength: 8192, tokens: rest, packing: best-fit} # Danube2 has one context length

output:
  formats: [packed, megatron]
  shardTokens: 100M
  documents: {bos: true, eos: true}
`,
})
