/** Which of several duplicates is kept: the source's priority, then a recorded value. */
import { rm } from 'node:fs/promises'
import path from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { preferenceKey } from '../../lib/build/dedup-resolve.ts'
import { dedupVerdicts } from '../../lib/build/dedup-verdicts.ts'
import { readManifest } from '../../lib/build/manifest.ts'
import { recordedNumbers } from '../../lib/build/recorded-values.ts'
import { uidToHex } from '../../lib/documents/uid.ts'
import { build, loadRecipe } from '../../lib/index.ts'
import { openTable } from '../../lib/storage/arrow-table.ts'
import { testRecipe, writeCorpus } from './corpus.ts'
import { temporaryFolder, writeRecipe } from './support.ts'

let root: string
beforeAll(async () => {
  root = await temporaryFolder()
  await writeCorpus(root)
})
afterAll(() => rm(root, { recursive: true, force: true }))

interface Judged {
  readonly priority: number
  readonly words: number
}

/** Builds with the preference, and gives every pair of a kept document and its duplicate. */
async function pairs(order: string): Promise<{ kept: Judged; gone: Judged }[]> {
  const prefer = { value: 'gopher-quality.words', order }
  const recipe = await writeRecipe(root, { ...testRecipe(), prefer }, `${order}.yaml`)
  const out = path.join(root, order)
  await build(await loadRecipe(recipe), { out, workers: 0 })
  const manifest = await readManifest(out)
  const byUid = new Map<string, Judged>()
  const gone: [Judged, string][] = []
  for (const [index, part] of manifest.parts.entries()) {
    const file = path.join(out, `${part.path}.records.arrow`)
    const words = await recordedNumbers(file, 'words', part.documents)
    const verdicts = dedupVerdicts(out, manifest.verdicts, index)
    const table = await openTable(file)
    for (let row = 0; row < table.rows; row++) {
      const { uid, document } = await table.rowAt(row)
      if (typeof document !== 'number' || !(uid instanceof Uint8Array)) continue
      const { priority = 0 } = manifest.recipe.sources[part.source] ?? {}
      const judged = { priority, words: words[document]! }
      const verdict = verdicts.get(document)
      if (verdict === undefined) byUid.set(uidToHex(uid), judged)
      else gone.push([judged, verdict.duplicateOf])
    }
    await table.close()
  }
  return gone.map(([judged, uid]) => ({ kept: byUid.get(uid)!, gone: judged }))
}

function compare(a: readonly [number, number], b: readonly [number, number]): number {
  return Math.sign(a[0] - b[0] || a[1] - b[1])
}

describe('prefer', { timeout: 60_000 }, () => {
  test.each([
    ['highest', 1],
    ['lowest', -1],
  ])('keeps the copy with the %s value, within the priority of the source', async (order, sign) => {
    const found = await pairs(order)
    const alike = found.filter(({ kept, gone }) => kept.priority === gone.priority)
    expect(alike.filter(({ kept, gone }) => kept.words !== gone.words).length).toBeGreaterThan(8)
    expect(alike.filter(({ kept, gone }) => sign * (kept.words - gone.words) < 0)).toEqual([])
    expect(found.filter(({ kept, gone }) => kept.priority < gone.priority)).toEqual([])
    expect(found.length).toBeGreaterThan(alike.length)
  })

  test('ranks numbers as they are ordered, and those that were not recorded last', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.double({ noNaN: true }), (a, b) => {
        const lowest = Math.sign(Number(a > b) - Number(a < b))
        expect(compare(preferenceKey(a, 'lowest'), preferenceKey(b, 'lowest'))).toBe(lowest)
        expect(compare(preferenceKey(a, 'highest'), preferenceKey(b, 'highest'))).toBe(0 - lowest)
        expect(compare(preferenceKey(a, 'highest'), preferenceKey(Number.NaN, 'highest'))).toBe(-1)
      }),
    )
    expect(preferenceKey(-0, 'lowest')).toEqual(preferenceKey(0, 'lowest'))
  })

  test.each([
    ['nothing', 'no filter of the sources records a number "nothing"'],
    ['language.label', 'no filter of the sources records a number "language.label"'],
    ['tokens', 'no filter of the sources records a number "tokens"'],
  ])('%s is refused', async (value, message) => {
    const recipe = await writeRecipe(root, { ...testRecipe(), prefer: value }, 'refused.yaml')
    await expect(loadRecipe(recipe)).rejects.toThrow(message)
  })
})
