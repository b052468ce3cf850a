/** `millrace dedup` with methods that cut text, against what they are by definition. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeUid } from '../../lib/documents/uid.ts'
import { type Key64, keyedHash } from '../../lib/kernels/keyed-hash.ts'
import { readChunks } from '../../lib/storage/input-file.ts'
import { drawer } from '../build/corpus.ts'
import { jsonLines, millrace, type Parsed } from './run.ts'

interface Line {
  readonly id: string
  readonly text: string
}

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'millrace-cuts-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

const draw = drawer('cuts')

/** Documents of few different lines, some of them in many documents and often in one. */
const documents: Line[] = Array.from({ length: 400 }, (_, at) => ({
  id: `d${at}`,
  text: Array.from({ length: 1 + draw(8) }, () => `line ${draw(2) === 0 ? draw(5) : draw(900)}`).join('\n'),
}))

/** The documents in the order in which they keep what several have: by keyed hash of the uid. */
function ranked(): Line[] {
  const hash = keyedHash(0, 'dedup')
  const keyOf = ({ id, text }: Line): string => {
    const uid = new Uint32Array(4)
    const key: Key64 = { high: 0, low: 0 }
    writeUid('input', { id, text, url: undefined }, new Uint8Array(uid.buffer), 0)
    hash(uid, 0, key)
    return [key.high, key.low].map((half) => half.toString(16).padStart(8, '0')).join('')
  }
  return documents.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

/** What is left of each document by definition: a line goes if `limit` equal ones come before it. */
function expectedTexts(limit: number): { left: Map<string, string>; first: Map<string, string> } {
  const seen = new Map<string, number>()
  const first = new Map<string, string>()
  const left = new Map<string, string>()
  for (const { id, text } of ranked()) {
    const kept = text.split('\n').filter((line) => {
      const count = seen.get(line) ?? 0
      seen.set(line, count + 1)
      if (count === 0) first.set(line, id)
      return count < limit
    })
    left.set(id, kept.join('\n'))
  }
  return { left, first }
}

async function deduplicated(files: readonly string[], ...args: readonly string[]): Promise<Parsed> {
  const out = path.join(folder, `out-${args.join('-')}-${files.length}`)
  const { code, stdout, stderr } = await millrace(folder, [
    'dedup',
    ...files,
    '--out',
    out,
    '--json',
    ...args,
  ])
  expect([code, stderr]).toEqual([0, ''])
  const kept: Parsed[] = []
  for (const name of (await readdir(out)).filter((each) => each.startsWith('kept-'))) {
    const chunks: Uint8Array[] = []
    for await (const chunk of readChunks(path.join(out, name)))
      if (chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk))
    kept.push(...jsonLines(Buffer.concat(chunks).toString()))
  }
  const linesOf = async (name: string): Promise<Parsed[]> =>
    jsonLines(await readFile(path.join(out, name), 'utf8'))
  return {
    summary: JSON.parse(stdout),
    kept,
    gone: await linesOf('duplicates.jsonl'),
    cuts: await linesOf('cuts.jsonl'),
  }
}

const byId = (a: Parsed, b: Parsed): number => (a.id < b.id ? -1 : 1)
const own = (at: number): string => `Own ${at} one. Own ${at} two.`

async function write(name: string, some: readonly Line[]): Promise<string> {
  await writeFile(path.join(folder, name), some.map((each) => `${JSON.stringify(each)}\n`).join(''))
  return name
}

test.each([1, 3])('lines beyond a limit of %i go, wherever they are', async (limit) => {
  const files = [
    await write('a.jsonl', documents.slice(0, 250)),
    await write('b.jsonl', documents.slice(250)),
  ]
  const settings = [`limit=${limit}`, 'minRest=0', 'minCharacters=1'].flatMap((each) => [
    '--set',
    `lines.${each}`,
  ])
  const { summary, kept, gone, cuts } = await deduplicated(files, '--method', 'lines', ...settings)
  const { left, first } = expectedTexts(limit)
  const nothing = [...left].flatMap(([id, text]) => (text === '' ? [id] : []))
  expect(gone.map(({ id }: Parsed) => id).toSorted()).toEqual(nothing.toSorted())
  expect(nothing.length).toBeGreaterThan(3)
  const texts = Object.fromEntries(kept.map(({ id, text }: Line) => [id, text.trimEnd()]))
  expect(texts).toEqual(Object.fromEntries([...left].filter(([, text]) => text !== '')))
  expect(cuts.length).toBeGreaterThan(100)
  for (const { keptIn, text } of cuts) expect(keptIn).toBe(first.get(text.trim()))
  expect(summary).toMatchObject({
    documents: documents.length,
    kept: kept.length,
    duplicates: nothing.length,
    cut: new Set(cuts.map(({ id }: Parsed) => id)).size,
  })

  const other = [await write('c.jsonl', documents.toReversed())]
  const again = await deduplicated(other, '--method', 'lines', ...settings)
  expect(again.kept.toSorted(byId)).toEqual(kept.toSorted(byId))
  expect(again.gone.toSorted(byId)).toEqual(gone.toSorted(byId))
})

test('three sentences that another document has are cut; copies of a whole record are left alike', async () => {
  const shared = 'Shared one. Shared two. Shared three.'
  const some = [
    { id: 'a', text: `${own(1)} ${shared} ${own(2)}` },
    { id: 'b', text: `${own(3)} ${shared}` },
    { id: 'c', text: `${own(4)} Shared one. Shared two.` },
    { id: 'twice', text: `${own(5)} A. B. C.` },
    { id: 'twice', text: `${own(5)} A. B. C.` },
    ...Array.from({ length: 8 }, (_, at) => {
      const most = `Most ${at} one. Most ${at} two. Most ${at} three.`
      const copy = { id: `copy-${at}`, text: `${own(10 + at)} ${most}` }
      return [copy, { id: `other-${at}`, text: `${own(30 + at)} ${most}` }, copy]
    }).flat(),
    { id: 'self', text: 'Same. Same. Same. Same. Same. Same. Same. End.' },
  ]
  const files = [await write('spans.jsonl', some)]
  const { kept, cuts } = await deduplicated(
    files,
    '--method',
    'spans',
    '--set',
    'spans.minRest=0',
    '--set',
    'spans.minCharacters=1',
  )
  const textOf = (id: string): string[] =>
    kept.filter((each: Line) => each.id === id).map(({ text }: Line) => text)
  expect([...textOf('a'), ...textOf('b')].toSorted()).toEqual(
    [
      [some[0]?.text, own(3)],
      [`${own(1)} ${own(2)}`, some[1]?.text],
    ]
      .find(([a]) => a === textOf('a')[0])
      ?.toSorted(),
  )
  expect(textOf('c')).toEqual([some[2]?.text])
  expect(textOf('twice')).toEqual([some[3]?.text, some[4]?.text])
  expect(textOf('self')).toEqual(['Same. Same. Same. Same. End.'])
  const copies = Array.from({ length: 8 }, (_, at) => textOf(`copy-${at}`))
  for (const [one, other] of copies) expect(one).toBe(other)
  const cutCopies = copies.filter(([one = '']) => !one.includes('Most')).length
  expect([0, 8]).not.toContain(cutCopies)
  expect(cuts).toHaveLength(2 + 8 + cutCopies)
})

test('verify: jaccard compares what the cuts left, exactly', async () => {
  const notice = 'This notice stands in all of them. It has nothing to say.'
  const words = Array.from({ length: 60 }, (_, at) => `word${at}`)
  const some = Array.from({ length: 40 }, (_, at) => {
    const edited = words.map((word, place) => (place < at ? `${word}-${at}` : word))
    return { id: `e${at}`, text: `${edited.join(' ')}\n${notice}` }
  })
  const files = [await write('near.jsonl', some)]
  const settings = ['lines.minRest=0', 'lines.limit=1', 'minhash.verify=jaccard', 'minhash.threshold=0.7']
  const methods = ['--method', 'lines', '--method', 'minhash', ...settings.flatMap((each) => ['--set', each])]
  const { gone } = await deduplicated(files, ...methods)
  const gramsOf = (id: string): Set<string> => {
    const own =
      some
        .find((each) => each.id === id)
        ?.text.split('\n')[0]
        ?.match(/\w+/g) ?? []
    return new Set(own.slice(4).map((_, at) => own.slice(at, at + 5).join(' ')))
  }
  expect(gone.length).toBeGreaterThan(3)
  for (const { id, duplicateOf, similarity } of gone) {
    const [a, b] = [gramsOf(id), gramsOf(duplicateOf)]
    const shared = [...a].filter((gram) => b.has(gram)).length
    // One of them keeps the notice, the first in order: its 12 words are 12 n-grams more.
    const exact = shared / (a.size + b.size - shared)
    const withNotice = shared / (a.size + b.size - shared + 12)
    expect([Math.fround(exact), Math.fround(withNotice)]).toContainEqual(similarity)
    expect(similarity).toBeGreaterThanOrEqual(0.7)
  }
})

test('settings of a method that does not run are refused', async () => {
  const { code, stderr } = await millrace(folder, [
    'dedup',
    'a.jsonl',
    '--out',
    'x',
    '--set',
    'lines.limit=1',
  ])
  expect(code).toBe(2)
  expect(stderr).toContain('--method lines')
})
