/** Loss masks, read by the trainers' own readers: which tokens are learned, of every document and sequence. */
import { rm } from 'node:fs/promises'
import path from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { datatrove } from '../../lib/formats/datatrove.ts'
import type { FormatDefinition } from '../../lib/formats/define-format.ts'
import { mds } from '../../lib/formats/mds.ts'
import { olmo } from '../../lib/formats/olmo.ts'
import { packed } from '../../lib/formats/packed.ts'
import { packedParquet } from '../../lib/formats/packed-parquet.ts'
import { temporaryFolder } from '../build/support.ts'
import { plain, type Shard, shards, writeShard } from '../conformance/format.ts'
import { pythonJson, readerPython } from './python.ts'

const python = {
  datatrove: await readerPython('datatrove'),
  olmo: await readerPython('olmo'),
  mosaicml: await readerPython('mosaicml'),
  arrow: await readerPython('arrow'),
}

let root: string
beforeAll(async () => {
  root = await temporaryFolder()
})
afterAll(() => rm(root, { recursive: true, force: true }))

/** Shards with masks, of vocabularies of two and of four bytes, without what no build writes: empty documents. */
function masked(format: FormatDefinition): Shard[] {
  const some = fc.sample(shards(format), { numRuns: 400, seed: 8 })
  return [32_000, 200_000].map((vocabularySize) => {
    const shard = some.find(
      (each) => each.masked === true && each.vocabularySize === vocabularySize && each.items.length > 8,
    )!
    return {
      ...shard,
      items: shard.items.filter(({ pieceLengths }) => pieceLengths.some((length) => length > 0)),
    }
  })
}

async function written(
  format: FormatDefinition,
): Promise<{ base: string; shard: Shard; learned: number[][] }[]> {
  const all = []
  for (const shard of masked(format)) {
    const base = path.join(root, format.name, String(shard.vocabularySize), '00000')
    const files = await writeShard(format, shard, base)
    await format.finish?.(path.dirname(base), [{ base, files }])
    all.push({ base, shard, learned: plain(shard.items).map((item) => item.learned) })
  }
  return all
}

/** The merger copies tokens and masks document by document; its output has the same mask. It has no use for `tokenizers`. */
const READ_DATATROVE = `
import json, os, sys
from unittest.mock import MagicMock
for name in ('tokenizers', 'tokenizers.processors'): sys.modules.setdefault(name, MagicMock())
from datatrove.pipeline.tokens.merger import DocumentTokenizerMerger
out = []
for folder in sys.argv[1:]:
  to = folder + '-merged'
  merger = DocumentTokenizerMerger(folder, to, 'all', shuffle=False, save_loss_metadata=True, progress=False)
  merger.run()
  with open(os.path.join(to, '000_all.ds.loss'), 'rb') as file: out.append(list(file.read()))
print(json.dumps(out))
`

const READ_OLMO = `
import json, sys
import numpy as np
from olmo_core.data import NumpyFSLDataset
out = []
for dtype, base in zip((np.uint16, np.uint32), sys.argv[1:]):
  data = NumpyFSLDataset(base + '.npy', label_mask_paths=[base + '.label_mask'], sequence_length=16, pad_token_id=0,
    eos_token_id=2, vocab_size=200000, dtype=dtype)
  out.append([[int(x) for x in data[i]['label_mask']] for i in range(len(data))])
print(json.dumps(out))
`

const READ_MDS = `
import json, sys
from streaming import StreamingDataset
out = []
for folder in sys.argv[1:]:
  data = StreamingDataset(local=folder, batch_size=1, shuffle=False, validate_hash='sha256')
  out.append([data[i]['loss_mask'].tolist() for i in range(data.num_samples)])
print(json.dumps(out))
`

/** As a trainer would: labels and cu_seqlens of each sequence, by the columns alone. */
const READ_ARROW = `
import json, sys
import numpy as np
import pyarrow as pa, pyarrow.parquet as pq
from datasets import load_dataset
out = []
for path in sys.argv[1:]:
  table = pq.read_table(path) if path.endswith('.parquet') else pa.ipc.open_file(path).read_all()
  table.validate(full=True)
  rows = table.to_pylist()
  if path.endswith('.arrow'):
    data = load_dataset('arrow', data_files=[path], split='train', cache_dir=path + '.cache')
    assert [row['loss_mask'] for row in data] == [row['loss_mask'] for row in rows]
  out.append([{
    'labels': np.where(row['loss_mask'], row['input_ids'], -100).tolist(),
    'cu_seqlens': [0, *np.cumsum(row['document_lengths']).tolist()],
    'documents': np.repeat(np.arange(len(row['document_lengths'])), row['document_lengths']).tolist(),
  } for row in rows])
print(json.dumps(out))
`

test.skipIf(python.datatrove === undefined)('datatrove, by its merger (needs datatrove)', async () => {
  const all = await written(datatrove)
  const read = await pythonJson(
    python.datatrove!,
    READ_DATATROVE,
    ...all.map(({ base }) => path.dirname(base)),
  )
  expect(read).toEqual(all.map(({ learned }) => learned.flat()))
})

test.skipIf(python.olmo === undefined)('olmo, by NumpyFSLDataset (needs OLMo-core)', async () => {
  const all = await written(olmo)
  const read = await pythonJson(python.olmo!, READ_OLMO, ...all.map(({ base }) => base))
  const windows = all.map(({ learned }) => {
    const ones = learned.flat()
    return Array.from({ length: Math.floor(ones.length / 16) }, (_, i) => ones.slice(16 * i, 16 * (i + 1)))
  })
  expect(read).toEqual(windows)
})

test.skipIf(python.mosaicml === undefined)(
  'mds, by StreamingDataset (needs mosaicml-streaming)',
  async () => {
    const all = await written(mds)
    const read = await pythonJson(python.mosaicml!, READ_MDS, ...all.map(({ base }) => path.dirname(base)))
    expect(read).toEqual(all.map(({ learned }) => learned))
  },
)

test.skipIf(python.arrow === undefined)(
  'packed and packed-parquet, by pyarrow and datasets, as the README says (needs them)',
  async () => {
    for (const format of [packed, packedParquet]) {
      const all = await written(format)
      const files = all.map(({ base }) => base + format.extensions[0])
      const expected = all.map(({ shard, learned }) =>
        shard.items.map(({ tokens, pieceLengths }, item) => {
          let end = 0
          return {
            labels: Array.from(tokens, (id, at) => (learned[item]![at] === 1 ? id : -100)),
            cu_seqlens: [0, ...pieceLengths.map((length) => (end += length))],
            documents: pieceLengths.flatMap((length, piece) => Array<number>(length).fill(piece)),
          }
        }),
      )
      expect(await pythonJson(python.arrow!, READ_ARROW, ...files)).toEqual(expected)
    }
  },
)
