/** The blends of a whole build, given to Megatron-core's blended GPTDataset as a launcher would. */
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { build, loadRecipe, openBuild, openMegatronCache } from '../../lib/index.ts'
import { testRecipe, writeCorpus } from '../build/corpus.ts'
import { temporaryFolder, writeRecipe } from '../build/support.ts'
import { type ReadShard, readShards } from '../build-reader.ts'
import { pythonJson, readerPython } from './python.ts'

const python = await readerPython('megatron')

/** One epoch of each prefix of the blend: the samples, and the order in which Megatron took the documents. */
const READ_BLEND = `
import json, os, sys
import torch
from megatron.core.datasets.blended_megatron_dataset_builder import BlendedMegatronDatasetBuilder
from megatron.core.datasets.gpt_dataset import GPTDataset, GPTDatasetConfig
from megatron.core.datasets.utils import get_blend_from_list
folder, name, length = sys.argv[1], sys.argv[2], int(sys.argv[3])
os.makedirs(sys.argv[4])
os.chdir(folder)
torch.distributed.init_process_group('gloo', init_method='file://' + sys.argv[4] + '/store', rank=0, world_size=1)
with open('launch/megatron/' + name + '.json') as file: splits = json.load(file)
# --data-args-path: the text of the file, split at white space, is the same list.
with open('launch/megatron/' + name + '.train.txt') as file: assert file.read().split() == splits['train']
class Tokenizer:
  eod = 2; pad = 0; vocab_size = 32000; unique_identifiers = {'name': 'mistral-v1'}
config = GPTDatasetConfig(
  random_seed=1, sequence_length=length, blend_per_split=[get_blend_from_list(splits[s]) for s in ('train', 'valid', 'test')],
  tokenizer=Tokenizer(), reset_position_ids=False, reset_attention_mask=False, eod_mask_loss=False, path_to_cache=sys.argv[4],
  create_attention_mask=False)
sizes = [sum(int(w) for w in splits['train'][0::2]) // length, sum(int(w) for w in splits['valid'][0::2]) // length, 0]
train, valid, test = BlendedMegatronDatasetBuilder(GPTDataset, sizes, lambda: True, config).build()
assert test is None
def read(data):
  parts = data.datasets if hasattr(data, 'datasets') else [data]
  samples = [data[i] for i in range(len(data))]
  seen = []
  for part in parts:
    stream = []
    for document in part.document_index: stream.extend(part.dataset[int(document)].tolist())
    for i in range(len(part.sample_index) - 1):
      sample = part[int((part.shuffle_index == i).nonzero()[0][0])]
      joined = sample['tokens'].tolist() + [int(sample['labels'][-1])]
      assert joined == stream[i * length : i * length + length + 1], (i, joined[:5])
    seen.append({'path': part.dataset.path_prefix, 'documents': [part.dataset[i].tolist() for i in range(len(part.dataset))],
      'taken': sorted(set(int(d) for d in part.document_index))})
  return {'samples': len(samples), 'tokens': [len(s['tokens']) for s in samples[:3]], 'parts': seen,
    'all': [s['tokens'].tolist() + s['labels'].tolist()[-1:] for s in samples]}
print(json.dumps({'train': read(train), 'valid': read(valid)}))
`

interface Part {
  readonly path: string
  readonly documents: readonly number[][]
  readonly taken: readonly number[]
}
interface Split {
  readonly samples: number
  readonly tokens: readonly number[]
  readonly parts: readonly Part[]
  /** Every sample's tokens, and its last label. */
  readonly all: readonly number[][]
}

describe('blends of a build', () => {
  let root = ''
  let out = ''
  beforeAll(async () => {
    root = await temporaryFolder()
    out = path.join(root, 'out')
    await writeCorpus(root)
    const recipe = testRecipe()
    const loaded = await loadRecipe(
      await writeRecipe(root, { ...recipe, output: { ...recipe.output, formats: ['packed', 'megatron'] } }),
    )
    await build(loaded, { out, workers: 0 })
  })
  afterAll(() => rm(root, { recursive: true, force: true }))

  /** What the documents have that `trace` names for every third sample of a cache of Megatron's. */
  const traced = async (cache: string, own: readonly ReadShard[]): Promise<number[][]> => {
    const opened = await openMegatronCache(await openBuild(out), cache)
    const samples: number[][] = []
    for (let sample = 0; sample < opened.samples; sample += 3) {
      const pieces = await opened.sample(sample)
      samples.push(
        pieces.flatMap(({ shard, document, start, length, uid }) => {
          const named = own.find((each) => `${each.folder}/megatron/${each.name}` === shard)!
          expect(named.documents[document]!.uid).toBe(uid)
          return [...named.documents[document]!.tokens].slice(start, start + length)
        }),
      )
    }
    await opened.close()
    return samples
  }

  test.skipIf(python === undefined)(
    'each segment, read by BlendedMegatronDatasetBuilder (needs Megatron-core)',
    async () => {
      const shards = await readShards(out)
      const { segments } = JSON.parse(await readFile(path.join(out, 'schedule.json'), 'utf8'))
      expect(segments.length).toBeGreaterThan(1)
      for (const { sequenceLength, formats } of segments) {
        const name = formats.megatron.files[0].split('/')[1]
        const cache = path.join(root, `cache-${name}`)
        const read = await pythonJson<Record<'train' | 'valid', Split>>(
          python!,
          READ_BLEND,
          out,
          name,
          String(sequenceLength),
          cache,
        )
        expect(await traced(cache, shards)).toEqual(read.train.all.filter((_, sample) => sample % 3 === 0))
        for (const [split, folder] of [
          ['train', `shards/${name}`],
          ['valid', 'holdout/'],
        ] as const) {
          const own = shards.filter((shard) => shard.folder.startsWith(folder) && shard.documents.length > 0)
          const { parts, samples, tokens } = read[split]
          const bases = own.map((shard) => `${shard.folder}/megatron/${shard.name}`)
          expect(parts.map((part) => part.path).toSorted()).toEqual(bases.toSorted())
          for (const part of parts) {
            const shard = own[bases.indexOf(part.path)]!
            expect(part.documents).toEqual(shard.documents.map((each) => Array.from(each.tokens)))
            expect(part.taken).toEqual(part.documents.map((_, document) => document))
          }
          expect(samples).toBeGreaterThan(0)
          expect(new Set(tokens)).toEqual(new Set([sequenceLength]))
        }
      }
    },
  )
})
