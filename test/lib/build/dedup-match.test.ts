import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { components, match, numbered } from '../../../lib/build/dedup-match.ts'
import type { RefinedPart } from '../../../lib/build/refine-part.ts'
import { keyRanges, writeRun } from '../../../lib/build/runs.ts'
import type { StepContext } from '../../../lib/build/step.ts'
import { loadTables } from '../../../lib/build/tables.ts'
import { fresh } from '../../../lib/kernels/scratch.ts'
import { resolveRecipe } from '../../../lib/recipe/load.ts'

let folder: string
let context: StepContext
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'millrace-'))
  await writeFile(path.join(folder, 'a.jsonl'), '')
  const { recipe, directory } = await resolveRecipe(
    {
      name: 'x',
      sources: { a: { files: ['a.jsonl'], license: 'CC0-1.0', acquisition: 'other' } },
      stages: [{ name: 'base', tokens: 10, mix: { a: 1 } }],
      phases: [{ sequenceLength: 8 }],
    },
    { directory: folder },
  )
  const tables = await loadTables(recipe, directory)
  context = { folder, directory, recipe, tables, progress: () => undefined, scratch: fresh }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Parts of documents, each document with its keys: few and small ones, so that they meet. */
const corpus = fc.array(fc.array(fc.uniqueArray(fc.nat(14), { maxLength: 3 }), { maxLength: 7 }), {
  minLength: 1,
  maxLength: 4,
})

/** The twin: spreads the smallest number over documents with a key in common until nothing changes. */
function naiveComponents(keys: readonly (readonly number[])[]): number[] {
  const component = keys.map((_, document) => document)
  for (let changed = true; changed; ) {
    changed = false
    for (const [a, own] of keys.entries()) {
      for (const [b, others] of keys.entries()) {
        if (component[b]! >= component[a]! || !own.some((key) => others.includes(key))) continue
        component[a] = component[b]!
        changed = true
      }
    }
  }
  return component
}

let builds = 0
/** Runs match over `2^bits` ranges, and components over their edges: [document, component] rows. */
async function run(parts: readonly (readonly (readonly number[])[])[], bits: number): Promise<number[][]> {
  const base = `${builds++}`
  const list: RefinedPart[] = []
  for (const [index, documents] of parts.entries()) {
    // Keys all over the key space, in both halves.
    const rows = documents.flatMap((keys, row) =>
      keys.flatMap((key) => [(key * 0x13579bdf) >>> 0, key % 2, row]),
    )
    const name = `${base}-${index}`
    await writeRun(path.join(folder, `${name}.keys`), Uint32Array.from(rows), 3)
    list.push({ ...part(documents.length), path: name, keys: rows.length / 3 })
  }
  await writeFile(path.join(folder, `${base}.json`), JSON.stringify(list))
  const matches = []
  for (const range of keyRanges(bits)) {
    const input = { range, parts: `${base}.json`, path: `${base}-edges-${range.index}` }
    matches.push((await match.run(input, context)).result)
  }
  const documents = parts.reduce((sum, part) => sum + part.length, 0)
  const { result } = await components.run({ matches, documents, path: `${base}-members` }, context)
  const bytes = await readFile(path.join(folder, result.path))
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
  const rows = Array.from({ length: words.length / 2 }, (_, at) => [words[at * 2]!, words[at * 2 + 1]!])
  expect(result.members).toBe(rows.length)
  expect(result.components).toBe(new Set(rows.map(([, component]) => component)).size)
  return rows
}

describe('match and components', () => {
  test('find what a walk over all pairs finds, whatever the ranges and parts', async () => {
    await fc.assert(
      fc.asyncProperty(corpus, fc.nat(3), async (parts, bits) => {
        const component = naiveComponents(parts.flat())
        const expected = component
          .map((root, document) => [document, root])
          .filter(([, root]) => component.filter((other) => other === root).length > 1)
        expect(await run(parts, bits)).toEqual(expected)
      }),
      { numRuns: 60 },
    )
  })

  test('a long chain is one component, with its smallest member as the root', async () => {
    const chain = Array.from({ length: 3000 }, (_, at) => [at * 7919, (at + 1) * 7919])
    const rows = await run([chain.slice(0, 1000), chain.slice(1000).toReversed()], 2)
    expect(rows).toHaveLength(3000)
    expect(rows.every(([, component]) => component === 0)).toBe(true)
  })
})

function part(documents: number): RefinedPart {
  return { path: '', source: 'a', files: [], records: documents, documents, keys: 0 }
}

test('more documents than their numbers can count are refused', () => {
  expect(numbered([part(3), part(0), part(2)]).map(({ first }) => first)).toEqual([0, 3, 3])
  expect(() => numbered([part(2 ** 31), part(2 ** 31)])).toThrow(
    expect.objectContaining({ code: 'PLAN_INFEASIBLE' }),
  )
})
