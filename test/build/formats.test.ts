/** A build in every format: they hold the same documents and sequences, and folders have their indexes. */
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formats } from '../../lib/formats/index.ts'
import {
  build,
  loadRecipe,
  openBuild,
  plan,
  readLedger,
  tokenizeFiles,
  traceItem,
  traceToken,
  verify,
  where,
} from '../../lib/index.ts'
import { type ReadShard, readShards } from '../build-reader.ts'
import { readLitdata, readMds } from '../lib/formats/sequence-readers.ts'
import { readDatatrove, readLlmc, readNanogpt, readOlmo } from '../lib/formats/token-readers.ts'
import { testRecipe, writeCorpus } from './corpus.ts'
import { outputHashes, temporaryFolder, writeRecipe } from './support.ts'

let root: string
let out: string
let shards: ReadShard[]

function recipeWith(output: object) {
  const recipe = testRecipe()
  return { ...recipe, output: { ...recipe.output, ...output } }
}

beforeAll(async () => {
  root = await temporaryFolder()
  out = path.join(root, 'out')
  await writeCorpus(root)
  const recipe = await writeRecipe(root, recipeWith({ formats: [...formats.keys()] }))
  await build(await loadRecipe(recipe), { out, workers: 0 })
  shards = await readShards(out)
})

afterAll(() => rm(root, { recursive: true, force: true }))

const base = ({ folder, name }: ReadShard, format: string): string => path.join(out, folder, format, name)
const ids = (items: readonly { tokens: ArrayLike<number> }[]): number[][] =>
  items.map((item) => Array.from(item.tokens))

describe('a build in every format', () => {
  test('verifies', async () => {
    const { findings } = await verify(out)
    expect(findings).toEqual([])
    expect(shards.length).toBeGreaterThan(8)
  })

  const small = { vocabularySize: 32_000 }
  test.each([
    ['nanogpt', readNanogpt],
    ['llmc', readLlmc],
    ['olmo', (file: string) => readOlmo(file, small)],
    ['datatrove', (file: string) => readDatatrove(file, 'mistral-v1')],
  ])('%s has the documents', async (format, read) => {
    for (const shard of shards) expect(ids(await read(base(shard, format)))).toEqual(ids(shard.documents))
  })

  test.each([
    ['mds', readMds],
    ['litdata', (file: string) => readLitdata(file, small)],
  ])('%s has the sequences, with their pieces', async (format, read) => {
    for (const shard of shards) {
      const sequences = await read(base(shard, format))
      expect(ids(sequences)).toEqual(ids(shard.sequences))
      expect(sequences.map((item) => item.pieceLengths)).toEqual(
        shard.sequences.map((item) => item.pieceLengths),
      )
    }
  })

  test('a row of olmo names the document’s uid and source', async () => {
    const finished = await openBuild(out)
    for (const shard of [shards[0]!, shards.at(-1)!]) {
      const rows = gunzipSync(await readFile(`${base(shard, 'olmo')}.csv.gz`))
        .toString()
        .split('\r\n')
        .slice(0, -1)
        .map((row) => row.split(','))
      expect(rows.map(([, , uid]) => uid)).toEqual(shard.documents.map(({ uid }) => uid))
      expect(rows.map(([, , , source]) => source)).toEqual(
        shard.documents.map(({ pool }) => pool.replace(/\..*/, '')),
      )
      const found = await where(finished, { doc: rows[0]![2]! })
      expect(JSON.stringify(found)).toContain(rows[0]![2])
    }
  })

  test.each([...formats.values()])('a token of $name is traced to its document', async (format) => {
    const finished = await openBuild(out)
    const shard = shards[1]!
    const stored = format.kind === 'documents' ? shard.documents : shard.sequences
    const position = stored[0]!.tokens.length + 5
    const file = path.join(out, shard.folder, format.name, shard.name + format.extensions[0])
    const traced = await traceToken(finished, file, position)
    expect(traced).toMatchObject({ reproduced: true, token: { id: stored[1]!.tokens[5] } })
  })

  test.each([...formats.values()])('an item of $name is traced to its documents', async (format) => {
    const finished = await openBuild(out)
    const shard = shards[1]!
    const file = path.join(out, shard.folder, format.name, shard.name + format.extensions[0])
    const pieces = await traceItem(finished, file, 1)
    const own = shard.pieces.filter(({ sequence }) => sequence === 1)
    const expected =
      format.kind === 'documents'
        ? [[shard.documents[1]!.uid, shard.documents[1]!.tokens.length]]
        : own.map(({ document }, at) => [
            shard.documents[document]!.uid,
            shard.sequences[1]!.pieceLengths[at],
          ])
    expect(pieces.map(({ uid, length }) => [uid, length])).toEqual(expected)
  })

  test('tails are what the files’ sizes leave of whole sequences, by format', async () => {
    const { segments } = await readLedger(out)
    for (const [at, { formats: counted, sequenceLength }] of segments.entries()) {
      const own = shards.filter(({ segment }) => segment === at)
      const lengths = own.map(({ documents }) =>
        documents.reduce((sum, { tokens }) => sum + tokens.length, 0),
      )
      const tail = (size: number) => lengths.reduce((sum, length) => sum + (length % size), 0)
      const found = Object.entries(counted).map(([name, counts]) => [name, counts.tail])
      expect(Object.fromEntries(found)).toEqual({
        ...Object.fromEntries([...formats.keys()].map((name) => [name, 0])),
        olmo: tail(sequenceLength),
        datatrove: tail(sequenceLength + 1),
      })
    }
    expect(segments.some(({ formats: counted }) => (counted['olmo']?.tail ?? 0) > 0)).toBe(true)
  })

  test.each(['mds', 'litdata'])(
    '%s has an index of each folder, listed and made again the same',
    async (format) => {
      const files = Object.keys(await outputHashes(out))
      for (const folder of new Set(shards.map((shard) => shard.folder))) {
        const file = `${folder}/${format}/index.json`
        expect(files).toContain(file)
        const text = await readFile(path.join(out, file), 'utf8')
        const own = shards.filter((shard) => shard.folder === folder)
        const index: { shards?: { samples: number }[]; chunks?: { chunk_size: number }[] } = JSON.parse(text)
        const items =
          index.shards?.map((shard) => shard.samples) ?? index.chunks?.map((chunk) => chunk.chunk_size)
        expect(items).toEqual(own.map((shard) => shard.sequences.length))
      }
      const damaged = path.join(out, shards[0]!.folder, format, 'index.json')
      const before = await readFile(damaged, 'utf8')
      await writeFile(damaged, 'x')
      expect((await verify(out)).findings.length).toBeGreaterThan(0)
      await build(await loadRecipe(path.join(root, 'recipe.yaml')), { out, workers: 0 })
      expect(await readFile(damaged, 'utf8')).toBe(before)
    },
  )
})

test('what a format cannot hold is refused before any work, in the plan too', async () => {
  const file = await writeRecipe(
    root,
    recipeWith({ formats: ['packed', 'llmc'], documents: { bos: false, eos: false } }),
    'joined.yaml',
  )
  const refused = { code: 'RECIPE_INVALID', facts: { key: 'output.formats[1]' } }
  const loaded = await loadRecipe(file)
  await expect(build(loaded, { out: path.join(root, 'joined'), workers: 0 })).rejects.toMatchObject(refused)
  await expect(plan(loaded)).rejects.toMatchObject(refused)
  await expect(stat(path.join(root, 'joined'))).rejects.toMatchObject({ code: 'ENOENT' })
})

test('tokenized files have their folder’s index too', async () => {
  const input = path.join(root, 'input.jsonl')
  await writeFile(input, '{"text": "A mill race is a channel."}\n{"text": "It leads water to the wheel."}\n')
  const options = { tokenizer: 'mistral-v1', bos: true, eos: true, sequenceLength: 8 }
  const target = path.join(root, 'tokenized')
  const written = await tokenizeFiles([input], { ...options, out: target, format: 'mds' })
  expect(written.files).toEqual([path.join(target, '00000.mds'), path.join(target, 'index.json')])
  const sequences = await readMds(path.join(target, '00000'))
  expect(sequences.flatMap((item) => item.pieceLengths).reduce((sum, length) => sum + length, 0)).toBe(
    written.tokens,
  )
  const index: { shards: { samples: number }[] } = JSON.parse(await readFile(written.files[1]!, 'utf8'))
  expect(index.shards.map((shard) => shard.samples)).toEqual([sequences.length])
})
