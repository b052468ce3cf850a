import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { boundariesOf } from '../../lib/formats/boundaries.ts'
import { packed } from '../../lib/formats/packed.ts'
import { createTableWriter } from '../../lib/storage/arrow-table.ts'
import { shards, writeShard } from '../conformance/format.ts'
import { pythonJson, readerPython } from './python.ts'

const python = await readerPython('arrow')

const READ_PACKED = `
import json, sys
import numpy as np, pyarrow as pa
with pa.memory_map(sys.argv[1]) as source:
  reader = pa.ipc.open_file(source)
  table = reader.read_all()
  table.validate(full=True)
  ids = table.column('input_ids')
  flat = [chunk.flatten().to_numpy(zero_copy_only=True) for chunk in ids.chunks]
  tokens = np.concatenate(flat).reshape(len(ids), -1).tolist() if flat else []
  metadata = {k.decode(): v.decode() for k, v in table.schema.metadata.items()}
  print(json.dumps({
    'tokens': tokens,
    'lengths': table.column('document_lengths').to_pylist(),
    'length': int(metadata['millrace.sequence_length']),
    'real': int(metadata['millrace.tokens']),
  }))
`

const READ_DATASETS = `
import json, sys
from datasets import load_dataset
data = load_dataset('arrow', data_files=sys.argv[1], split='train', cache_dir=sys.argv[2])
print(json.dumps({'tokens': data['input_ids'][:], 'lengths': data['document_lengths'][:]}))
`

/** README's own lines over a shard's rows, by Hugging Face datasets. */
const READ_BOUNDARIES = `
from datasets import load_dataset
import json, sys
data = load_dataset('arrow', data_files=sys.argv[1], split='train', cache_dir=sys.argv[2])
rows = [boundaries(row['document_lengths'], len(row['input_ids'])) for row in data]
print(json.dumps([[values.tolist() for values in row] for row in rows]))
`

const READ_TABLE = {
  pyarrow: `
import json, sys, pyarrow as pa
table = pa.ipc.open_file(sys.argv[1]).read_all()
table.validate(full=True)
rows = table.to_pylist()
`,
  polars: `
import json, sys, polars as pl
rows = pl.read_ipc(sys.argv[1]).to_dicts()
`,
  duckdb: `
import json, sys, duckdb, pyarrow as pa
records = pa.ipc.open_file(sys.argv[1]).read_all()
result = duckdb.sql('select * from records')
rows = [dict(zip(result.columns, row)) for row in result.fetchall()]
`,
}

const PRINT_ROWS = `
for row in rows: row['uid'] = row['uid'].hex()
for row in rows: row['pair'] = list(row['pair'])
print(json.dumps(rows))
`

describe('Arrow files', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'millrace-interop-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  test.skipIf(python === undefined)('a packed shard, mapped by pyarrow (needs pyarrow)', async () => {
    const several = fc.sample(shards(packed), { numRuns: 40, seed: 6 })
    for (const size of [32_000, 200_000]) {
      const shard = several.find(
        (candidate) => candidate.vocabularySize === size && candidate.items.length > 3,
      )!
      const base = path.join(folder, String(size))
      await writeShard(packed, shard, base)
      const lengths = shard.items.map((item) => [...item.pieceLengths])
      const real = lengths.flat().reduce((sum, length) => sum + length, 0)
      expect(await pythonJson(python!, READ_PACKED, `${base}.arrow`)).toEqual({
        tokens: shard.items.map((item) => Array.from(item.tokens)),
        lengths,
        length: shard.sequenceLength,
        real,
      })
    }
  })

  test.skipIf(python === undefined)('a packed shard, by Hugging Face datasets (needs datasets)', async () => {
    const base = path.join(folder, 'datasets')
    const items = [
      { tokens: Uint16Array.of(1, 2, 3, 4), pieceLengths: [1, 3] },
      { tokens: Uint16Array.of(5, 6, 2, 2), pieceLengths: [2] },
    ]
    await writeShard(packed, { vocabularySize: 32_000, sequenceLength: 4, items }, base)
    expect(await pythonJson(python!, READ_DATASETS, `${base}.arrow`, path.join(folder, 'cache'))).toEqual({
      tokens: items.map((item) => Array.from(item.tokens)),
      lengths: items.map((item) => item.pieceLengths),
    })
  })

  test.skipIf(python === undefined)(
    'positions, documents and cu_seqlens by the lines in README.md, as boundariesOf gives them (needs datasets)',
    async () => {
      const readme = await readFile(path.resolve(import.meta.dirname, '../../README.md'), 'utf8')
      const [, lines = ''] = /```python\n([\s\S]*?)```/.exec(readme) ?? []
      const shard = fc
        .sample(shards(packed), { numRuns: 60, seed: 7 })
        .find(({ items }) => items.length > 5 && items.some(({ pieceLengths }) => pieceLengths.length > 2))!
      const base = path.join(folder, 'boundaries')
      await writeShard(packed, shard, base)
      const cache = path.join(folder, 'cache-boundaries')
      expect(await pythonJson(python!, lines + READ_BOUNDARIES, `${base}.arrow`, cache)).toEqual(
        shard.items.map(({ pieceLengths }) => {
          const { positionIds, documentIds, cuSeqlens } = boundariesOf(pieceLengths, shard.sequenceLength)
          return [[...positionIds], [...documentIds], [...cuSeqlens]]
        }),
      )
    },
  )

  test.skipIf(python === undefined).each(Object.entries(READ_TABLE))(
    'a table of all column types, by %s (needs pyarrow, Polars and DuckDB)',
    async (name, script) => {
      const file = path.join(folder, `${name}.arrow`)
      const writer = await createTableWriter(file, {
        uid: 'binary16',
        text: 'utf8?',
        offset: 'uint64',
        signed: 'int32?',
        value: 'float64?',
        reason: 'dictionary?',
        ids: 'list<uint32>',
        pair: 'uint16[2]',
      })
      const rows = [
        {
          uid: '00'.repeat(16),
          text: 'zwölf',
          offset: 2 ** 40,
          signed: -1,
          value: 0.5,
          reason: 'b',
          ids: [1, 2],
          pair: [1, 2],
        },
        {
          uid: 'ab'.repeat(16),
          text: null,
          offset: 0,
          signed: null,
          value: null,
          reason: null,
          ids: [],
          pair: [3, 4],
        },
        {
          uid: 'cd'.repeat(16),
          text: '',
          offset: 7,
          signed: 5,
          value: 1.25,
          reason: 'a',
          ids: [2 ** 32 - 1],
          pair: [5, 65_535],
        },
      ]
      for (const part of [rows.slice(0, 2), rows.slice(2)]) {
        await writer.append({
          rows: part.length,
          columns: {
            uid: part.map((row) => Buffer.from(row.uid, 'hex')),
            text: part.map((row) => row.text),
            offset: part.map((row) => row.offset),
            signed: part.map((row) => row.signed),
            value: part.map((row) => row.value),
            reason: part.map((row) => row.reason),
            ids: part.map((row) => row.ids),
            pair: part.map((row) => row.pair),
          },
        })
      }
      await writer.close()
      expect(await pythonJson(python!, script + PRINT_ROWS, file)).toEqual(rows)
    },
  )
})
