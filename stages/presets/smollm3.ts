import { definePreset } from './define-preset.ts'

export const smollm3 = definePreset({
  name: 'smollm3',
  summary: 'SmolLM3-3B: 11.1T tokens in three stages at 4,096, then long context at 32,768 and 65,536.',
  recipe: `# SmolLM3-3B, from its published training configurations: three stages of web, code and mathematics at 4,096 tokens, to
# step 4,720,000 of 2,359,296 tokens, then 20,000 steps at 32,768 and 22,000 at 65,536. The configurations weigh some 50
# folders; here are their sums by kind, which leave a few percent to others, and do not sum to 100: weights are
# normalised. The long-context stages are given as one mix with 10 to 13 % of reasoning and instruction data. The
# model's own tokenizer is Llama 3.2's; code stays in, so no filter excludes it.
# Sizes of sources are placeholders for planning: set your own, or let \`millrace plan --pilot 1000\` measure them.
name: smollm3
seed: 17
tokenizer: mistral-v1

sources:
  web:
    files: ["data/web/*.jsonl.zst"]
    license: NOASSERTION
    acquisition: crawl
    priority: 1
    filters: [language, gopher-quality, gopher-repetition]
    tokens: 9.5T
    tiers: {long: "tokens >= 8192"}
    tierTokens: {long: 400B}
  code:
    files: ["data/code/*.jsonl.zst"]
    license: NOASSERTION
    acquisition: public
    priority: 5
    tokens: 1T
    maxEpochs: 4
    tiers: {long: "tokens >= 8192"}
    tierTokens: {long: 100B}
  mathematics:
    files: ["data/mathematics/*.jsonl.zst"]
    license: NOASSERTION
    acquisition: public
    priority: 7
    tokens: 200B
    maxEpochs: 5
  instruct:
    files: ["data/instruct/*.jsonl"]
    license: NOASSERTION
    acquisition: public
    priority: 9
    template: plain
    tokens: 40B
    maxEpochs: 4

dedup: [exact, minhash]

batchTokens: 2359296             # 192 x 3 sequences of 4,096

stages:
  - {name: stable, steps: 3450000, mix: {web: 82.3, code: 12.5, mathematics: 2.7}}
  - {name: second, steps: 748000, mix: {web: 74.7, code: 14.3, mathematics: 9.1}}
  - {name: decay, steps: 522000, mix: {web: 62.4, code: 23.4, mathematics: 13.2}}
  - {name: long, steps: 42000, mix: {web.long: 40, code.long: 20, web: 15, mathematics: 13, instruct: 12}}  # not published so

phases:
  - {sequenceLength: 4096, tokens: 11_135_877_120_000}    # 4,720,000 steps
  - {sequenceLength: 32768, tokens: 47_185_920_000}       # 20,000 steps
  - {sequenceLength: 65536, tokens: rest}                 # 22,000 steps

output:
  formats: [packed, datatrove]
  shardTokens: 1B
`,
})
