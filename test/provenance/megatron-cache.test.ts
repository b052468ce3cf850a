/** Orders of samples as Megatron keeps them, written here by hand; test/interop/megatron-blend.test.ts has Megatron's own. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  build,
  type FinishedBuild,
  megatronSamples,
  openBuild,
  openMegatronCache,
  resolveRecipe,
} from '../../lib/index.ts'
import { openNpy } from '../../lib/storage/npy.ts'
import { type ReadShard, readShards } from '../build-reader.ts'
import { type Corpus, writeCorpus } from './corpus.ts'

let corpus: Corpus
let built: FinishedBuild
let shards: ReadShard[]

beforeAll(async () => {
  corpus = await writeCorpus()
  const out = path.join(corpus.directory, 'out')
  await build(await resolveRecipe(corpus.recipe, { directory: corpus.directory }), { out, workers: 0 })
  built = await openBuild(out)
  shards = await readShards(out)
})
afterAll(() => corpus.remove())

/** As numpy.save writes it; `type` as NumPy names it. */
function npy(
  type: string,
  items: Int16Array | Int32Array | Uint32Array | BigInt64Array,
  shape: string,
): Buffer {
  const header = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape}), }`.padEnd(117) + '\n'
  const head = Buffer.from('\x93NUMPY\x01\x00\x00\x00', 'latin1')
  head.writeUInt16LE(header.length, 8)
  return Buffer.concat([head, Buffer.from(header), Buffer.from(items.buffer)])
}

/** What Megatron would keep of a shard: its documents backwards, cut into samples, these in the order 1, 2, … 0. */
async function writeDataSet(
  folder: string,
  shard: ReadShard,
  length: number,
  prefix: string,
): Promise<unknown> {
  const description = {
    class: 'GPTDataset',
    dataset_path: `${prefix}${shard.folder}/megatron/${shard.name}`,
    index_split: 'train',
    sequence_length: length,
  }
  const order = [...shard.documents.keys()].toReversed()
  const ends = order.map((document) => shard.documents[document]!.tokens.length)
  const samples = Math.floor((ends.reduce((sum, tokens) => sum + tokens, 0) - 1) / length)
  const starts = Array.from({ length: samples + 1 }, (_, sample) => {
    let token = sample * length
    let place = 0
    while (token >= ends[place]!) token -= ends[place++]!
    return [place, token]
  })
  const base = path.join(folder, `${shard.folder.replaceAll('/', '-')}-${shard.name}-GPTDataset-train`)
  const shuffle = Array.from({ length: samples }, (_, at) => (at + 1) % samples)
  await writeFile(`${base}-description.txt`, JSON.stringify(description, undefined, 4))
  await writeFile(`${base}-document_index.npy`, npy('<i4', Int32Array.from(order), `${order.length},`))
  await writeFile(`${base}-sample_index.npy`, npy('<i4', Int32Array.from(starts.flat()), `${samples + 1}, 2`))
  await writeFile(`${base}-shuffle_index.npy`, npy('<u4', Uint32Array.from(shuffle), `${samples},`))
  return description
}

const streamOf = (shard: ReadShard): number[] =>
  shard.documents.toReversed().flatMap(({ tokens }) => [...tokens])

/** Sample `at` of the stream, of 16 tokens and a label. */
const cut = (shard: ReadShard, at: number): number[] => streamOf(shard).slice(16 * at, 16 * at + 17)

const cacheFolder = async (name: string): Promise<string> => {
  const folder = path.join(corpus.directory, name)
  await mkdir(folder)
  return folder
}

/** Tokens of the pieces that are named. */
async function tokensOf(cache: string, sample: number): Promise<number[]> {
  const opened = await openMegatronCache(built, cache)
  try {
    return (await opened.sample(sample)).flatMap(({ shard, document, start, length, uid }) => {
      const own = shards.find((each) => `${each.folder}/megatron/${each.name}` === shard)!.documents[
        document
      ]!
      expect(own.uid).toBe(uid)
      return own.tokens.slice(start, start + length)
    })
  } finally {
    await opened.close()
  }
}

describe('the order that Megatron keeps', () => {
  test('of a blend: the data set of each sample, wherever the build was then', async () => {
    const folder = await cacheFolder('blend')
    const [first] = shards
    const own = shards.filter(({ segment }) => segment === first!.segment).slice(0, 2)
    expect(own).toHaveLength(2)
    const datasets = []
    for (const shard of own) datasets.push(await writeDataSet(folder, shard, 16, '/elsewhere/out/'))
    const base = path.join(folder, '0123-BlendedDataset-train')
    await writeFile(`${base}-description.txt`, JSON.stringify({ class: 'BlendedDataset', datasets }))
    await writeFile(`${base}-dataset_index.npy`, npy('<i2', Int16Array.of(1, 0, 1), '3,'))
    await writeFile(`${base}-dataset_sample_index.npy`, npy('<i8', BigInt64Array.of(0n, 0n, 1n), '3,'))
    // Sample 0 of a data set is the second of its stream, and so on.
    expect(await tokensOf(folder, 0)).toEqual(cut(own[1]!, 1))
    expect(await tokensOf(folder, 1)).toEqual(cut(own[0]!, 1))
    expect(await tokensOf(folder, 2)).toEqual(cut(own[1]!, 2))
    await expect(tokensOf(folder, 3)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('of one prefix there is no blend; of several segments, their name is needed', async () => {
    const folder = await cacheFolder('single')
    const [one] = shards
    const other = shards.find(({ segment }) => segment !== null && segment !== one!.segment)!
    await writeDataSet(folder, one!, 8, '')
    expect(await tokensOf(folder, 4)).toEqual(streamOf(one!).slice(40, 49))
    await writeDataSet(folder, other, 8, '')
    await expect(openMegatronCache(built, folder)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      facts: { fix: expect.stringContaining('--stage') },
    })
    const { segments } = JSON.parse(await readFile(path.join(built.folder, 'schedule.json'), 'utf8'))
    const { stage, sequenceLength } = segments[other.segment!]
    const opened = await openMegatronCache(built, folder, { stage, sequenceLength })
    expect((await opened.sample(0))[0]!.shard).toContain(other.folder)
    await opened.close()
  })

  test('a folder without it, or damaged, is told', async () => {
    const folder = await cacheFolder('damaged')
    await expect(openMegatronCache(built, folder)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await writeDataSet(folder, shards[0]!, 8, '')
    const name = `${shards[0]!.folder.replaceAll('/', '-')}-${shards[0]!.name}-GPTDataset-train-document_index.npy`
    const file = path.join(folder, name)
    const bytes = await readFile(file)
    for (const damage of [bytes.subarray(0, bytes.length - 1), Buffer.from('no array'), Buffer.alloc(0)]) {
      await writeFile(file, damage)
      await expect(openMegatronCache(built, folder)).rejects.toMatchObject({ code: 'OUTPUT_DAMAGED' })
    }
    await writeFile(path.join(folder, 'x-GPTDataset-train-description.txt'), '{}')
    await expect(openMegatronCache(built, folder)).rejects.toMatchObject({ code: 'OUTPUT_DAMAGED' })
  })

  test('64-bit numbers, and rows read in parts', async () => {
    const file = path.join(corpus.directory, 'wide.npy')
    await writeFile(file, npy('<i8', BigInt64Array.of(1n, 2n, 2n ** 40n, -1n), '2, 2'))
    const array = await openNpy(file)
    expect(array.length).toBe(2)
    expect(await array.read(1, 1)).toEqual([2 ** 40, -1])
    await expect(array.read(1, 2)).rejects.toThrow(RangeError)
    await array.close()
  })
})

test('a step is shared out by micro-batches, as Megatron’s sampler does', () => {
  const launch = { batch: 8, microBatch: 2 }
  expect(megatronSamples(3, launch)).toEqual([24, 25, 26, 27, 28, 29, 30, 31])
  expect(megatronSamples(3, launch, { rank: 0, world: 2 })).toEqual([24, 25, 28, 29])
  expect(megatronSamples(3, launch, { rank: 1, world: 2 })).toEqual([26, 27, 30, 31])
  expect(() => megatronSamples(3, launch, { rank: 0, world: 3 })).toThrow(/whole micro-batches/)
  expect(() => megatronSamples(3, launch, { rank: 2, world: 2 })).toThrow(/no rank 2/)
})
