/** `verify` finds near-copies of what is held out, had dedup left any. */
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { build } from '../../lib/build/build.ts'
import { nearCopiesOfHoldout } from '../../lib/provenance/near-copies.ts'
import { openBuild } from '../../lib/provenance/open.ts'
import { readRecord } from '../../lib/provenance/records.ts'
import { verify } from '../../lib/provenance/verify.ts'
import { resolveRecipe } from '../../lib/recipe/load.ts'
import { prose } from '../build/corpus.ts'
import { temporaryFolder } from '../build/support.ts'

let folder: string
beforeAll(async () => {
  folder = await temporaryFolder()
  const pages = Array.from({ length: 30 }, (_, at) => prose(`page-${at}`, 10))
  const texts = [...pages, ...pages.map((text) => `${text} Copied for the record.`), pages[0]]
  await writeFile(
    path.join(folder, 'pages.jsonl'),
    texts.map((text) => `${JSON.stringify({ text })}\n`).join(''),
  )
  const loaded = await resolveRecipe(
    {
      name: 'near',
      sources: { pages: { files: ['pages.jsonl'], license: 'CC0-1.0', acquisition: 'other' } },
      dedup: ['exact', { minhash: { threshold: 0.7 } }],
      holdout: { tokens: 1500 },
      stages: [{ name: 'only', tokens: 1500, mix: { pages: 1 } }],
      phases: [{ sequenceLength: 128 }],
    },
    { directory: folder },
  )
  await build(loaded, { out: path.join(folder, 'out'), workers: 0 })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('none in a build that deduplicates; all that its verdicts took, had it not', async () => {
  const out = path.join(folder, 'out')
  expect((await verify(out)).findings).toEqual([])
  const opened = await openBuild(out)
  const kept: string[] = []
  const lost: (readonly [string, string])[] = []
  for (let record = 0; record < (opened.manifest.parts[0]?.records ?? 0); record++) {
    const { uid, duplicate } = await readRecord(opened, { part: 0, record })
    if (duplicate === null) kept.push(uid)
    else lost.push([uid, duplicate.duplicateOf])
  }
  const held = new Set(kept.slice(0, 10))
  expect(nearCopiesOfHoldout(opened, held)).toEqual([])

  const left = { ...opened, manifest: { ...opened.manifest, verdicts: [] } }
  const problems = nearCopiesOfHoldout(left, held).map(({ problem }) => problem)
  const copies = lost.filter(([uid, of]) => held.has(of) && !held.has(uid))
  expect(copies.length).toBeGreaterThan(5)
  for (const [uid, of] of copies)
    expect(problems).toContain(`${uid} is a near-copy, by minhash, of ${of}, which is held out`)
  expect(problems.length).toBeGreaterThanOrEqual(copies.length)
})
