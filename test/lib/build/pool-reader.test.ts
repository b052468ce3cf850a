import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPool, type PoolDocuments, type PoolReader } from '../../../lib/build/pool-reader.ts'
import type { Pool } from '../../../lib/build/pools.ts'
import { bytesOf } from '../../../lib/build/runs.ts'
import { keyedNumbers } from '../../provenance/corpus.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'millrace-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Written {
  readonly pool: Pool
  /** Lengths in pool order; document i has the uid words i + 1, 0, 0, 0 and the tokens i, i, … */
  readonly lengths: readonly number[]
}

/** A pool of several parts, one of them empty, with `heldOut` documents at its head. */
async function writePool(name: string, documents: number, heldOut: number): Promise<Written> {
  const number = keyedNumbers(name)
  const lengths = Array.from({ length: documents }, () => 1 + Math.floor(number() * 20))
  const bounds = [
    0,
    Math.floor(documents / 3),
    Math.floor(documents / 3),
    Math.floor(documents / 2),
    documents,
  ]
  const parts: Pool['parts'][number][] = []
  for (let at = 0; at + 1 < bounds.length; at++) {
    const own = lengths.slice(bounds[at], bounds[at + 1])
    let first = 0
    const rows = own.flatMap((length, index) => {
      const row = [bounds[at]! + index + 1, 0, 0, 0, length, first]
      first += length
      return row
    })
    const tokens = own.flatMap((length, index) => Array.from({ length }, () => bounds[at]! + index))
    const base = `${name}-${at}`
    await writeFile(path.join(folder, `${base}.documents`), bytesOf(Uint32Array.from(rows)))
    await writeFile(path.join(folder, `${base}.tokens`), bytesOf(Uint16Array.from(tokens)))
    const loss = Uint8Array.from(tokens, (document, at) => (document + at) % 2)
    await writeFile(path.join(folder, `${base}.loss`), loss)
    parts.push({ path: base, documents: own.length, tokens: first, longest: Math.max(0, ...own) })
  }
  const held = lengths.slice(0, heldOut).reduce((sum, length) => sum + length, 0)
  return {
    pool: {
      name,
      source: name,
      plain: true,
      masked: documents % 2 === 0,
      parts,
      heldOut: { documents: heldOut, tokens: held },
    },
    lengths,
  }
}

function rowsOf({ count, uids, lengths, epochs, parts, firstTokens }: PoolDocuments): string[] {
  return Array.from({ length: count }, (_, at) =>
    [uids[at * 4]! - 1, lengths[at], epochs[at], parts[at], firstTokens[at]].join('/'),
  )
}

/** Numbers of the documents, and where each begins. */
function placesOf(
  documents: PoolDocuments,
): { document: number; epoch: number; start: number; end: number }[] {
  let start = 0
  return Array.from({ length: documents.count }, (_, at) => {
    const end = start + documents.lengths[at]!
    const place = { document: documents.uids[at * 4]! - 1, epoch: documents.epochs[at]!, start, end }
    start = end
    return place
  })
}

describe.each([
  ['small', 9, 0],
  ['held', 30, 4],
  ['part-held', 30, 17],
])('pool %s of %d documents, %d held out', (name, count, heldOut) => {
  let reader: PoolReader
  let written: Written
  beforeAll(async () => {
    written = await writePool(name, count, heldOut)
    reader = openPool(folder, written.pool, { seed: 7, order: 0 }, 2)
  })
  afterAll(() => reader.close())

  test('an epoch has every document that is not held out, once', () => {
    const expected = [...written.lengths.keys()].slice(heldOut)
    expect(reader.tokens).toBe(written.lengths.slice(heldOut).reduce((sum, length) => sum + length, 0))
    const epochs = [0, 1, 2].map((epoch) =>
      placesOf(reader.documents(epoch * reader.tokens, (epoch + 1) * reader.tokens)),
    )
    for (const [epoch, places] of epochs.entries()) {
      expect(places.map(({ document }) => document).toSorted((a, b) => a - b)).toEqual(expected)
      expect(places.every((place) => place.epoch === epoch)).toBe(true)
      expect(places.every(({ document, start, end }) => end - start === written.lengths[document])).toBe(true)
    }
    expect(epochs[0]!.map(({ document }) => document)).toEqual(expected)
    const orders = epochs.map((places) => places.map(({ document }) => document).join())
    expect(new Set(orders).size).toBe(3)
  })

  test('documents(a, b) and documents(b, c) are documents(a, c), for any cuts', () => {
    const end = reader.tokens * 3 + 5
    fc.assert(
      fc.property(fc.array(fc.nat(end), { minLength: 2, maxLength: 6 }), (cuts) => {
        const sorted = cuts.toSorted((a, b) => a - b)
        const pieces = sorted.slice(1).flatMap((to, at) => rowsOf(reader.documents(sorted[at]!, to)))
        expect(pieces).toEqual(rowsOf(reader.documents(sorted[0]!, sorted.at(-1)!)))
      }),
      { numRuns: 60 },
    )
  })

  test('around(p) is the document that p lies within, or p itself where one begins', () => {
    const places = placesOf(reader.documents(0, reader.tokens * 3))
    fc.assert(
      fc.property(fc.nat(reader.tokens * 3 - 1), (position) => {
        const within = places.find(({ start, end }) => start < position && position < end)
        expect(reader.around(position)).toEqual({
          start: within?.start ?? position,
          end: within?.end ?? position,
        })
      }),
    )
  })

  test('read gives any part of a document’s own tokens', () => {
    const documents = reader.documents(reader.tokens - 1, reader.tokens * 2)
    for (const [at, { document, start, end }] of placesOf(documents).entries()) {
      const tokens = reader.read(documents, at, 0, end - start)
      expect([...tokens]).toEqual(Array.from({ length: end - start }, () => document))
      expect([...reader.read(documents, at, end - start - 1, 1)]).toEqual([document])
    }
  })

  test('what is held out is the head of the order', () => {
    const held = placesOf(reader.heldOut())
    expect(held.map(({ document }) => document)).toEqual([...written.lengths.keys()].slice(0, heldOut))
  })
})

test('another seed gives another order to later epochs, and none to the first; another order to all', async () => {
  const { pool } = await writePool('seeds', 40, 5)
  const epochs = [
    { seed: 1, order: 0 },
    { seed: 2, order: 0 },
    { seed: 1, order: 3 },
  ].map((keys) => {
    const reader = openPool(folder, pool, keys, 2)
    const rows = [0, 1].map((epoch) =>
      rowsOf(reader.documents(epoch * reader.tokens, (epoch + 1) * reader.tokens)),
    )
    const held = rowsOf(reader.heldOut())
    reader.close()
    return { rows, held }
  })
  const [one, other, ordered] = epochs.map(({ rows }) => rows)
  expect(other![0]).toEqual(one![0])
  expect(other![1]).not.toEqual(one![1])
  expect(ordered![0]).not.toEqual(one![0])
  expect(ordered![0]!.toSorted()).toEqual(one![0]!.toSorted())
  expect(epochs[2]!.held).toEqual(epochs[0]!.held)
})
