/** A whole build in every format, read by the trainers' own readers: every token, boundary and count. */
import { rm } from 'node:fs/promises'
import path from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { datatrove } from '../../lib/formats/datatrove.ts'
import type { FormatDefinition } from '../../lib/formats/define-format.ts'
import { formats } from '../../lib/formats/index.ts'
import { litdata } from '../../lib/formats/litdata.ts'
import { mds } from '../../lib/formats/mds.ts'
import { olmo } from '../../lib/formats/olmo.ts'
import { packedParquet } from '../../lib/formats/packed-parquet.ts'
import { build, loadRecipe, openBuild, readLedger, verify } from '../../lib/index.ts'
import { testRecipe, writeCorpus } from '../build/corpus.ts'
import { temporaryFolder, writeRecipe } from '../build/support.ts'
import { type ReadShard, readShards } from '../build-reader.ts'
import { shards as randomShards, type Shard, writeShard } from '../conformance/format.ts'
import { plainPython, pythonJson, readerPython } from './python.ts'

const plain = await plainPython()
const python = {
  datatrove: await readerPython('datatrove'),
  olmo: await readerPython('olmo'),
  mosaicml: await readerPython('mosaicml'),
  litdata: await readerPython('litdata'),
  arrow: await readerPython('arrow'),
}

/** `{path: {tokens, positions}}` in windows of 16 tokens, and all tokens in windows of one: the reader leaves a tail. */
const READ_DATATROVE = `
import json, sys
from datatrove.utils.dataset import DatatroveFileDataset, DatatroveFolderDataset
size, paths = int(sys.argv[1]), sys.argv[2:]
out = []
for path in paths:
  windows = DatatroveFileDataset(path, seq_len=15, token_size=size, return_positions=True)
  single = DatatroveFileDataset(path, seq_len=0, token_size=size)
  items = [windows[i] for i in range(len(windows))]
  out.append({
    'tokens': [single[i]['input_ids'].item() for i in range(len(single))],
    'windows': [item['input_ids'].tolist() for item in items],
    'positions': [item['positions'].tolist() for item in items],
  })
print(json.dumps(out))
`

/** Boundaries from the rows, tokens by slice, and the instances of the training data set over all files of a folder. */
const READ_OLMO = `
import json, sys
import numpy as np
from olmo_core.data import NumpyFSLDataset
from olmo_core.data.utils import get_document_indices, load_array_slice
dtype, paths = {'2': np.uint16, '4': np.uint32}[sys.argv[1]], sys.argv[2:]
documents = []
for path in paths:
  documents.append([load_array_slice(path, a, b, dtype).tolist() for a, b in get_document_indices(path)])
data = NumpyFSLDataset(*paths, sequence_length=16, pad_token_id=0, eos_token_id=2, vocab_size=200000, dtype=dtype)
print(json.dumps({'documents': documents, 'instances': [data[i]['input_ids'].tolist() for i in range(len(data))]}))
`

/** Sequences that the reader of each file finds at a length: `[length, path, …]`. */
const COUNT_DATATROVE = `
import json, sys
from datatrove.utils.dataset import DatatroveFileDataset
pairs = zip(sys.argv[1::2], sys.argv[2::2])
print(json.dumps([len(DatatroveFileDataset(path, seq_len=int(length), token_size=2)) for length, path in pairs]))
`

const COUNT_OLMO = `
import json, sys
import numpy as np
from olmo_core.data import NumpyFSLDataset
count = lambda path, length: len(NumpyFSLDataset(
  path, sequence_length=length, pad_token_id=0, eos_token_id=2, vocab_size=32000, dtype=np.uint16))
print(json.dumps([count(path, int(length)) for length, path in zip(sys.argv[1::2], sys.argv[2::2])]))
`

const READ_MDS = `
import json, sys
from streaming import StreamingDataset
out = []
for folder in sys.argv[1:]:
  data = StreamingDataset(local=folder, batch_size=1, shuffle=False, validate_hash='sha256')
  samples = [data[i] for i in range(data.num_samples)]
  out.append([{'tokens': s['tokens'].tolist(), 'lengths': s['document_lengths'].tolist()} for s in samples])
print(json.dumps(out))
`

/** Rows of each file by pyarrow, which must be those of polars and duckdb; and all of them by Hugging Face datasets. */
const READ_PARQUET = `
import json, sys
import duckdb, polars as pl, pyarrow.parquet as pq
from datasets import load_dataset
cache, paths = sys.argv[1], sys.argv[2:]
out = []
for path in paths:
  table = pq.read_table(path, page_checksum_verification=True)
  table.validate(full=True)
  rows = table.to_pylist()
  assert pl.read_parquet(path).to_dicts() == rows
  result = duckdb.read_parquet(path)
  assert [dict(zip(result.columns, row)) for row in result.fetchall()] == rows
  out.append(rows)
data = load_dataset('parquet', data_files=paths, split='train', cache_dir=cache)
assert data['input_ids'][:] == [row['input_ids'] for rows in out for row in rows]
print(json.dumps(out))
`

/** Rows of each file by pyarrow, through a memory map; and all of them by Hugging Face datasets. */
const READ_PACKED = `
import json, sys
import pyarrow as pa
from datasets import load_dataset
cache, paths = sys.argv[1], sys.argv[2:]
out, alike = [], {}
for path in paths:
  with pa.memory_map(path) as source:
    table = pa.ipc.open_file(source).read_all()
    table.validate(full=True)
    out.append(table.to_pylist())
    # A data set has sequences of one length.
    alike.setdefault(table.schema.metadata[b'millrace.sequence_length'].decode(), []).append((path, out[-1]))
for length, own in alike.items():
  data = load_dataset('arrow', data_files=[path for path, _ in own], split='train', cache_dir=cache + '/' + length)
  assert data.to_list() == [row for _, rows in own for row in rows]
print(json.dumps(out))
`

const READ_LITDATA = `
import json, sys
from litdata import StreamingDataset, TokensLoader
out = []
for size, folder in zip(sys.argv[1::2], sys.argv[2::2]):
  data = StreamingDataset(folder, item_loader=TokensLoader(block_size=int(size)), shuffle=False, drop_last=False)
  out.append([data[i].tolist() for i in range(len(data))])
print(json.dumps(out))
`

/** nanoGPT and llm.c have no package to read with: the standard library, by their descriptions. */
const READ_RAW = `
import json, struct, sys
out = []
for path in sys.argv[1:]:
  data = open(path, 'rb').read()
  if path.endswith('.llmc.bin'):
    magic, version, count = struct.unpack_from('<3i', data)
    assert (magic, version) == (20240520, 1) and not any(data[12:1024]) and len(data) == 1024 + 2 * count
    data = data[1024:]
  out.append(list(struct.unpack('<%dH' % (len(data) // 2), data)))
print(json.dumps(out))
`

let root: string
let out: string
let shards: ReadShard[]

beforeAll(async () => {
  root = await temporaryFolder()
  out = path.join(root, 'out')
  await writeCorpus(root)
  const recipe = testRecipe()
  const file = await writeRecipe(root, {
    ...recipe,
    output: { ...recipe.output, formats: [...formats.keys()] },
  })
  await build(await loadRecipe(file), { out, workers: 0 })
  shards = await readShards(out)
})

afterAll(() => rm(root, { recursive: true, force: true }))

const fileOf = ({ folder, name }: ReadShard, format: string, extension: string): string =>
  path.join(out, folder, format, name + extension)
const documentsOf = (shard: ReadShard): number[][] => shard.documents.map(({ tokens }) => [...tokens])
const folders = (): string[] => [...new Set(shards.map(({ folder }) => folder))]
const sequencesOf = (folder: string): ReadShard['sequences'][number][] =>
  shards.filter((shard) => shard.folder === folder).flatMap((shard) => shard.sequences)

/** Full windows of `size` tokens. */
function windows<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.floor(items.length / size) }, (_, i) =>
    items.slice(size * i, size * (i + 1)),
  )
}

/** A window begins at position 0, whatever it cuts. */
function fromWindow(window: number[]): number[] {
  const next = window.indexOf(0, 1)
  return window.map((position, i) => (next < 0 || i < next ? i : position))
}

/** What datatrove's reader gives of these documents. */
function asDatatrove(documents: readonly number[][]) {
  const tokens = documents.flat()
  const positions = documents.flatMap((document) => [...document.keys()])
  return { tokens, windows: windows(tokens, 16), positions: windows(positions, 16).map(fromWindow) }
}

/** A shard of a vocabulary that needs four bytes, without what no build writes: empty documents, sequences of padding. */
function wideShard(format: FormatDefinition): Shard {
  const some = fc.sample(randomShards(format), { numRuns: 200, seed: 6 })
  const shard = some.find(({ vocabularySize, items }) => vocabularySize === 200_000 && items.length > 5)!
  const items = shard.items.filter((item) => item.pieceLengths.some((length) => length > 0))
  return { ...shard, items }
}

function asMds(
  items: readonly { tokens: ArrayLike<number>; pieceLengths: readonly number[] }[],
): { tokens: number[]; lengths: readonly number[] }[] {
  return items.map(({ tokens, pieceLengths }) => ({ tokens: Array.from(tokens), lengths: pieceLengths }))
}

function asRows(
  items: readonly (Parameters<typeof asMds>[0][number] & { learned?: Uint8Array | undefined })[],
): Record<string, readonly number[]>[] {
  return asMds(items).map(({ tokens, lengths }, item) => {
    const padding = tokens.length - lengths.reduce((sum, length) => sum + length, 0)
    const all = tokens.map((_, at) => (at < tokens.length - padding ? 1 : 0))
    const mask = Array.from(items[item]?.learned ?? all)
    return { input_ids: tokens, document_lengths: lengths, loss_mask: mask }
  })
}

describe('a build in every format', () => {
  test('the manifest has the counts of what the readers below are compared with', async () => {
    const { manifest } = await openBuild(out)
    expect(new Set(shards.map(({ segment }) => segment)).size).toBeGreaterThan(4)
    expect(manifest.shards).toHaveLength(shards.length)
    for (const listed of manifest.shards) {
      const name = String(listed.number).padStart(5, '0')
      const shard = shards.find((each) => each.folder === listed.folder && each.name === name)!
      const tokens = documentsOf(shard).flat().length
      const padding = shard.sequences.flatMap((sequence) => sequence.tokens).length - tokens
      for (const { kind, name: format } of formats.values()) {
        const items = kind === 'documents' ? shard.documents.length : shard.sequences.length
        expect(listed.formats[format]).toMatchObject({
          items,
          tokens,
          padding: kind === 'documents' ? 0 : padding,
        })
      }
    }
  })

  test.skipIf(plain === undefined)('nanogpt and llmc, with Python’s struct (needs python3)', async () => {
    const expected = shards.map((shard) => documentsOf(shard).flat())
    for (const format of ['nanogpt', 'llmc']) {
      const paths = shards.map((shard) => fileOf(shard, format, `.${format}.bin`))
      expect(await pythonJson(plain!, READ_RAW, ...paths)).toEqual(expected)
    }
  })

  test.skipIf(python.datatrove === undefined)(
    'datatrove, by DatatroveFileDataset (needs datatrove)',
    async () => {
      const paths = shards.map((shard) => fileOf(shard, 'datatrove', '.ds'))
      expect(await pythonJson(python.datatrove!, READ_DATATROVE, '2', ...paths)).toEqual(
        shards.map((shard) => asDatatrove(documentsOf(shard))),
      )
      const wide = wideShard(datatrove)
      const [file] = await writeShard(datatrove, wide, path.join(root, 'wide', 'datatrove', '00000'))
      const documents = wide.items.map((item) => Array.from(item.tokens))
      expect(await pythonJson(python.datatrove!, READ_DATATROVE, '4', file!.path)).toEqual([
        asDatatrove(documents),
      ])
    },
  )

  test.skipIf(python.olmo === undefined)('olmo, by NumpyFSLDataset (needs OLMo-core)', async () => {
    const paths = shards.map((shard) => fileOf(shard, 'olmo', '.npy'))
    const documents = shards.map(documentsOf)
    expect(await pythonJson(python.olmo!, READ_OLMO, '2', ...paths)).toEqual({
      documents,
      instances: documents.flatMap((own) => windows(own.flat(), 16)),
    })
    const wide = wideShard(olmo)
    const [file] = await writeShard(olmo, wide, path.join(root, 'wide', 'olmo', '00000'))
    const own = wide.items.map((item) => Array.from(item.tokens))
    expect(await pythonJson(python.olmo!, READ_OLMO, '4', file!.path)).toEqual({
      documents: [own],
      instances: windows(own.flat(), 16),
    })
  })

  for (const [format, ending, reader, script, more] of [
    ['datatrove', '.ds', python.datatrove, COUNT_DATATROVE, 1],
    ['olmo', '.npy', python.olmo, COUNT_OLMO, 0],
  ] as const) {
    test.skipIf(reader === undefined)(
      `the ledger has the tail that the reader of ${format} leaves (needs it)`,
      async () => {
        const { segments } = await readLedger(out)
        for (const [at, { sequenceLength, formats: counted }] of segments.entries()) {
          const own = shards.filter(({ segment }) => segment === at)
          const args = own.flatMap((shard) => [String(sequenceLength), fileOf(shard, format, ending)])
          const read = await pythonJson<number[]>(reader!, script, ...args)
          const sequences = read.reduce((sum, count) => sum + count, 0)
          const { tokens, tail } = counted[format]!
          expect(tokens - sequences * (sequenceLength + more)).toBe(tail)
        }
      },
    )
  }

  test.skipIf(python.mosaicml === undefined)(
    'mds, by StreamingDataset (needs mosaicml-streaming)',
    async () => {
      const wide = wideShard(mds)
      const base = path.join(root, 'wide', 'mds', '00000')
      const files = await writeShard(mds, wide, base)
      await mds.finish!(path.dirname(base), [{ base, files }])
      const paths = [...folders().map((folder) => path.join(out, folder, 'mds')), path.dirname(base)]
      expect(await pythonJson(python.mosaicml!, READ_MDS, ...paths)).toEqual([
        ...folders().map((folder) => asMds(sequencesOf(folder))),
        asMds(wide.items),
      ])
    },
  )

  test.skipIf(python.litdata === undefined)('litdata, by StreamingDataset (needs litdata)', async () => {
    const wide = wideShard(litdata)
    const base = path.join(root, 'wide', 'litdata', '00000')
    const files = await writeShard(litdata, wide, base)
    await litdata.finish!(path.dirname(base), [{ base, files }])
    const args = folders().flatMap((folder) => [
      String(sequencesOf(folder)[0]!.tokens.length),
      path.join(out, folder, 'litdata'),
    ])
    expect(
      await pythonJson(
        python.litdata!,
        READ_LITDATA,
        ...args,
        String(wide.sequenceLength),
        path.dirname(base),
      ),
    ).toEqual([
      ...folders().map((folder) => sequencesOf(folder).map(({ tokens }) => tokens)),
      wide.items.map((item) => Array.from(item.tokens)),
    ])
  })

  test.skipIf(python.arrow === undefined)(
    'packed-parquet, by pyarrow, polars, duckdb and datasets (needs them)',
    async () => {
      const wide = wideShard(packedParquet)
      const [file] = await writeShard(packedParquet, wide, path.join(root, 'wide', 'parquet', '00000'))
      const paths = shards.map((shard) => fileOf(shard, 'packed-parquet', '.packed.parquet'))
      const cache = path.join(root, 'cache')
      expect(await pythonJson(python.arrow!, READ_PARQUET, cache, ...paths, file!.path)).toEqual([
        ...shards.map((shard) => asRows(shard.sequences)),
        asRows(wide.items),
      ])
    },
  )

  test.skipIf(python.arrow === undefined)('packed, by pyarrow and datasets (needs them)', async () => {
    const paths = shards.map((shard) => fileOf(shard, 'packed', '.arrow'))
    const cache = path.join(root, 'cache-arrow')
    const rows = shards.map((shard) =>
      asRows(shard.sequences).map((row) => ({
        ...row,
        loss_mask: row['loss_mask']!.map((bit) => bit === 1),
      })),
    )
    expect(await pythonJson(python.arrow!, READ_PACKED, cache, ...paths)).toEqual(rows)
  })

  test('no reader has changed what it read', async () => {
    expect((await verify(out)).findings).toEqual([])
  })
})
