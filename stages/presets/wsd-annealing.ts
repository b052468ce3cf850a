import { definePreset } from './define-preset.ts'

export const wsdAnnealing = definePreset({
  name: 'wsd-annealing',
  summary: 'Warm-up, stable, decay: the last tenth goes over to the best data, with replay.',
  recipe: `# A mix for the warm-up, stable, decay schedule of learning rates (MiniCPM, arXiv 2404.06395): the last tenth of the
# tokens, in which the rate decays, has data of high quality and instructions, blended in over its first quarter, with
# a part of the stable stage's mix replayed. MiniCPM found a decay over 2.5 % of the tokens too short and one of 10 %
# enough. Shares and sizes are this program's suggestion: set your own.
name: wsd-annealing
seed: 17
tokenizer: mistral-v1

sources:
  web:
    files: ["data/web/*.jsonl.zst"]
    license: NOASSERTION
    acquisition: crawl
    priority: 1
    filters: [language, code-exclusion, gopher-quality, gopher-repetition]
    tokens: 110B
    tiers: {best: "language.score >= 0.95 and tokens >= 256"}
    tierTokens: {best: 10B}
  encyclopedia:
    files: ["data/encyclopedia/*.jsonl.gz"]
    license: CC-BY-SA-4.0
    acquisition: public
    priority: 9
    filters: [language]
    tokens: 4B
    maxEpochs: 4
  instruct:
    files: ["data/instruct/*.jsonl"]
    license: NOASSERTION
    acquisition: public
    priority: 3
    template: plain
    tokens: 1B
    maxEpochs: 4
    onExhausted: renormalise

dedup: [exact, minhash]

batchTokens: 1048576

stages:
  - {name: stable, tokens: 90B, mix: {web: 92, encyclopedia: 8}}
  - name: decay
    tokens: 10B
    mix: {web.best: 55, encyclopedia: 20, instruct: 25}
    transition: {tokens: 2.5B, shape: cosine}
    replay: {stage: stable, share: 0.2}

phases:
  - {sequenceLength: 4096, tokens: rest, packing: best-fit}

output:
  formats: [packed, megatron]
  shardTokens: 500M
`,
})
