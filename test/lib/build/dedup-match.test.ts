import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { components, match } from '../../../lib/build/dedup-match.ts'
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
/**
 * Runs match over `2^bits` ranges, and components over their edges: [part, row, component] rows. Documents are in the last
 * rows of their parts, of which each has `more` others before them.
 */
async function run(
  parts: readonly (readonly (readonly number[])[])[],
  bits: number,
  more = 0,
): Promise<[number, number, number][]> {
  const base = `${builds++}`
  const list: RefinedPart[] = []
  for (const [index, documents] of parts.entries()) {
    // Keys all over the key space, in both halves.
    const rows = documents.flatMap((keys, row) =>
      keys.flatMap((key) => [(key * 0x13579bdf) >>> 0, key % 2, more + row]),
    )
    const name = `${base}-${index}`
    await writeRun(path.join(folder, `${name}.keys`), Uint32Array.from(rows), 3)
    list.push({ ...part(more + documents.length), path: name, keys: rows.length / 3 })
  }
  await writeFile(path.join(folder, `${base}.json`), JSON.stringify(list))
  const matches = []
  for (const range of keyRanges(bits)) {
    const input = { range, parts: `${base}.json`, path: `${base}-edges-${range.index}` }
    matches.push((await match.run(input, context)).result)
  }
  const { result } = await components.run(
    { matches, parts: `${base}.json`, path: `${base}-members` },
    context,
  )
  const bytes = await readFile(path.join(folder, result.path))
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
  const rows = Array.from({ length: words.length / 4 }, (_, at): [number, number, number] => {
    const [part = 0, row = 0, high = 0, low = 0] = words.subarray(4 * at, 4 * at + 4)
    return [part, row, high * 2 ** 32 + low]
  })
  expect(result.members).toBe(rows.length)
  expect(result.components).toBe(new Set(rows.map(([, , component]) => component)).size)
  return rows
}

/** What `run` must give: the members in order, each with the place among them of the first one of its component. */
function expectedOf(
  parts: readonly (readonly (readonly number[])[])[],
  more = 0,
): [number, number, number][] {
  const component = naiveComponents(parts.flat())
  const places = parts.flatMap((documents, part) => documents.map((_, row) => [part, more + row] as const))
  const members = places
    .map((_, at) => at)
    .filter((at) => component.filter((other) => other === component[at]).length > 1)
  return members.map((at) => [...places[at]!, members.indexOf(component[at]!)])
}

describe('match and components', () => {
  test('find what a walk over all pairs finds, whatever the ranges and parts', async () => {
    await fc.assert(
      fc.asyncProperty(corpus, fc.nat(3), async (parts, bits) => {
        expect(await run(parts, bits)).toEqual(expectedOf(parts))
      }),
      { numRuns: 60 },
    )
  })

  test('the same where documents are more than 32 bits can count', async () => {
    const more = 2 ** 32 - 10
    await fc.assert(
      fc.asyncProperty(corpus, async (parts) => {
        expect(await run(parts, 1, more)).toEqual(expectedOf(parts, more))
      }),
      { numRuns: 30 },
    )
  })

  test('a long chain is one component, with its smallest member as the root', async () => {
    const chain = Array.from({ length: 3000 }, (_, at) => [at * 7919, (at + 1) * 7919])
    const rows = await run([chain.slice(0, 1000), chain.slice(1000).toReversed()], 2)
    expect(rows).toHaveLength(3000)
    expect(rows.every(([, , component]) => component === 0)).toBe(true)
  })
})

function part(documents: number): RefinedPart {
  return { path: '', source: 'a', files: [], records: documents, documents, keys: 0 }
}
