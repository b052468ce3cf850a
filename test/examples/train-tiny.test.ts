/** examples/train-tiny: its recipe builds on the installed packages what its scripts ask for. Training: test/interop. */
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { build, loadRecipe, readLedger, verify } from '../../lib/index.ts'
import { temporaryFolder } from '../build/support.ts'
import { type ListedSchedule, readJson } from '../build-reader.ts'

const directory = path.resolve(import.meta.dirname, '../../examples/train-tiny')
let out: string
beforeAll(async () => {
  out = await temporaryFolder()
  await build(await loadRecipe(path.join(directory, 'recipe.yaml')), { out, workers: 0 })
}, 60_000)
afterAll(() => rm(out, { recursive: true, force: true }))

test('builds, with the segments that its picture names', async () => {
  expect((await verify(out)).findings).toEqual([])
  const { segments } = await readJson<ListedSchedule>(out, 'schedule.json')
  const picture = await readFile(path.join(directory, 'curve.svg'), 'utf8')
  for (const { stage, sequenceLength } of segments) {
    expect(picture).toContain(`>${stage}<`)
    expect(picture).toContain(`>${sequenceLength}<`)
  }
  expect(new Set(segments.map(({ sequenceLength }) => sequenceLength))).toEqual(new Set([256, 512, 1024]))
})

test('has steps in every segment, and a holdout of each source', async () => {
  const { segments, holdout } = await readJson<ListedSchedule>(out, 'schedule.json')
  for (const { formats } of segments) expect(formats['packed']?.steps?.count).toBeGreaterThan(20)
  expect(Object.keys(holdout)).toEqual(['docs', 'manual'])
  const { segments: counted } = await readLedger(out)
  // Documents are emitted whole, up to some 15,000 tokens each.
  for (const { pools } of counted) expect(Object.keys(pools).toSorted()).toEqual(['docs', 'manual'])
})
