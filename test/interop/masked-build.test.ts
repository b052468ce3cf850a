/** A build with conversations, in every format with a loss mask, read by the trainers' own readers: which tokens are learned. */
import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Sequence } from '../../lib/formats/define-format.ts'
import { build, type Manifest, resolveRecipe, verify } from '../../lib/index.ts'
import type { RecipeInput } from '../../lib/recipe/schema.ts'
import { prose } from '../build/corpus.ts'
import { temporaryFolder } from '../build/support.ts'
import { readPacked } from '../lib/formats/packed-reader.ts'
import { readDatatrove } from '../lib/formats/token-readers.ts'
import { pythonJson, readerPython } from './python.ts'

const python = {
  datatrove: await readerPython('datatrove'),
  olmo: await readerPython('olmo'),
  mosaicml: await readerPython('mosaicml'),
  arrow: await readerPython('arrow'),
}
const LENGTH = 64

const source = { license: 'CC0-1.0', acquisition: 'synthetic' } as const
const recipe: RecipeInput = {
  name: 'chats',
  tokenizer: 'mistral-v3',
  sources: {
    web: { ...source, files: ['web.jsonl'], maxEpochs: 2 },
    chats: { ...source, files: ['chats.jsonl'], template: 'mistral-instruct', maxEpochs: 4 },
  },
  dedup: [],
  holdout: { tokens: 200 },
  stages: [
    { name: 'base', tokens: 2000, mix: { web: 3, chats: 1 } },
    { name: 'chat', tokens: 3000, mix: { web: 1, chats: 3 } },
  ],
  phases: [{ sequenceLength: LENGTH }],
  output: { formats: ['datatrove', 'mds', 'olmo', 'packed', 'packed-parquet'], shardTokens: 1500 },
}

let root: string
let out: string
let shards: Manifest['shards']
/** Documents, then sequences of each shard, by readers that are no trainer's. */
let documents: Sequence[][]
let sequences: Sequence[][]

const lines = (count: number, item: (i: number) => object): string =>
  Array.from({ length: count }, (_, i) => `${JSON.stringify(item(i))}\n`).join('')
const turns = (i: number): object[] => [
  { role: 'user', content: prose(`question-${i}`, 1) },
  { role: 'assistant', content: prose(`answer-${i}`, 1 + (i % 3)) },
  { role: 'user', content: 'And then?' },
  { role: 'assistant', content: prose(`more-${i}`, 1) },
]
const base = (shard: Manifest['shards'][number], format: string): string =>
  path.join(out, shard.folder, format, String(shard.number).padStart(5, '0'))

beforeAll(async () => {
  root = await temporaryFolder()
  out = path.join(root, 'out')
  await writeFile(
    path.join(root, 'web.jsonl'),
    lines(60, (i) => ({ text: prose(`web-${i}`, 3) })),
  )
  await writeFile(
    path.join(root, 'chats.jsonl'),
    lines(40, (i) => ({ messages: turns(i) })),
  )
  const { manifest } = await build(await resolveRecipe(recipe, { directory: root }), { out, workers: 0 })
  shards = manifest.shards
  documents = await Promise.all(shards.map((shard) => readDatatrove(base(shard, 'datatrove'), 'mistral-v3')))
  sequences = await Promise.all(shards.map((shard) => readPacked(base(shard, 'packed'))))
})
afterAll(() => rm(root, { recursive: true, force: true }))

const maskOf = (items: readonly Sequence[]): number[] => items.flatMap((item) => Array.from(item.learned!))
const ones = (mask: readonly number[]): number => mask.filter((byte) => byte === 1).length

test('what the readers are compared with has the counts of the manifest, and masks of both kinds', async () => {
  expect(shards.length).toBeGreaterThan(4)
  for (const [at, { formats }] of shards.entries()) {
    expect(formats['datatrove']).toMatchObject({
      items: documents[at]!.length,
      learned: ones(maskOf(documents[at]!)),
    })
    expect(formats['packed']).toMatchObject({
      items: sequences[at]!.length,
      learned: ones(maskOf(sequences[at]!)),
    })
  }
  const all = documents.flat().map((document) => ones(Array.from(document.learned!)) / document.tokens.length)
  expect(all.some((share) => share === 1) && all.some((share) => share > 0 && share < 1)).toBe(true)
  expect((await verify(out)).findings).toEqual([])
})

test.skipIf(python.datatrove === undefined)(
  'datatrove, by its merger: tokens, ends and masks (needs datatrove)',
  async () => {
    const script = `
import json, os, sys
from unittest.mock import MagicMock
for name in ('tokenizers', 'tokenizers.processors'): sys.modules.setdefault(name, MagicMock())
import numpy as np
from datatrove.pipeline.tokens.merger import DocumentTokenizerMerger
out = []
for number, folder in enumerate(sys.argv[2:]):
  to = os.path.join(sys.argv[1], str(number))
  DocumentTokenizerMerger(folder, to, 'all', shuffle=False, save_loss_metadata=True, progress=False).run()
  read = lambda end, dtype: np.fromfile(os.path.join(to, '000_all.ds' + end), dtype).tolist()
  out.append({'tokens': read('', '<u2'), 'ends': read('.index', '<u8'), 'learned': read('.loss', 'u1')})
print(json.dumps(out))
`
    // The merger takes a folder: all shards of a segment, in their order.
    const folders = [...new Set(shards.map(({ folder }) => folder))]
    const paths = folders.map((folder) => path.join(out, folder, 'datatrove'))
    const read = await pythonJson(python.datatrove!, script, path.join(root, 'merged'), ...paths)
    const expected = folders.map((folder) => {
      const own = shards.flatMap((shard, at) => (shard.folder === folder ? documents[at]! : []))
      let end = 0
      return {
        tokens: own.flatMap(({ tokens }) => Array.from(tokens)),
        ends: own.map(({ tokens }) => (end += tokens.length)),
        learned: maskOf(own),
      }
    })
    expect(read).toEqual(expected)
  },
)

test.skipIf(python.olmo === undefined)(
  'olmo, by NumpyFSLDataset with label_mask_paths: masks and documents (needs OLMo-core)',
  async () => {
    const script = `
import json, os, sys
import numpy as np
from olmo_core.data import NumpyFSLDataset
from olmo_core.data.utils import iter_document_indices
out = []
for base in sys.argv[2:]:
  # A folder without a masked source (the holdout of web) has no masks: all is learned.
  mask = base + '.label_mask'
  masks = {'label_mask_paths': [mask]} if os.path.exists(mask) else {}
  data = NumpyFSLDataset(base + '.npy', **masks, sequence_length=int(sys.argv[1]),
    pad_token_id=0, eos_token_id=2, vocab_size=32768, dtype=np.uint16, bos_token_id=1)
  # As for training: by EOS and BOS in the tokens, which have further EOS within a conversation.
  found = [b for a, b in iter_document_indices(base + '.npy', eos_token_id=2, bos_token_id=1, dtype=np.uint16)]
  out.append({
    'tokens': [data[i]['input_ids'].tolist() for i in range(len(data))],
    'learned': [[int(x) for x in data[i]['label_mask']] if masks else None for i in range(len(data))],
    'ends': [int(end) for end in found]})
print(json.dumps(out))
`
    const bases = shards.map((shard) => base(shard, 'olmo'))
    const windows = (values: readonly number[]): number[][] =>
      Array.from({ length: Math.floor(values.length / LENGTH) }, (_, i) =>
        values.slice(LENGTH * i, LENGTH * (i + 1)),
      )
    const expected = documents.map((own, at) => {
      const mask = maskOf(own)
      const hasFile = existsSync(`${bases[at]}.label_mask`)
      expect(hasFile || ones(mask) === mask.length).toBe(true)
      let end = 0
      return {
        tokens: windows(own.flatMap(({ tokens }) => Array.from(tokens))),
        learned: windows(mask).map((window) => (hasFile ? window : null)),
        ends: own.map(({ tokens }) => (end += tokens.length)),
      }
    })
    expect(await pythonJson(python.olmo!, script, String(LENGTH), ...bases)).toEqual(expected)
  },
)

test.skipIf(python.mosaicml === undefined)(
  'mds, by StreamingDataset: tokens, lengths and masks (needs mosaicml-streaming)',
  async () => {
    const script = `
import json, sys
from streaming import StreamingDataset
out = []
for folder in sys.argv[1:]:
  data = StreamingDataset(local=folder, batch_size=1, shuffle=False, validate_hash='sha256')
  samples = [data[i] for i in range(data.num_samples)]
  names = {'tokens': 'tokens', 'lengths': 'document_lengths', 'learned': 'loss_mask'}
  out.append([{key: s[name].tolist() for key, name in names.items() if name in s} for s in samples])
print(json.dumps(out))
`
    const folders = [...new Set(shards.map(({ folder }) => folder))]
    const paths = folders.map((folder) => path.join(out, folder, 'mds'))
    const read = await pythonJson<Record<string, number[]>[][]>(python.mosaicml!, script, ...paths)
    const expected = folders.map((folder) =>
      shards.flatMap((shard, at) => (shard.folder === folder ? sequences[at]! : [])).map(asRow),
    )
    // Where no source of a folder is masked (the holdout of `web`), samples have no mask: all but padding is learned.
    const masked = read.map((rows) => rows.every((row) => 'learned' in row))
    expect(masked).toContain(true)
    expect(read).toEqual(
      expected.map((rows, at) =>
        masked[at] ? rows : rows.map(({ tokens, lengths }) => ({ tokens, lengths })),
      ),
    )
    for (const [at, rows] of expected.entries()) {
      if (masked[at]) continue
      for (const { lengths, learned } of rows) expect(ones(learned)).toBe(lengths.reduce((a, b) => a + b))
    }
  },
)

test.skipIf(python.arrow === undefined)(
  'packed and packed-parquet, by datasets: tokens, lengths and masks (needs datasets)',
  async () => {
    const script = `
import json, sys
from datasets import load_dataset
kind, cache, paths = sys.argv[1], sys.argv[2], sys.argv[3:]
data = load_dataset(kind, data_files=paths, split='train', cache_dir=cache).to_list()
print(json.dumps([{'tokens': r['input_ids'], 'lengths': r['document_lengths'],
  'learned': [int(x) for x in r['loss_mask']]} for r in data]))
`
    const expected = sequences.flat().map(asRow)
    for (const [kind, format, extension] of [
      ['arrow', 'packed', '.arrow'],
      ['parquet', 'packed-parquet', '.packed.parquet'],
    ] as const) {
      const files = shards.map((shard) => base(shard, format) + extension)
      const cache = path.join(root, `cache-${kind}`)
      expect(await pythonJson(python.arrow!, script, kind, cache, ...files)).toEqual(expected)
    }
  },
)

function asRow({ tokens, pieceLengths, learned }: Sequence) {
  return { tokens: Array.from(tokens), lengths: [...pieceLengths], learned: Array.from(learned!) }
}
