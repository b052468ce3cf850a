import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createProgram } from '../../lib/cli/program.ts'
import { readChunks } from '../../lib/storage/input-file.ts'
import { compressZstd } from '../../lib/storage/zstd.ts'
import { createTokenizer, loadTokenizer } from '../../tokenizers/index.ts'
import { readMegatron } from '../lib/formats/megatron-reader.ts'
import { type Corpus, writeCorpus } from '../provenance/corpus.ts'
import { jsonLines, millrace, millraceCutOff, type Outcome, type Parsed } from './run.ts'

const COMMANDS = [
  'build',
  'decontaminate',
  'dedup',
  'filter',
  'filters',
  'head',
  'init',
  'inspect',
  'plan',
  'presets',
  'schema',
  'stats',
  'tokenize',
  'trace',
  'verify',
  'vocabulary-map',
  'where',
]

let corpus: Corpus
let folder: string
let built: Outcome

beforeAll(async () => {
  corpus = await writeCorpus()
  folder = corpus.directory
  await writeFile(path.join(folder, 'recipe.json'), JSON.stringify(corpus.recipe))
  const pages = corpus.contents['extras.jsonl']!
  await writeFile(path.join(folder, 'extras.jsonl.zst'), await compressZstd(Buffer.from(pages)))
  await writeFile(path.join(folder, 'notes.md'), '# Notes\n\nA *short* note.\n')
  built = await millrace(folder, ['build', 'recipe.json', '--out', 'out', '--workers', '1', '--json'])
  // Copied here, not where it is damaged: a test beside that one builds into `out` again.
  await cp(path.join(folder, 'out'), path.join(folder, 'damaged'), { recursive: true })
})
afterAll(() => corpus.remove())

const run = async (...args: string[]): Promise<Outcome> => millrace(folder, args)

function compare(one = '', other = ''): number {
  return one < other ? -1 : 1
}

async function json(...args: string[]): Promise<Parsed> {
  const { code, stdout, stderr } = await run(...args, '--json')
  if (code !== 0) throw new Error(`${args.join(' ')} exits with ${code}: ${stderr}`)
  return JSON.parse(stdout)
}

describe.concurrent('help and usage', () => {
  test.each(COMMANDS)('%s --help explains itself with an example', async (name) => {
    const { commands } = await createProgram([name])
    expect(commands.map((command) => command.name())).toEqual([name])
    const command = commands[0]!
    let text = ''
    command.configureOutput({ writeOut: (part) => (text += part) })
    command.outputHelp()
    expect(text).toMatch(/^Usage: millrace /)
    expect(text).toMatch(/\nExamples?\b/)
    expect(text).toContain(`millrace ${name} `)
    expect(text).toContain('--json')
  })

  test('the program names every command, and --help is 0', async () => {
    const { code, stdout, stderr } = await run('--help')
    const listed = [...stdout.matchAll(/^ {2}([a-z-]+) (?:\[options\]|<|\[)/gm)].map(([, name]) => name)
    expect([code, stderr]).toEqual([0, ''])
    expect(listed.toSorted(compare)).toEqual(COMMANDS)
    expect((await run('where', '--help')).code).toBe(0)
  })

  test('the version is the package’s', async () => {
    const { version } = JSON.parse(
      await readFile(path.resolve(import.meta.dirname, '../../package.json'), 'utf8'),
    )
    expect((await run('--version')).stdout).toBe(`${version}\n`)
  })

  test.each([
    [['nonsense']],
    [['build', 'recipe.json', '--out', 'x', '--nonsense']],
    [['filter', '--filters', 'nonsense']],
    [['where', 'out', '--doc', 'nonsense']],
  ])('%j is refused with 2, on stderr, with the way out', async (args) => {
    const { code, stdout, stderr } = await run(...args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^millrace: .+/)
    expect(stderr).toMatch(/\n +→ .+\n/)
  })

  test.each([
    [['build', 'recipe.json']],
    [['build', 'recipe.json', '--out', 'x', '--workers', 'many']],
    [['trace', 'OUT']],
    [['trace', 'OUT', '--token', '7']],
    [['trace', 'OUT', '--sequence', '7']],
    [['trace', 'OUT', '--shard', 'a.bin', '--token', '7', '--items', '7']],
    [['trace', 'OUT', '--stage', 'base', '--step', '7']],
    [['trace', 'OUT', '--step', '7', '--batch', '8']],
    [['trace', 'OUT', '--step', '7', '--rank', '8', '--world', '8']],
    [['plan', 'RECIPE', '--diff', 'OUT', '--pilot', '10']],
    [['plan', 'RECIPE', '--diff', 'OUT', '--picture', 'mix.svg']],
    [['where', 'OUT', '--url', 'a', '--domain', 'b']],
    [['filter', '--filters', 'gopher-quality', '--set', 'gopher-quality.minWord=1']],
    [['filter', '--filters', 'gopher-quality', '--set', 'nonsense']],
    [['filter', '--filters', 'language', '--set', 'gopher-quality.minWords=1']],
    [['tokenize', '--tokenizer', 'nonsense']],
    [['tokenize']],
    [['vocabulary-map', 'mistral-v1', 'nonsense']],
    [['head', 'web.jsonl', '--field', 'nonsense']],
    [['head', 'web.jsonl', '-n', '0']],
    [['dedup', 'web.jsonl']],
    [['dedup', 'web.jsonl', '--out', 'x', '--threshold', 'abc']],
    [['dedup', 'web.jsonl', '--explain', 'a', 'b', '--threshold', '80']],
    [['decontaminate', 'WEB', '--benchmark', 'b.jsonl', '--out', 'x', '--ngram', 'abc']],
    [['decontaminate', 'WEB', '--benchmark', 'b.jsonl', '--out', 'x', '--similarity', '80']],
    [['decontaminate', 'WEB', '--benchmark', 'b.jsonl', '--out', 'x', '--action', 'remove']],
    [['decontaminate', 'WEB', '--benchmark', '', '--out', 'x']],
    [['filter', 'WEB', '--what-if', 'language.minScore=0.9']],
    [['filter', 'WEB', '--filters', 'language', '--what-if', 'language.minScore=90']],
    [['filter', 'OUT', '--filters', 'language', '--what-if', 'language.minScore=0.9']],
    [['filter', 'WEB', '--filters', 'language', '--source', 'web']],
    [['filter', 'WEB', '--filters', 'language', '--nearest', '3']],
    [['filter', '--recipe', 'RECIPE', '--source', 'web', '--set', 'language.minScore=0.9']],
    [['verify']],
  ])('%j is bad usage, with the way out', async (args) => {
    const names: Readonly<Record<string, string>> = { OUT: 'out', RECIPE: 'recipe.json', WEB: 'web.jsonl' }
    const own = args.map((arg) => (names[arg] === undefined ? arg : path.join(folder, names[arg])))
    const program = await createProgram(own)
    await expect(program.parseAsync(own, { from: 'user' })).rejects.toMatchObject({
      exitCode: 2,
      // In our words, not in those of the library that checks.
      message: expect.not.stringMatching(/received|expected (?:number|string)|Invalid (?:input|option)/),
      facts: { fix: expect.stringMatching(/\w/) },
    })
  })

  test('with --json an error is JSON on stdout too', async () => {
    const { code, stdout, stderr } = await run('where', 'out', '--url', 'https://nowhere.example/', '--json')
    expect(code).toBe(1)
    expect(JSON.parse(stdout).error).toMatchObject({ code: 'NOT_FOUND', facts: { fix: expect.any(String) } })
    expect(stderr).toContain('→')
  })

  test('a bad recipe is 2, with file, line and column', async () => {
    await writeFile(path.join(folder, 'bad.yaml'), 'name: x\nsources: {}\nstagez: []\n')
    const { code, stderr } = await run('plan', 'bad.yaml')
    expect(code).toBe(2)
    expect(stderr).toContain('bad.yaml:3:1')
  })
})

describe.concurrent('build and what proves it', () => {
  test('build prints its summary on stdout and its progress on stderr', async () => {
    const summary = JSON.parse(built.stdout)
    expect(built.code).toBe(0)
    expect(summary).toMatchObject({ reused: 0, digest: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(summary.ledger).toEqual(JSON.parse(await readFile(path.join(folder, 'out/ledger.json'), 'utf8')))
    // The fertility of each source of text.
    const manifest = JSON.parse(await readFile(path.join(folder, 'out/manifest.json'), 'utf8'))
    expect(Object.keys(summary.tokenized)).toEqual(Object.keys(corpus.recipe.sources))
    expect(summary.tokenized).toEqual(manifest.tokenized)
    for (const { bytes, tokens } of Object.values<{ bytes: number; tokens: number }>(summary.tokenized)) {
      expect(tokens).toBeGreaterThan(0)
      expect(bytes).toBeGreaterThan(tokens)
    }
    expect(built.stderr.length).toBeGreaterThan(0)
  })

  test('a build again reuses everything', async () => {
    const again = await json('build', 'recipe.json', '--out', 'out', '--workers', '0')
    expect(again).toMatchObject({ ran: 0, digest: JSON.parse(built.stdout).digest })
    const { stdout } = await run('build', 'recipe.json', '--out', 'out', '--workers', '0')
    const { bytes, tokens } = again.tokenized.web
    expect(stdout).toMatch(
      new RegExp(`web .* ${(tokens / bytes).toFixed(4)} +${(bytes / tokens).toFixed(2)}\\n`),
    )
  })

  test('plan', async () => {
    const { pools } = await json('plan', 'recipe.json')
    expect(pools.map(({ name }: { name: string }) => name).toSorted()).toEqual([
      'articles',
      'extras',
      'web',
      'web.long',
    ])
  })

  test('verify exits with 1 where something does not hold', async () => {
    expect(await json('verify', 'out', '--inputs')).toMatchObject({ holds: true, findings: [] })
    const damaged = path.join(folder, 'damaged')
    await writeFile(path.join(damaged, 'quarantine.jsonl'), '')
    const { code, stdout } = await run('verify', 'damaged')
    expect(code).toBe(1)
    expect(stdout).toMatch(/^quarantine\.jsonl: has 0 bytes, not \d+\ndoes not hold: 1 finding/)
  })

  test('trace by token, sequence and step; where by uid, url, domain and source', async () => {
    const shard = 'shards/00-base-128/megatron/00000.bin'
    const token = await json('trace', 'out', '--shard', shard, '--token', '700')
    expect(token).toMatchObject({ shard, position: 700, stage: 'base', reproduced: true })
    const given = path.join('out', shard)
    expect(await json('trace', 'out', '--shard', given, '--token', '700')).toEqual(token)
    const sequence = await json('trace', 'out', '--stage', 'refine', '--phase', '256', '--sequence', '3')
    expect(sequence).toMatchObject({ file: 'shards/02-refine-256/packed/00000.arrow', sequence: 3 })
    expect(sequence.pieces.length).toBeGreaterThan(0)
    const step = await json('trace', 'out', '--step', '2')
    expect(step).toMatchObject({ step: 2, stage: 'base' })
    expect(step.pieces.length).toBeGreaterThan(7)
    const { file, start } = step.slices[0]
    expect(step.pieces[0]).toMatchObject({ file, sequence: start })
    const items = await json('trace', 'out', '--shard', file, '--items', `${start},${start + 1}`)
    expect(new Set(items.pieces.map(({ item }: { item: number }) => item))).toEqual(
      new Set([start, start + 1]),
    )

    const [trail] = await json('where', 'out', '--doc', token.document.uid)
    expect(trail.placements.length).toBeGreaterThan(0)
    const { url } = corpus.records['web.jsonl']![5]!
    expect((await json('where', 'out', '--url', url!))[0].fate).toBe('dropped')
    expect((await json('where', 'out', '--domain', 'copies.example')).length).toBe(2)
    expect(await json('where', 'out', '--source', 'web')).toMatchObject({
      source: 'web',
      license: 'CC-BY-4.0',
    })
  })

  test('for people, trace names document, record and license', async () => {
    const { stdout } = await run(
      'trace',
      'out',
      '--shard',
      'shards/00-base-128/packed/00000.arrow',
      '--token',
      '5',
    )
    for (const word of ['document', 'record', 'license', 'reproduced yes']) expect(stdout).toContain(word)
  })

  test('inspect tells shards and tables apart', async () => {
    const counts = JSON.parse(built.stdout).ledger.holdout.web
    for (const name of ['megatron/00000.bin', 'megatron/00000.idx']) {
      const shard = await json('inspect', `out/holdout/web/${name}`, '-n', '1')
      expect(shard).toMatchObject({ format: 'megatron', counts: { items: counts.megatron.items } })
      expect(shard.first).toHaveLength(1)
      expect(corpus.contents['web.jsonl']).toContain(shard.first[0].text.slice(0, 40).trim())
    }
    const packed = await json('inspect', 'out/holdout/web/packed/00000.arrow')
    expect(packed).toMatchObject({
      format: 'packed',
      header: { sequenceLength: 128 },
      counts: { items: counts.packed.items, tokens: counts.packed.tokens, padding: counts.packed.padding },
    })
    const [records] = (await readdir(path.join(folder, 'out/work/refine'))).filter(
      (name) => name.startsWith('web') && name.endsWith('.records.arrow'),
    )
    const table = await json('inspect', `out/work/refine/${records}`)
    expect(table).toMatchObject({ format: 'table', counts: { rows: 155 } })
    expect(table.first[0].row).toMatchObject({ id: 'p0', offset: 0 })
    expect((await run('inspect', 'web.jsonl')).code).toBe(2)
  })
})

describe.concurrent('everyday commands', () => {
  test('tokenize gives the tokenizer’s ids with the id of each line; --decode is its inverse', async () => {
    const tokenizer = createTokenizer(await loadTokenizer('mistral-v1'))
    const documents = [
      { id: 'a', text: 'Hello world' },
      { id: 7, text: '</s> [INST] 🦉\n\tend' },
      { text: '' },
    ]
    const lines = documents.map((document) => JSON.stringify(document)).join('\n')
    const encoded = await millrace(folder, ['tokenize', '--tokenizer', 'mistral-v1'], `${lines}\n`)
    expect(jsonLines(encoded.stdout)).toEqual([
      { id: 'a', ids: [...tokenizer.encode(documents[0]!.text)] },
      { id: '7', ids: [...tokenizer.encode(documents[1]!.text)] },
      { ids: [] },
    ])
    const decoded = await millrace(
      folder,
      ['tokenize', '--tokenizer', 'mistral-v1', '--decode'],
      encoded.stdout,
    )
    expect(jsonLines(decoded.stdout)).toEqual([
      { id: 'a', text: documents[0]!.text },
      { id: '7', text: documents[1]!.text },
      { text: '' },
    ])
    const wrong = await millrace(
      folder,
      ['tokenize', '--tokenizer', 'mistral-v1', '--decode'],
      '{"ids":[99999]}\n',
    )
    expect(wrong.code).toBe(1)
    expect(wrong.stderr).toContain('no list of ids of mistral-v1')
  })

  test('tokenize knows tiktoken’s encodings; special tokens are matched on demand', async () => {
    const line = '{"text":"a<|endoftext|>"}\n'
    const command = ['tokenize', '--tokenizer', 'gpt2']
    const text = await millrace(folder, command, line)
    expect(jsonLines(text.stdout)).toEqual([{ ids: [64, 27, 91, 437, 1659, 5239, 91, 29] }])
    const matched = await millrace(folder, [...command, '--match-specials'], line)
    expect(jsonLines(matched.stdout)).toEqual([{ ids: [64, 50_256] }])
  })

  test('vocabulary-map gives the new id of each old id', async () => {
    const map = await json('vocabulary-map', 'mistral-v1', 'mistral-v3')
    expect(map).toMatchObject({ from: 'mistral-v1', to: 'mistral-v3', matched: 32_000, unmatched: 0 })
    expect(map.ids.slice(0, 5)).toEqual([0, 1, 2, 771, 772])
  })

  test('tokenize FILE --out writes a Megatron shard that reads back', async () => {
    const summary = await json('tokenize', 'extras.jsonl', '--tokenizer', 'mistral-v1', '--out', 'tokens')
    const documents = await readMegatron(path.join(folder, 'tokens/00000'))
    const tokenizer = createTokenizer(await loadTokenizer('mistral-v1'))
    expect(documents.map(({ tokens }) => [...tokens])).toEqual(
      corpus.records['extras.jsonl']!.map(({ text }) => [1, ...tokenizer.encode(text), 2]),
    )
    const tokens = documents.reduce((sum, document) => sum + document.tokens.length, 0)
    expect(summary).toMatchObject({ documents: 30, tokens, unreadable: 0 })
  })

  test('filter gives each document its verdicts, with all values; --set changes a threshold', async () => {
    const documents = [
      { id: 1, text: 'the cat and the dog have to be with that of', extra: { kept: true } },
      { id: 2, text: corpus.records['extras.jsonl']![0]!.text },
    ]
    const input = `${documents.map((document) => JSON.stringify(document)).join('\n')}\nnot json\n`
    const found = await millrace(folder, ['filter', '--filters', 'gopher-quality,gopher-repetition'], input)
    expect(found.code).toBe(0)
    const [short, long, broken] = jsonLines(found.stdout)
    expect(short).toMatchObject({ ...documents[0], verdicts: { 'gopher-quality': { keep: false } } })
    expect(short.verdicts['gopher-quality'].reason).toBe('gopher_short_doc')
    expect(Object.keys(long.verdicts)).toEqual(['gopher-quality', 'gopher-repetition'])
    for (const verdict of Object.values<Parsed>(long.verdicts)) {
      expect(typeof verdict.keep).toBe('boolean')
      expect(verdict.reason === null).toBe(verdict.keep)
      expect(Object.keys(verdict.values).length).toBeGreaterThan(0)
    }
    expect(broken).toMatchObject({ error: { reason: 'invalid-json' } })

    const settings = ['--set', 'gopher-quality.minWords=5', '--filters', 'gopher-quality']
    const loose = await millrace(folder, ['filter', ...settings], input)
    expect(jsonLines(loose.stdout)[0].verdicts['gopher-quality'].reason).not.toBe('gopher_short_doc')
    const recipe = await run('filter', '--recipe', 'recipe.json', '--source', 'web', 'extras.jsonl')
    expect(jsonLines(recipe.stdout)).toHaveLength(30)
  })

  test('dedup writes what is kept, and of each duplicate what was kept instead', async () => {
    const text = corpus.records['extras.jsonl']!.map((record) => record.text)
    const lines = [
      { id: 'one', text: text[0] },
      { id: 'two', text: text[1], more: [1] },
      { id: 'one again', text: text[0] },
      { id: 'nearly two', text: `${text[1]} Indeed.` },
      { id: 'three', text: text[2] },
    ]
    await writeFile(
      path.join(folder, 'copies.jsonl'),
      lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
    )
    const out = path.join(folder, 'deduplicated')
    await mkdir(out)
    for (const name of ['kept-00001.jsonl.zst', 'cuts.jsonl'])
      await writeFile(path.join(out, name), 'of another run')
    const summary = await json('dedup', 'copies.jsonl', '--out', 'deduplicated', '--workers', '1')
    expect(summary).toMatchObject({ documents: 5, kept: 3, duplicates: 2, unreadable: 0 })
    expect((await readdir(out)).toSorted()).toEqual(['duplicates.jsonl', 'kept-00000.jsonl.zst'])
    const chunks: Uint8Array[] = []
    for await (const chunk of readChunks(path.join(out, 'kept-00000.jsonl.zst'))) {
      if (chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk))
    }
    const kept = jsonLines(Buffer.concat(chunks).toString())
    const gone = jsonLines(await readFile(path.join(out, 'duplicates.jsonl'), 'utf8'))
    expect(
      kept.every((document) => lines.some((line) => JSON.stringify(line) === JSON.stringify(document))),
    ).toBe(true)
    expect([...kept, ...gone].map(({ id }) => id).toSorted(compare)).toEqual(
      lines.map(({ id }) => id).toSorted(compare),
    )
    const twins: Record<string, string> = { one: 'one again', two: 'nearly two' }
    for (const { id, duplicateOf, similarity } of gone) {
      expect(twins[id] ?? Object.keys(twins).find((key) => twins[key] === id)).toBe(duplicateOf)
      expect(similarity).toBeGreaterThanOrEqual(0.8)
      expect(similarity).toBeLessThanOrEqual(1)
    }
  })

  test('dedup names documents without an id by file and offset, the copy that stays too', async () => {
    const lines = ['a text', 'another', 'a text', 'a text'].map((text) => `${JSON.stringify({ text })}\n`)
    await writeFile(path.join(folder, 'nameless.jsonl'), lines.join(''))
    await run('dedup', 'nameless.jsonl', '--method', 'exact', '--out', 'nameless', '--workers', '1')
    const gone = jsonLines(await readFile(path.join(folder, 'nameless/duplicates.jsonl'), 'utf8'))
    const offsets = [0, 2, 3].map((at) => lines.slice(0, at).join('').length)
    const names = offsets.map((offset) => `nameless.jsonl:${offset}`)
    const kept = gone.map(({ duplicateOf }) => duplicateOf)
    expect(new Set(kept).size).toBe(1)
    expect([...gone.map(({ id }) => id), kept[0]].toSorted(compare)).toEqual(names.toSorted(compare))
  })

  test('head shows records of plain and compressed JSON lines and of Markdown', async () => {
    const files = ['extras.jsonl', 'extras.jsonl.zst', 'articles.jsonl.gz', 'notes.md']
    const records = [
      ...(await json('head', ...files, '-n', '2')),
      ...(await json('head', 'web.jsonl', '-n', '2', '--field', 'text=content', '--field', 'url=meta.url')),
    ]
    const note = { id: null, url: null, text: '# Notes\n\nA *short* note.\n' }
    const expected = [...files, 'web.jsonl'].flatMap((file) => {
      const known = corpus.records[file.replace('.zst', '')]?.slice(0, 2) ?? [note]
      return known.map(({ id, url, text }) => ({ file, id, url: url ?? null, text, problem: null }))
    })
    expect(records).toMatchObject(expected)
    expect(records.map(({ offset }: { offset: number }) => offset === 0)).toEqual(
      expected.map(({ file }, at) => expected[at - 1]?.file !== file),
    )
  })

  test('schema is JSON Schema, and init’s recipe loads', async () => {
    const schema = JSON.parse((await run('schema')).stdout)
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema')
    expect(schema.required).toEqual(expect.arrayContaining(['sources', 'stages', 'phases']))
    const { stdout } = await run('init', 'extras.jsonl', 'articles.jsonl.gz')
    expect(stdout).toMatch(/^#/)
    await writeFile(path.join(folder, 'fresh.yaml'), stdout)
    const planned = await run('plan', 'fresh.yaml', '--json')
    expect(planned.stderr).not.toContain('fresh.yaml:')
    expect(JSON.parse(planned.stdout)).not.toMatchObject({ error: { code: 'RECIPE_INVALID' } })
  })

  test('a closed pipe ends a command quietly', async () => {
    const line = `${JSON.stringify({ text: corpus.records['extras.jsonl']![0]!.text })}\n`
    const cut = await millraceCutOff(folder, ['tokenize', '--tokenizer', 'mistral-v1'], line.repeat(20_000))
    expect(cut).toMatchObject({ code: 0, stderr: '' })
    expect(cut.stdout).toMatch(/^{"ids":\[/)
  })
})
