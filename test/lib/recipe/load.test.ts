import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defaultHygiene } from '../../../lib/documents/hygiene.ts'
import { MillraceError } from '../../../lib/errors.ts'
import { formatIssues } from '../../../lib/recipe/format-issues.ts'
import { defineRecipe, type LoadedRecipe, loadRecipe, resolveRecipe } from '../../../lib/recipe/load.ts'
import type { RecipeInput } from '../../../lib/recipe/schema.ts'

let root: string

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'millrace-recipe-'))
  await mkdir(path.join(root, 'web'))
  for (const file of ['web/b.jsonl', 'web/a.jsonl', 'wiki.jsonl'])
    await writeFile(path.join(root, file), '{"text": "x"}\n')
})

afterAll(() => rm(root, { recursive: true, force: true }))

const good = defineRecipe({
  name: 'small',
  sources: { web: { files: ['web/*.jsonl'], license: 'CC-BY-4.0', acquisition: 'crawl' } },
  stages: [{ name: 'base', tokens: '1M', mix: { web: 1 } }],
  phases: [{ sequenceLength: 2048 }],
})

const goodYaml = `name: small
sources:
  web: {files: ["web/*.jsonl"], license: CC-BY-4.0, acquisition: crawl}
stages: [{name: base, tokens: 1M, mix: {web: 1}}]
phases: [{sequenceLength: 2048}]
`

async function failure(action: Promise<unknown>): Promise<MillraceError> {
  const error: unknown = await action.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof MillraceError)) throw new TypeError(`expected a MillraceError, got ${String(error)}`)
  return error
}

/** An object that is anything but typed. */
function resolve(input: unknown): Promise<LoadedRecipe> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return resolveRecipe(input as RecipeInput, { directory: root })
}

async function load(text: string, name = 'recipe.yaml', environment = {}) {
  await writeFile(path.join(root, name), text)
  return loadRecipe(path.join(root, name), { environment })
}

/** The issues of a broken recipe, a line each: place, key and message. Every one has a fix. */
async function issuesOf(text: string, name?: string): Promise<string[]> {
  const error = await failure(load(text, name))
  expect(error.code).toBe('RECIPE_INVALID')
  for (const issue of error.issues) expect(issue.fix).toMatch(/^[A-Z].*[.…]$/s)
  return error.issues.map(
    ({ line, column, key = '', message }) => `${line}:${column}  ${key}  ${message.replaceAll(root, 'ROOT')}`,
  )
}

describe('a valid recipe', () => {
  test('gets its defaults, numbers for quantities, and its files', async () => {
    const loaded = await load(goodYaml)
    expect(loaded).toMatchObject({ file: path.join(root, 'recipe.yaml'), directory: root })
    expect(loaded.sourceFiles).toEqual({
      web: [path.join(root, 'web/a.jsonl'), path.join(root, 'web/b.jsonl')],
    })
    expect(loaded.recipe).toEqual({
      name: 'small',
      seed: 0,
      order: 0,
      tokenizer: 'mistral-v1',
      modules: [],
      sources: {
        web: {
          files: ['web/*.jsonl'],
          license: 'CC-BY-4.0',
          acquisition: 'crawl',
          priority: 0,
          hygiene: defaultHygiene,
          filters: [],
          record: 'first',
          tiers: {},
          tierTokens: {},
          sample: 1,
          maxEpochs: 1,
          onExhausted: 'error',
          maxRemoval: 0.95,
        },
      },
      dedup: [],
      against: [],
      stages: [{ name: 'base', tokens: 1_000_000, mix: { web: 1 } }],
      phases: [
        {
          sequenceLength: 2048,
          tokens: 'rest',
          packing: { name: 'best-fit', settings: { long: 'fragment' } },
          unit: 'S',
        },
      ],
      output: { formats: ['packed'], shardTokens: 1_000_000_000, documents: { bos: true, eos: true } },
    })
  })

  test('has budgets in tokens where they are written in steps', async () => {
    const stages = [{ name: 'base', steps: 7, mix: { web: 1 } }]
    const steps = await resolveRecipe({ ...good, stages, batchTokens: '4096' }, { directory: root })
    const inTokens = [{ name: 'base', tokens: 28_672, mix: { web: 1 } }]
    const tokens = await resolveRecipe({ ...good, stages: inTokens, batchTokens: 4096 }, { directory: root })
    expect(steps.recipe).toEqual(tokens.recipe)
    expect(steps.hash).toBe(tokens.hash)
  })

  test('is the same as YAML, as JSON, as a module and as an object', async () => {
    const source = `export const recipe = ${JSON.stringify(good)}`
    const loaded = [
      await load(goodYaml),
      await load(JSON.stringify(good, null, '\t'), 'recipe.json'),
      await load(source, 'named.mjs'),
      await load(source.replace('const recipe =', 'default'), 'default.mjs'),
      await resolveRecipe(good, { directory: root }),
    ]
    for (const { recipe, hash, sourceFiles } of loaded) {
      expect({ recipe, hash, sourceFiles }).toEqual({
        recipe: loaded[0]?.recipe,
        hash: loaded[0]?.hash,
        sourceFiles: loaded[0]?.sourceFiles,
      })
    }
  })

  test('has the same hash wherever it lies and however it is written, and another one for other values', async () => {
    const { hash } = await load(goodYaml)
    expect(hash).toMatch(/^[0-9a-f]{64}$/)
    expect((await load(`# a comment\nseed: 0\n${goodYaml}`)).hash).toBe(hash)
    expect((await load(goodYaml.replace('1M', '1_000_000'))).hash).toBe(hash)
    expect((await load(`seed: 1\n${goodYaml}`)).hash).not.toBe(hash)
  })

  test('looks for no file where a variable is missing: `${DATA}/**` would be the whole machine', async () => {
    const files = '["${MILLRACE_NOWHERE}/**/*.jsonl"]'
    const text = `name: unset\nsources: {web: {files: ${files}, license: MIT, acquisition: other}}\n`
    const rest = 'stages: [{name: a, tokens: 9, mix: {web: 1}}]\nphases: [{sequenceLength: 8}]\n'
    await expect(load(text + rest)).rejects.toMatchObject({
      issues: [{ key: 'sources.web.files[0]', message: expect.stringContaining('is not set') }],
    })
    // Going through all folders takes longer than a test may.
  }, 10_000)

  test('takes values from the environment', async () => {
    const text = goodYaml.replace('web/*.jsonl', '${WHERE}/*.jsonl').replace('1M', '"${BUDGET:-2M}"')
    const loaded = await load(text, 'recipe.yaml', { WHERE: 'web' })
    expect(loaded.sourceFiles['web']).toHaveLength(2)
    expect(loaded.recipe.stages[0]?.tokens).toBe(2_000_000)
  })

  test('may be left undefined where a key is optional', async () => {
    const { recipe } = await resolve({ ...good, holdout: undefined, seed: undefined })
    expect(recipe).not.toHaveProperty('holdout')
    expect(recipe.seed).toBe(0)
  })

  test('mixes a tier, and takes phases that sum to the stages', async () => {
    const text = goodYaml
      .replace(
        'crawl}',
        'crawl, filters: [language], tiers: {long: "tokens >= 8192 and language.score > 0.9"}}',
      )
      .replace('{web: 1}', '{web: 1, web.long: 2}')
      .replace('2048}', '2048, tokens: 0.6M}, {sequenceLength: 8192, tokens: 400K}')
    const { recipe } = await load(text)
    expect(recipe.phases.map(({ tokens }) => tokens)).toEqual([600_000, 400_000])
  })

  test('reads JSON escapes, and aliases', async () => {
    const json = JSON.stringify({ ...good, name: '😀/é' }).replace('😀/', '\\ud83d\\ude00\\/')
    expect((await load(json, 'recipe.json')).recipe.name).toBe('😀/é')
    const { recipe } = await load(
      goodYaml
        .replace('CC-BY-4.0', '&l CC0-1.0')

        .concat('output: {formats: [packed]}\n'),
    )
    expect(recipe.sources['web']?.license).toBe('CC0-1.0')
  })
})

describe('issues', () => {
  test('all at once, each in its place', async () => {
    expect(
      await issuesOf(`name: broken
seed: -1
tokenizer: mistral-v9
sources:
  web:
    filers: [language]
    files: ["web/*.jsonl", web/c.jsonl, web, "none/*.x"]
    licence: x
    acquisition: crawll
    filters: [languag, {language: {keeep: [en], minScore: 2}}, language, 3]
    tiers: {Top: "language.score >= 0.9", long: "tokens >= "}
    tokens: 1.5
dedup: [exact, {minhash: {treshold: 2}}, simhash, exact]
batchTokens: 5000
stages:
  - {name: a, tokens: 1Q, mix: {web: 0, wbe: 1, web.lang: 1}}
  - {name: a, tokens: [], mix: {}}
phases:
  - {sequenceLength: "2048"}
  - {sequenceLength: 2048, packing: bestfit, tokens: all}
output: {formats: [megatrn]}
extra: 1
`),
    ).toMatchInlineSnapshot(`
      [
        "2:7  seed  must be at least 0",
        "3:12  tokenizer  unknown tokenizer "mistral-v9"; did you mean "mistral-v1"?",
        "5:3  sources.web.license  is required",
        "6:5  sources.web.filers  unknown key; did you mean "files"?",
        "7:28  sources.web.files[1]  "web/c.jsonl" is not there; did you mean "a.jsonl"?",
        "7:46  sources.web.files[3]  "none/*.x" matches no file",
        "8:5  sources.web.licence  unknown key; did you mean "license"?",
        "9:18  sources.web.acquisition  unknown choice "crawll"; did you mean "crawl"?",
        "10:15  sources.web.filters[0]  unknown filter "languag"; did you mean "language"?",
        "10:36  sources.web.filters[1].language.keeep  unknown key; did you mean "keep"?",
        "10:59  sources.web.filters[1].language.minScore  must be at most 1",
        "10:64  sources.web.filters[2]  the filter language is there twice",
        "10:74  sources.web.filters[3]  is not a filter: expected a name, or one name with its settings",
        "11:13  sources.web.tiers.Top  is not a name: use lower-case letters, digits and hyphens, a letter first, 64 at most",
        "11:60  sources.web.tiers.long  is not an expression: at its column 11, expected a name, a number or a quoted text, got the end",
        "12:13  sources.web.tokens  is not a whole number: expected a whole number such as 250000, 250_000, 2.5K, 100M, 1B or 0.95T",
        "13:27  dedup[1].minhash.treshold  unknown key; did you mean "threshold"?",
        "13:42  dedup[2]  unknown dedup method "simhash"; did you mean "minhash"?",
        "13:51  dedup[3]  the dedup method exact is there twice",
        "14:14  batchTokens  5000 is not a multiple of the sequence length 2048",
        "16:23  stages[0].tokens  is not a quantity: expected a whole number such as 250000, 250_000, 2.5K, 100M, 1B or 0.95T",
        "16:38  stages[0].mix.web  must be above 0",
        "16:41  stages[0].mix.wbe  unknown source "wbe"; did you mean "web"?",
        "16:49  stages[0].mix["web.lang"]  the source web has no tier "lang"; did you mean "web.long"?",
        "17:12  stages[1].name  a stage before this one is named "a" too",
        "17:23  stages[1].tokens  is not a quantity: expected a whole number such as 250000, 250_000, 2.5K, 100M, 1B or 0.95T",
        "17:32  stages[1].mix  needs at least one pool",
        "19:5  phases[0].tokens  only the last phase may take the rest",
        "19:22  phases[0].sequenceLength  must be a number, not text",
        "20:37  phases[1].packing  unknown packing "bestfit"; did you mean "best-fit"?",
        "20:54  phases[1].tokens  is neither a quantity nor \`rest\`",
        "21:20  output.formats[0]  unknown choice "megatrn"; did you mean "megatron"?",
        "22:1  extra  unknown key",
      ]
    `)
  })

  const cases: [string, (text: string) => string, string[]][] = [
    [
      'a key that is missing',
      (text) => text.replace('license: CC-BY-4.0, ', ''),
      ['3:3  sources.web.license  is required'],
    ],
    ['a section that is missing', (text) => text.replace(/phases.*\n/, ''), ['1:1  phases  is required']],
    [
      'no sources',
      (text) => text.replace(/  web: .*\n/, '').replace('sources:', 'sources: {}'),
      ['2:10  sources  needs at least one source'],
    ],
    [
      'a misspelt key, when its other likely meaning is there already',
      (text) => text.replace('crawl}', 'crawl, filers: []}'),
      ['3:73  sources.web.filers  unknown key; did you mean "filters"?'],
    ],
    [
      'a section that is null',
      (text) => text.replace(/  web: .*\n/, ''),
      ['2:9  sources  must be a map of keys, not null'],
    ],
    [
      'a list in place of text',
      (text) => text.replace('CC-BY-4.0', '[CC-BY-4.0]'),
      ['3:42  sources.web.license  must be text, not a list'],
    ],
    [
      'text in place of a list',
      (text) => text.replace('["web/*.jsonl"]', 'web/*.jsonl'),
      ['3:16  sources.web.files  must be a list, not text'],
    ],
    [
      'an unset variable, told once',
      (text) => text.replace('web/*.jsonl', '${NOWHERE}'),
      ['3:18  sources.web.files[0]  the environment variable NOWHERE is not set'],
    ],
    [
      'a missing file',
      (text) => text.replace('web/*.jsonl', 'wiky.jsonl'),
      ['3:17  sources.web.files[0]  "wiky.jsonl" is not there; did you mean "wiki.jsonl"?'],
    ],
    [
      'a source that is not there',
      (text) => text.replace('mix: {web: 1}', 'mix: {web: 1, wiki: 2}'),
      ['4:49  stages[0].mix.wiki  unknown source "wiki"'],
    ],
    [
      'a tier of a source without tiers',
      (text) => text.replace('mix: {web: 1}', 'mix: {web.top: 1}'),
      ['4:41  stages[0].mix["web.top"]  the source web has no tier "top"'],
    ],
    [
      'a negative weight',
      (text) => text.replace('mix: {web: 1}', 'mix: {web: -1}'),
      ['4:46  stages[0].mix.web  must be above 0'],
    ],
    [
      'phases that sum to less',
      (text) => text.replace('2048}', '2048, tokens: 999_999}'),
      ['5:41  phases[0].tokens  the phases have 999_999 tokens, the stages 1M'],
    ],
    [
      'phases that sum to more',
      (text) => text.replace('2048}', '2048, tokens: 2M}'),
      ['5:41  phases[0].tokens  the phases have 2M tokens, the stages 1M'],
    ],
    [
      'nothing left for the rest',
      (text) => text.replace('2048}', '2048, tokens: 1M}, {sequenceLength: 4096}'),
      [
        '5:46  phases[1].tokens  nothing is left for the last phase: those before it have 1M tokens, the stages 1M',
      ],
    ],
    [
      'a rest in the middle',
      (text) => text.replace('2048}', '2048}, {sequenceLength: 4096, tokens: 1K}'),
      ['5:10  phases[0].tokens  only the last phase may take the rest'],
    ],
    [
      'a batch that fits one length only',
      (text) => `${text.replace('2048}', '2048, tokens: 1K}, {sequenceLength: 8192}')}batchTokens: 10_240\n`,
      ['6:14  batchTokens  10240 is not a multiple of the sequence length 8192'],
    ],
    [
      'a value no filter records',
      (text) =>
        text.replace('crawl}', 'crawl, filters: [language], tiers: {t: "tokens > 1 and langage.score > 0"}}'),
      [
        '3:121  sources.web.tiers.t  no filter of this source records "langage.score"; did you mean "language.score"?',
      ],
    ],
    [
      'an expression that ends early',
      (text) => text.replace('crawl}', "crawl, tiers: {t: 'tokens >= '}}"),
      [
        '3:95  sources.web.tiers.t  is not an expression: at its column 11, expected a name, a number or a quoted text, got the end',
      ],
    ],
    [
      'a tokenizer without a type',
      (text) => `tokenizer: {model: x}\n${text}`,
      ['1:12  tokenizer  is neither a name nor a {type: …}'],
    ],
    [
      'a tokenizer of an unknown type',
      (text) => `tokenizer: {type: sentencepeace}\n${text}`,
      ['1:19  tokenizer.type  unknown tokenizer type "sentencepeace"; did you mean "sentencepiece"?'],
    ],
    [
      'a tokenizer’s settings',
      (text) => `tokenizer: {type: sentencepiece, model: nowhere.model, modle: x}\n${text}`,
      [
        '1:41  tokenizer.model  "nowhere.model" is not a file',
        '1:56  tokenizer.modle  unknown key; did you mean "model"?',
      ],
    ],
    [
      'a duplicate key, and what else is wrong',
      (text) => `name: one\n${text}sed: 3\n`,
      ['2:1    the key "name" is there twice', '7:1  sed  unknown key; did you mean "seed"?'],
    ],
    [
      'a syntax error',
      (text) => text.replace('{web: 1}}]', '{web: 1}]'),
      ['4:48    Flow map in block collection must be sufficiently indented and end with a }'],
    ],
    [
      'a syntax error from which others follow, and a duplicate key',
      (text) => `${text}- a\n- b\nname: one\n`,
      ['6:1    Implicit keys need to be on a single line'],
    ],
    ['tabs', (text) => text.replace('  web:', '\tweb:'), ['3:1    Tabs are not allowed as indentation']],
    [
      'an unknown tag',
      (text) => text.replace('small', '!!set {a, b}'),
      ['1:7    Unresolved tag: tag:yaml.org,2002:set'],
    ],
    [
      'an alias of nothing',
      (text) => text.replace('small', '*nothing'),
      ['1:7    there is no anchor &nothing before this'],
    ],
    ['two documents', (text) => `${text}---\n${text}`, ['6:1    holds a second YAML document']],
    ['an empty file', () => '', ['1:1    is empty']],
    ['a list', () => '- a\n- b\n', ['1:1    must be a map of keys, not a list']],
    ['text', () => 'hello\n', ['1:1    must be a map of keys, not text']],
    [
      'too many levels',
      (text) => text.replace('small', '['.repeat(5000) + ']'.repeat(5000)),
      ['1:71    is nested deeper than 64 levels'],
    ],
  ]
  test.each(cases)('%s', async (_, edit, issues) => {
    const text = edit(goodYaml)
    expect(text).not.toBe(goodYaml)
    expect(await issuesOf(text)).toEqual(issues)
  })

  test('aliases that would grow without end', async () => {
    const lines = ['a: &a [x, x, x, x, x, x, x, x, x, x]']
    for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg'])
      lines.push(`${to}: &${to} [${Array(10).fill(`*${from}`).join(', ')}]`)
    expect(await issuesOf(lines.join('\n'))).toEqual([
      expect.stringMatching(/^1:1 .*cannot be expanded: .*alias/),
    ])
  })

  test('quote the line, and mark the column', async () => {
    const text = goodYaml.replace('license', 'licence')
    expect(
      `\n${formatIssues(await failure(load(text)), text)
        .replaceAll(`${root}/`, '')
        .replace(/The keys here are: files, .*\w\./, 'The keys here are: files, …, tokens.')}\n`,
    ).toMatchInlineSnapshot(`
      "
      recipe.yaml:3:3  sources.web.license  is required
          3 |   web: {files: ["web/*.jsonl"], licence: CC-BY-4.0, acquisition: crawl}
            |   ^
          Add \`license\`: License of the source: an SPDX expression, or NOASSERTION.

      recipe.yaml:3:33  sources.web.licence  unknown key; did you mean "license"?
          3 |   web: {files: ["web/*.jsonl"], licence: CC-BY-4.0, acquisition: crawl}
            |                                 ^
          The keys here are: files, …, tokens.
      "
    `)
  })

  test('of budgets, transitions and replays', async () => {
    const stages = [
      { name: 'a', steps: 3, mix: { web: 1 }, transition: { tokens: 10 } },
      { name: 'b', mix: { web: 1 } },
      { name: 'c', steps: 2, tokens: 5, mix: { web: 1 }, replay: { stage: 'd', share: 0.5 } },
      { name: 'd', tokens: 5, mix: { web: 1 }, replay: { stage: 'd', share: 1 } },
    ]
    const found = (await failure(resolveRecipe({ ...good, stages }, { directory: root }))).issues
    expect(found.map(({ key, message }) => [key, message])).toEqual([
      ['stages[3].replay.share', expect.stringMatching(/below 1/)],
      ['stages[0].steps', expect.stringMatching(/batchTokens/)],
      ['stages[0].transition', expect.stringMatching(/first stage/)],
      ['stages[1]', 'has no budget'],
      ['stages[2].steps', expect.stringMatching(/already/)],
      ['stages[2].replay.stage', expect.stringMatching(/"d"/)],
      ['stages[3].replay.stage', expect.stringMatching(/"d"/)],
    ])
  })

  test('of an object have key paths only', async () => {
    const error = await failure(resolveRecipe({ ...good, seed: -1 }, { directory: root }))
    expect(error.issues).toEqual([
      {
        message: 'must be at least 0',
        key: 'seed',
        got: -1,
        limit: 0,
        fix: 'Correct `seed`: Keys every draw, shuffle and tie.',
      },
    ])
    expect(error.message).toBe('the recipe has one problem: seed: must be at least 0')
  })

  test('keep control characters off the terminal', async () => {
    const error = await failure(resolve({ ...good, '\u001b[2J': 1 }))
    // oxlint-disable-next-line no-control-regex
    expect(formatIssues(error)).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
  })
})

describe('files that are no recipe', () => {
  test.each([
    ['nowhere.yaml', 'INPUT_MISSING', 'it is not there'],
    ['nowhere.mjs', 'INPUT_MISSING', 'there is no such file'],
    ['folder.yaml', 'INPUT_MISSING', 'it is a folder'],
    ['wiki.jsonl', 'RECIPE_INVALID', 'name ends in'],
    ['latin1.yaml', 'RECIPE_INVALID', 'is not UTF-8 text'],
    ['empty.mjs', 'RECIPE_INVALID', 'exports no recipe'],
    ['function.mjs', 'RECIPE_INVALID', 'exports a function or a promise'],
    ['throws.mjs', 'RECIPE_INVALID', 'cannot be imported: out of cheese'],
  ])('%s', async (name, code, message) => {
    await mkdir(path.join(root, 'folder.yaml'), { recursive: true })
    await writeFile(path.join(root, 'latin1.yaml'), Buffer.from('name: caf\xe9\n', 'latin1'))
    await writeFile(path.join(root, 'empty.mjs'), '')
    await writeFile(path.join(root, 'function.mjs'), 'export default () => 1')
    await writeFile(path.join(root, 'throws.mjs'), 'throw new Error("out of cheese")')
    const error = await failure(loadRecipe(path.join(root, name)))
    expect(error.code).toBe(code)
    expect(error.message).toContain(message)
    expect(error.facts.fix).not.toBe('')
  })
})

describe('any value', () => {
  // Strings without `${`, so that nothing of the environment is in a counterexample.
  const key = fc.constantFrom(
    'name',
    'seed',
    'tokenizer',
    'type',
    'sources',
    'web',
    'files',
    'license',
    'acquisition',
    'filters',
    'language',
    'tiers',
    'dedup',
    'minhash',
    'stages',
    'tokens',
    'mix',
    'phases',
    'sequenceLength',
    'output',
    'formats',
    'batchTokens',
    '__proto__',
    'constructor',
    '',
  )
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom<unknown>(
        null,
        true,
        0,
        -1,
        1,
        2048,
        0.5,
        1e300,
        '',
        'rest',
        '1M',
        'web/*.jsonl',
        'language',
        'web',
        'exact',
        '${',
        '*',
      ),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.array(fc.tuple(key, tie('value')), { maxLength: 6 }).map((entries) => Object.fromEntries(entries)),
    ),
  }))

  test('given as a recipe is refused by a MillraceError, or is one', { timeout: 15_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.jsonValue(), value), async (input) => {
        const error = await failure(resolve(input))
        expect(error.code).toBe('RECIPE_INVALID')
        expect(error.issues.length).toBeGreaterThan(0)
      }),
      { numRuns: 300 },
    )
  })

  test('put into a good recipe is refused by a MillraceError, or fits', { timeout: 15_000 }, async () => {
    const places: ((input: unknown) => object)[] = [
      (input) => ({ ...good, tokenizer: input }),
      (input) => ({ ...good, sources: { web: input } }),
      (input) => ({ ...good, sources: { web: { ...good.sources['web'], filters: input } } }),
      (input) => ({ ...good, sources: { web: { ...good.sources['web'], tiers: input } } }),
      (input) => ({ ...good, dedup: input }),
      (input) => ({ ...good, stages: [{ name: 'base', tokens: input, mix: input }] }),
      (input) => ({ ...good, phases: input }),
      (input) => ({ ...good, batchTokens: input, output: input }),
    ]
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), value, async (place, input) => {
        const error: unknown = await resolve(place(input)).then(
          () => undefined,
          (thrown: unknown) => thrown,
        )
        expect(
          error === undefined || (error instanceof MillraceError && error.code === 'RECIPE_INVALID'),
        ).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test('text of any kind is refused by a MillraceError', { timeout: 15_000 }, async () => {
    const piece = fc.constantFrom(
      'a',
      ': ',
      '- ',
      '\n',
      '  ',
      '\t',
      '[',
      ']',
      '{',
      '}',
      '&x ',
      '*x',
      '"',
      "'",
      '#',
      '|',
      '!!',
      '?',
      '---',
      '\0',
      '🙂',
      '%',
      '<<',
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join('')),
        async (text) => {
          const error = await failure(load(text, 'fuzz.yaml'))
          expect(error.code).toBe('RECIPE_INVALID')
        },
      ),
      { numRuns: 300 },
    )
  })
})
