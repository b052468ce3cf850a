/** examples/audit: each command of its README, run on the build that it makes, and what it has to say. */
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Finished, run, temporaryFolder } from '../build/support.ts'

const root = path.resolve(import.meta.dirname, '../..')
const readme = await readFile(path.join(root, 'examples/audit/README.md'), 'utf8')
const commands = [...readme.matchAll(/\| `npx millrace ([^`]+)` \|/g)].map(([, command = '']) => command)

/** What an answer has to hold, by the command. */
const answers: Readonly<Record<string, RegExp>> = {
  'verify audit-out': /hold|no findings|nothing/i,
  'verify audit-out --inputs': /input/i,
  'where audit-out --source pages': /Apache-2\.0: 11 records[\s\S]*shards\/01-anneal-512/,
  'where audit-out --url https://rivers.example.org/meanders':
    /placed +shards\/00-base-512[\s\S]*01-anneal-512/,
  'where audit-out --domain bread.example.com': /sourdough[\s\S]*rye/,
  'where audit-out --url https://rivers.example.org/deltas':
    /fate +duplicate[\s\S]*d183547b450614f1a6d7d9a1e575a682/,
  'where audit-out --domain fluesse.example.org': /dropped[\s\S]*language/,
  'where audit-out --domain school.example.com': /gsm8k item 0[\s\S]*Natalia sold clips/,
  'where audit-out --domain letters.example.org': /edited by +pii/,
  'trace audit-out --shard shards/00-base-512/megatron/00000.bin --token 50': /record +[\s\S]* at /,
  'trace audit-out --step 4': /step 4, stage base[\s\S]*epoch/,
  'trace audit-out --stage anneal --sequence 0': /sequence 0 of shards\/01-anneal-512/,
  'verify audit-out --benchmark examples/audit/benchmark.jsonl:gsm8k': /gsm8k|benchmark/i,
  'filter audit-out --what-if language.minScore=0.97': /low_score/,
}

let folder: string
let built: Finished
beforeAll(async () => {
  folder = await temporaryFolder()
  const recipe = path.join(root, 'examples/audit/recipe.yaml')
  built = await run('build', recipe, '--out', path.join(folder, 'audit-out'), '--workers', '0')
}, 60_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

function wordsOf(command: string): string[] {
  return command.split(' ').map((word) => {
    if (word === 'audit-out') return path.join(folder, word)
    return word.startsWith('examples/') ? path.join(root, word) : word
  })
}

test('builds', () => {
  expect(built).toMatchObject({ code: 0 })
})

test('every command of the README is here', () => {
  expect(commands).toEqual(Object.keys(answers))
})

describe.each(Object.entries(answers))('%s', (command, answer) => {
  test('answers', async () => {
    const { code, stdout, stderr } = await run(...wordsOf(command))
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(stdout).toMatch(answer)
  })

  test('answers in JSON', async () => {
    const { code, stdout } = await run(...wordsOf(command), '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toBeTypeOf('object')
  })
})

test('what could not be read is one entry', async () => {
  const entries = (await readFile(path.join(folder, 'audit-out/quarantine.jsonl'), 'utf8')).trim().split('\n')
  expect(entries).toHaveLength(1)
  expect(JSON.parse(entries[0] ?? '')).toMatchObject({ file: 'pages.jsonl', reason: 'invalid-json' })
})
