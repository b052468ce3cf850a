/** examples/train-tiny: what the Dataset gives is what the shards have, and a small model learns from it. */
import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { build, resolveRecipe } from '../../lib/index.ts'
import type { RecipeInput } from '../../lib/recipe/schema.ts'
import { temporaryFolder } from '../build/support.ts'
import { type ReadShard, readShards } from '../build-reader.ts'
import { pythonJson, readerPython } from './python.ts'

const python = await readerPython('arrow')
const directory = path.resolve(import.meta.dirname, '../../examples/train-tiny')
const run = promisify(execFile)

let root: string
let out: string
let shards: ReadShard[]
beforeAll(async () => {
  root = await temporaryFolder()
  out = path.join(root, 'out')
  const recipe: RecipeInput = parse(await readFile(path.join(directory, 'recipe.yaml'), 'utf8'))
  const changed: RecipeInput = {
    ...recipe,
    // Sequences of 513 tokens: their loss masks do not begin at bytes.
    phases: recipe.phases.map((phase, at) => ({ ...phase, unit: at === 1 ? 'S+1' : 'S' })),
    output: { ...recipe.output, formats: ['packed', 'megatron'] },
  }
  await build(await resolveRecipe(changed, { directory }), { out, workers: 0 })
  shards = await readShards(out)
})
afterAll(() => rm(root, { recursive: true, force: true }))

/** Batches of each segment through the DataLoader, as a trainer gets them. */
const READ = `
import json, pathlib, sys
sys.path.insert(0, sys.argv[1])
import torch
from dataset import PackedDataset, collate, read_schedule
build = pathlib.Path(sys.argv[2])
out = []
for segment in read_schedule(build)['segments']:
  data = PackedDataset([build / file for file in segment['formats']['packed']['files']])
  loader = torch.utils.data.DataLoader(data, batch_size=7, collate_fn=collate, num_workers=int(sys.argv[3]))
  out.append([{name: tensor.tolist() for name, tensor in batch.items()} for batch in loader])
print(json.dumps(out))
`

interface Batch {
  readonly input_ids: readonly number[][]
  readonly position_ids: readonly number[][]
  readonly document_ids: readonly number[][]
  readonly labels: readonly number[][]
  readonly cu_seqlens: readonly number[]
}

/** What the Dataset has to give for some sequences. */
function expected(sequences: readonly ReadShard['sequences'][number][]): Batch {
  const pieces = sequences.map(({ tokens, pieceLengths }) => {
    const padding = tokens.length - pieceLengths.reduce((sum, length) => sum + length, 0)
    return padding > 0 ? [...pieceLengths, padding] : [...pieceLengths]
  })
  let end = 0
  return {
    input_ids: sequences.map(({ tokens }) => [...tokens]),
    position_ids: pieces.map((own) => own.flatMap((length) => Array.from({ length }, (_, at) => at))),
    document_ids: sequences.map(({ tokens, pieceLengths }) => {
      const ids = pieceLengths.flatMap((length, piece) => Array<number>(length).fill(piece + 1))
      return [...ids, ...Array<number>(tokens.length - ids.length).fill(0)]
    }),
    labels: sequences.map(({ tokens, pieceLengths }) => {
      const labels = Array<number>(tokens.length).fill(-100)
      let start = 0
      for (const length of pieceLengths) {
        for (let at = start; at < start + length - 1; at++) labels[at] = tokens[at + 1]!
        start += length
      }
      return labels
    }),
    cu_seqlens: [0, ...pieces.flat().map((length) => (end += length))],
  }
}

const failure = (args: readonly string[]): Promise<string> =>
  run(python!, [path.join(directory, 'train.py'), ...args]).then(
    () => '',
    ({ stderr }: { stderr: string }) => stderr,
  )

/** Losses of a few steps. */
const losses = async (name: string, seed: string): Promise<unknown> => {
  const folder = path.join(root, name)
  const few = [
    '--steps',
    '4',
    '--threads',
    '1',
    '--validate',
    '512',
    '--width',
    '32',
    '--layers',
    '2',
    '--heads',
    '2',
  ]
  await run(python!, [path.join(directory, 'train.py'), out, '--out', folder, '--seed', seed, ...few])
  return JSON.parse(await readFile(path.join(folder, 'losses.json'), 'utf8'))
}

describe.skipIf(python === undefined)('examples/train-tiny (needs pyarrow and torch)', () => {
  test.each(['0', '2'])(
    'the Dataset gives every token, position and boundary, with %s workers',
    async (workers) => {
      const read = await pythonJson<Batch[][]>(python!, READ, directory, out, workers)
      const count = Math.max(...shards.map(({ segment }) => segment ?? 0)) + 1
      expect(count).toBe(4)
      const batches = Array.from({ length: count }, (_, segment) => {
        const own = shards.filter((shard) => shard.segment === segment).flatMap(({ sequences }) => sequences)
        return Array.from({ length: Math.ceil(own.length / 7) }, (_each, at) =>
          expected(own.slice(7 * at, 7 * at + 7)),
        )
      })
      expect(batches.flat(2).some(({ cu_seqlens }) => cu_seqlens.length > 9)).toBe(true)
      expect(read).toEqual(batches)
    },
  )

  test('a token sees its document, and what comes before it', async () => {
    const script = `
import json, sys
sys.path.insert(0, sys.argv[1])
import torch
from model import Model
torch.manual_seed(0)
model = Model(torch.ones(50, dtype=torch.bool), 32, 2, 2)
for p in model.parameters(): torch.nn.init.normal_(p, std=0.3)
documents = torch.tensor([[0, 0, 0, 1, 1, 1, 1]])
positions = torch.tensor([[0, 1, 2, 0, 1, 2, 3]])
ids = torch.randint(0, 50, (1, 7))
before = model(ids, positions, documents)
seen = []
for at in range(7):
  changed = ids.clone(); changed[0, at] = (ids[0, at] + 1) % 50
  seen.append((model(changed, positions, documents) != before).any(-1)[0].tolist())
# The same document behind another one, or alone: its positions are its own.
alone = model(ids[:, 3:], positions[:, 3:], documents[:, 3:])
print(json.dumps({'seen': seen, 'alone': torch.allclose(alone, before[:, 3:], atol=1e-5)}))
`
    const { seen, alone } = await pythonJson<{ seen: boolean[][]; alone: boolean }>(
      python!,
      script,
      directory,
    )
    const document = [0, 0, 0, 1, 1, 1, 1]
    expect(seen).toEqual(document.map((own, at) => document.map((other, row) => own === other && row >= at)))
    expect(alone).toBe(true)
  })

  test('the loss falls below the unigram entropy, in training and on what is held out', async () => {
    const folder = path.join(root, 'run')
    await run(python!, [
      path.join(directory, 'train.py'),
      out,
      '--out',
      folder,
      '--steps',
      '120',
      '--threads',
      '1',
      '--validate',
      '4096',
    ])
    const log = JSON.parse(await readFile(path.join(folder, 'losses.json'), 'utf8'))
    const lengths = log.segments.map(({ length }: { length: number }) => length)
    expect(lengths).toEqual([256, 512, 512, 1024])
    const last = log.steps.slice(-20).map(({ loss }: { loss: number }) => loss)
    const training = last.reduce((sum: number, loss: number) => sum + loss, 0) / last.length
    expect(training).toBeLessThan(log.entropy)
    for (const [name, loss] of Object.entries(log.validation.at(-1).losses)) {
      expect([name, loss]).toEqual([name, expect.any(Number)])
      expect(loss).toBeLessThan(log.entropy)
    }
    // The rest of what is held out, looked at once.
    expect(Object.keys(log.test)).toEqual(['docs', 'manual'])
    for (const { loss } of Object.values<{ loss: number }>(log.test)) expect(loss).toBeLessThan(log.entropy)
    expect(await readFile(path.join(folder, 'curve.svg'), 'utf8')).toMatch(
      /^<svg[\s\S]*held out[\s\S]*<\/svg>\n$/,
    )
  }, 600_000)

  test('the same seed gives the same losses', async () => {
    const first = await losses('first', '1')
    expect(await losses('again', '1')).toEqual(first)
    expect(await losses('other', '2')).not.toEqual(first)
  })

  test('says what is wrong with its input', async () => {
    expect(await failure([path.join(root, 'nowhere')])).toMatch(/is no finished build[\s\S]*millrace build/)
    const other = path.join(root, 'changed')
    await mkdir(other)
    const segment = { stage: 'base', sequenceLength: 8, formats: { megatron: { files: [] } } }
    await writeFile(path.join(other, 'schedule.json'), JSON.stringify({ segments: [segment], holdout: {} }))
    expect(await failure([other])).toMatch(/no `packed` shards[\s\S]*output\.formats/)
    expect(await failure([out, '--device', 'cuda:7'])).toMatch(/torch cannot use --device cuda:7/)
    const schedule = JSON.parse(await readFile(path.join(out, 'schedule.json'), 'utf8'))
    schedule.segments[0].formats.packed.files = ['schedule.json']
    await writeFile(path.join(other, 'schedule.json'), JSON.stringify(schedule))
    const said = await failure([other])
    expect(said).toMatch(/schedule\.json is no `packed` shard/)
    expect(said).not.toMatch(/Traceback/)
    schedule.segments[0].formats.packed.files = ['shards/missing.arrow']
    await writeFile(path.join(other, 'schedule.json'), JSON.stringify(schedule))
    expect(await failure([other])).toMatch(/missing\.arrow is missing/)
  })
})
