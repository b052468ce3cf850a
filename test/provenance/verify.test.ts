import { createHash } from 'node:crypto'
import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DOCUMENT_COLUMNS } from '../../lib/build/placements.ts'
import { build, type Manifest, resolveRecipe, type Verification, verify } from '../../lib/index.ts'
import { canonicalJson, hashOf } from '../../lib/recipe/canonical-json.ts'
import { createTableWriter } from '../../lib/storage/arrow-table.ts'
import { type ReadShard, readShards } from '../build-reader.ts'
import { type Corpus, writeCorpus } from './corpus.ts'

/** A vocabulary that loads in a moment: every check here loads it anew. */
const MODEL = path.resolve(import.meta.dirname, '../tokenizers/golden/small-bytes.model')

let corpus: Corpus
let out: string
let manifest: Manifest

beforeAll(async () => {
  corpus = await writeCorpus()
  out = path.join(corpus.directory, 'out')
  await copyFile(MODEL, path.join(corpus.directory, 'small.model'))
  const recipe = {
    ...corpus.recipe,
    tokenizer: { type: 'sentencepiece', model: 'small.model', userDefined: 'never' } as const,
  }
  const loaded = await resolveRecipe(recipe, { directory: corpus.directory })
  manifest = (await build(loaded, { out, workers: 0 })).manifest
})
afterAll(() => corpus.remove())

/** What verify says while `file` has other content (null: is gone); then it is as it was. */
async function whileChanged(
  file: string,
  content: Uint8Array | string | null,
  options: Parameters<typeof verify>[1] = {},
): Promise<Verification> {
  const whole = path.resolve(out, file)
  const before = await readFile(whole)
  try {
    if (content === null) await rm(whole)
    else await writeFile(whole, content)
    return await verify(out, options)
  } finally {
    await writeFile(whole, before)
  }
}

function compare(one: string, other: string): number {
  return one < other ? -1 : 1
}

test('a build holds, with every file, shard and input looked at', async () => {
  const seen: string[] = []
  const found = await verify(out, { inputs: true, onFile: (file) => seen.push(file) })
  expect(found).toMatchObject({ holds: true, findings: [] })
  expect(found.checked).toMatchObject({
    files: manifest.files.length,
    shards: manifest.shards.length,
    inputs: 3,
  })
  const entries = await readdir(out, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(out, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
  const unlisted = files.filter((file) => !seen.includes(file) && !file.startsWith('journal/'))
  expect(unlisted.toSorted(compare)).toEqual(['manifest.json', 'work/parts.json', 'work/pools.json'])
})

/** The same bytes with one changed; a file without bytes gets one. */
function flipped(content: Uint8Array, place: 'first' | 'middle' | 'last'): Uint8Array {
  if (content.length === 0) return Uint8Array.of(1)
  const changed = Uint8Array.from(content)
  const at = { first: 0, middle: content.length >> 1, last: content.length - 1 }[place]
  changed[at] = changed[at]! ^ 0x10
  return changed
}

/** One file of every kind: `shards/00-base-128/megatron/00000.bin` stands for all other .bin. */
function oneOfEachKind(): string[] {
  const kinds = new Map<string, string>()
  for (const { path: file } of manifest.files) {
    kinds.set(file.replace(/^(\w+\/).*?(\w*(\.[a-z]+)*)$/, '$1$2').replace(/\d+/g, '0'), file)
  }
  return [...kinds.values()]
}

describe('damage', () => {
  test.each(['first', 'middle', 'last'] as const)('the %s byte of every file', async (place) => {
    const before = new Map<string, Buffer>()
    try {
      for (const { path: file } of manifest.files) {
        const content = await readFile(path.join(out, file))
        before.set(file, content)
        await writeFile(path.join(out, file), flipped(content, place))
      }
      const { holds, findings } = await verify(out)
      expect(holds).toBe(false)
      for (const { path: file } of manifest.files) {
        const problem = findings.find((finding) => finding.place === file)?.problem
        expect(`${file} ${problem}`).toMatch(/ has (other content: SHA-256|1 bytes, not 0)/)
      }
    } finally {
      for (const [file, content] of before) await writeFile(path.join(out, file), content)
    }
    expect(await verify(out)).toMatchObject({ holds: true })
  })

  test('one byte of one file is enough, whatever the kind of the file', async () => {
    const files = oneOfEachKind()
    expect(files.length).toBeGreaterThan(12)
    for (const [index, file] of files.entries()) {
      const place = (['first', 'middle', 'last'] as const)[index % 3]!
      const { holds, findings } = await whileChanged(
        file,
        flipped(await readFile(path.join(out, file)), place),
      )
      expect(holds).toBe(false)
      expect(findings.map((finding) => finding.place)).toContain(file)
    }
  })

  test('a byte more, a byte less, and no file at all', async () => {
    for (const [index, file] of oneOfEachKind().entries()) {
      const content = await readFile(path.join(out, file))
      const changes = [null, Buffer.concat([content, Buffer.of(0)]), content.subarray(0, -1)]
      const change = changes[content.length === 0 ? 0 : index % 3] ?? null
      const { findings } = await whileChanged(file, change)
      const finding = findings.find(({ place }) => place === file)
      const expected = change === null ? 'missing' : `has ${change.length} bytes, not ${content.length}`
      expect(`${file} ${finding?.problem}`).toContain(expected)
    }
  })

  test.each(['first', 'middle', 'last'] as const)('the %s byte of the manifest', async (place) => {
    const content = await readFile(path.join(out, 'manifest.json'))
    await expect(whileChanged('manifest.json', flipped(content, place))).rejects.toMatchObject({
      code: 'OUTPUT_DAMAGED',
      facts: { file: path.join(out, 'manifest.json') },
    })
  })

  test('a folder without a manifest is no build', async () => {
    await expect(verify(corpus.directory)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('inputs are looked at when asked', async () => {
    const file = path.join(corpus.directory, 'web.jsonl')
    const changed = flipped(await readFile(file), 'middle')
    expect(await whileChanged(file, changed)).toMatchObject({ holds: true })
    expect((await whileChanged(file, changed, { inputs: true })).findings).toEqual([
      { place: 'web.jsonl', problem: 'input has changed since it was read' },
    ])
    expect((await whileChanged(file, null, { inputs: true })).findings).toEqual([
      { place: 'web.jsonl', problem: 'input is missing or unreadable' },
    ])
  })
})

/** What verify says while `file` has other content and the manifest's hashes were made to fit, as someone could. */
async function whileForged(file: string, content: Uint8Array | string): Promise<Verification> {
  const bytes = Buffer.from(content)
  const { digest: _, ...rest } = manifest
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const files = rest.files.map((entry) =>
    entry.path === file ? { ...entry, bytes: bytes.length, sha256 } : entry,
  )
  const forged = { ...rest, files }
  const before = await readFile(path.join(out, 'manifest.json'))
  try {
    const text = canonicalJson({ ...forged, digest: hashOf(forged) })
    await writeFile(path.join(out, 'manifest.json'), `${text}\n`)
    return await whileChanged(file, content)
  } finally {
    await writeFile(path.join(out, 'manifest.json'), before)
  }
}

/** The shard's table of placements with other documents, as the build would have written it. */
async function documentTable(
  { folder, name, documents: { length: rows } }: ReadShard,
  documents: ReadShard['documents'],
): Promise<{ file: string; content: Buffer }> {
  const pools = [...new Set(documents.map(({ pool }) => pool))]
  const written = path.join(corpus.directory, 'forged.arrow')
  const writer = await createTableWriter(written, DOCUMENT_COLUMNS, {
    metadata: { pools: JSON.stringify(pools) },
  })
  await writer.append({
    rows,
    columns: {
      uid: Buffer.concat(documents.map(({ uid }) => Buffer.from(uid, 'hex'))),
      tokens: Uint32Array.from(documents, ({ length }) => length),
      pool: Uint16Array.from(documents, ({ pool }) => pools.indexOf(pool)),
      epoch: Uint16Array.from(documents, ({ epoch }) => epoch),
    },
  })
  await writer.close()
  return { file: `${folder}/placements/${name}.documents.arrow`, content: await readFile(written) }
}

type Json = number | string | boolean | null | Json[] | { [key: string]: Json }

/** Paths of all numbers in a JSON value, as verify words them, and the value with that number changed. */
function* changedNumbers(root: Json, value: Json = root, key = ''): Generator<[string, string]> {
  if (typeof value !== 'object' || value === null) return
  for (const [name, below] of Object.entries(value)) {
    const place = Array.isArray(value) ? `${key}[${name}]` : key === '' ? name : `${key}.${name}`
    if (typeof below === 'number') {
      Object.assign(value, { [name]: below + 1 })
      yield [place, canonicalJson(root)]
      Object.assign(value, { [name]: below })
    } else yield* changedNumbers(root, below, place)
  }
}

describe('forgery with repaired hashes', () => {
  test.each([
    ['ledger.json', 9],
    ['schedule.json', 4],
  ])('a changed number in %s is found where it is', async (file, stride) => {
    const root: Json = JSON.parse(await readFile(path.join(out, file), 'utf8'))
    const places: string[] = []
    let at = 0
    for (const [place, text] of changedNumbers(root)) {
      if (at++ % stride !== 0) continue
      places.push(place)
      const { holds, findings } = await whileForged(file, `${text}\n`)
      expect(holds).toBe(false)
      expect(findings.map((finding) => finding.place)).toEqual([`${file}: ${place}`])
      expect(findings[0]!.problem).toMatch(/^recorded [\d.]+, counted [\d.]+$/)
    }
    expect(places.length).toBeGreaterThan(10)
  })

  test('the place is worded as a path', async () => {
    const ledger = JSON.parse(await readFile(path.join(out, 'ledger.json'), 'utf8'))
    ledger.documents.web.records++
    ledger.segments[1].pools.articles.emitted--
    delete ledger.documents.web.fates.emitted
    const { findings } = await whileForged('ledger.json', canonicalJson(ledger))
    expect(findings.map(({ place }) => place).toSorted(compare)).toEqual([
      'ledger.json: documents.web.fates.emitted',
      'ledger.json: documents.web.records',
      'ledger.json: segments[1].pools.articles.emitted',
    ])
  })

  test('a document of another length is found by the shard that has it', async () => {
    const [shard] = await readShards(out)
    const documents = shard!.documents.map((document, at) =>
      at === 0 ? { ...document, length: document.length + 1 } : document,
    )
    const { file, content } = await documentTable(shard!, documents)
    const { findings } = await whileForged(file, content)
    const problems = findings.map(({ place, problem }) => `${place}: ${problem}`).join('\n')
    expect(problems).toContain(`${shard!.folder}/megatron/${shard!.name}.bin: document 0 has`)
    expect(problems).toContain(`${shard!.folder}/packed/${shard!.name}.arrow: has`)
    expect(problems).toContain(`ledger.json: segments[0].pools.${documents[0]!.pool}.emitted`)
  })

  test('a held-out document in a training shard is named', async () => {
    const shards = await readShards(out)
    const { uid } = shards.find(({ segment }) => segment === null)!.documents[0]!
    const documents = shards[0]!.documents.map((document, at) => (at === 3 ? { ...document, uid } : document))
    const { file, content } = await documentTable(shards[0]!, documents)
    const { findings } = await whileForged(file, content)
    expect(findings).toEqual([{ place: file, problem: `document 3 (${uid}) is held out` }])
  })

  test('a table with other bytes and the old check sum is named', async () => {
    const [shard] = await readShards(out)
    const file = `${shard!.folder}/placements/${shard!.name}.documents.arrow`
    const content = await readFile(path.join(out, file))
    const at = content.indexOf(Buffer.from(shard!.documents[3]!.uid, 'hex'))
    content[at]! ^= 1
    const { findings } = await whileForged(file, content)
    expect(findings.map(({ place }) => place)).toEqual([file, file])
    expect(findings[0]!.problem).toContain('the ledger cannot be checked')
    expect(findings[1]!.problem).toContain('the holdout cannot be checked')
  })

  test('a verdict more is found in the count of fates', async () => {
    const quarantine = await readFile(path.join(out, 'quarantine.jsonl'), 'utf8')
    expect(quarantine.split('\n')).toHaveLength(3)
    const ledger = JSON.parse(await readFile(path.join(out, 'ledger.json'), 'utf8'))
    ledger.documents.web.fates['unreadable/invalid-json'] = 0
    ledger.documents.web.fates['dropped/empty'] = 1
    const { findings } = await whileForged('ledger.json', canonicalJson(ledger))
    expect(findings.map(({ place }) => place)).toEqual([
      'ledger.json: documents.web.fates.dropped/empty',
      'ledger.json: documents.web.fates.unreadable/invalid-json',
    ])
  })
})
