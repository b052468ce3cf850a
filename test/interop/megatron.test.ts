import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { megatron } from '../../lib/formats/megatron.ts'
import { type Shard, shards, writeShard } from '../conformance/format.ts'
import { plainPython, pythonJson, readerPython } from './python.ts'

const python = await plainPython()
const core = await readerPython('megatron')

/** The layout by its description, with the standard library alone. */
const BY_STRUCT = `
import json, struct, sys
base = sys.argv[1]
idx = open(base + '.idx', 'rb').read()
magic, version, code, sequences, indices = struct.unpack_from('<9sQBQQ', idx, 0)
assert magic == b'MMIDIDX\\0\\0' and version == 1
size = {4: 4, 8: 2}[code]
at = 34
lengths = struct.unpack_from('<%di' % sequences, idx, at); at += 4 * sequences
pointers = struct.unpack_from('<%dq' % sequences, idx, at); at += 8 * sequences
documents = struct.unpack_from('<%dq' % indices, idx, at); at += 8 * indices
assert at == len(idx) and documents == tuple(range(sequences + 1))
tokens = open(base + '.bin', 'rb').read()
assert len(tokens) == size * sum(lengths)
read = lambda p, n: list(struct.unpack_from('<%d%s' % (n, 'H' if size == 2 else 'i'), tokens, p))
print(json.dumps({'dtype': code, 'documents': [read(p, n) for p, n in zip(pointers, lengths)]}))
`

/** Megatron-core's own reader, through its memory map. */
const BY_CORE = `
import json, sys
from megatron.core.datasets.indexed_dataset import DType, IndexedDataset
data = IndexedDataset(sys.argv[1], multimodal=False, mmap=True)
assert list(data.document_indices) == list(range(len(data) + 1))
print(json.dumps({
  'dtype': DType.code_from_dtype(data.index.dtype),
  'documents': [data[i].tolist() for i in range(len(data))],
  'middles': [data.get(i, offset=1, length=1).tolist() for i in range(len(data)) if data.sequence_lengths[i] > 1],
}))
`

function sampleShards(): Shard[] {
  // An empty `.bin` cannot be mapped: a shard without tokens is never written by a build.
  const some = fc.sample(shards(megatron), { numRuns: 200, seed: 5 })
  const filled = some.filter((shard) => shard.items.some((item) => item.tokens.length > 0))
  return [32_000, 65_500, 200_000].flatMap(
    (size) => filled.find((shard) => shard.vocabularySize === size) ?? [],
  )
}

describe('megatron', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'millrace-interop-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const written = async (shard: Shard): Promise<{ base: string; expected: Record<string, unknown> }> => {
    const base = path.join(folder, `${shard.vocabularySize}`, '00000')
    await writeShard(megatron, shard, base)
    const documents = shard.items.map((item) => Array.from(item.tokens))
    return { base, expected: { dtype: shard.vocabularySize < 65_500 ? 8 : 4, documents } }
  }

  test.skipIf(python === undefined)('read with Python’s struct (needs python3)', async () => {
    expect(sampleShards().length).toBe(3)
    for (const shard of sampleShards()) {
      const { base, expected } = await written(shard)
      expect(await pythonJson(python!, BY_STRUCT, base)).toEqual(expected)
    }
  })

  test.skipIf(core === undefined)('read by IndexedDataset (needs Megatron-core)', async () => {
    for (const shard of sampleShards()) {
      const { base, expected } = await written(shard)
      const middles = shard.items.filter((item) => item.tokens.length > 1).map((item) => [item.tokens[1]])
      expect(await pythonJson(core!, BY_CORE, base)).toEqual({ ...expected, middles })
    }
  })
})
