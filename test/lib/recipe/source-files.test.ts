import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { standInFileSystem } from '../../../lib/recipe/line-end-names.ts'
import { distinctFiles, expandPattern } from '../../../lib/recipe/source-files.ts'

let root: string

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'millrace-files-'))
  const files = [
    'data/b.jsonl',
    'data/a.jsonl',
    'data/B.jsonl',
    'data/.hidden.jsonl',
    'data/c.txt',
    'data/sub/deep/d.jsonl',
    'data/[x].jsonl',
    'data/{y}.jsonl',
    'odd [folder]/recipe/r.txt',
    'odd [folder]/e.jsonl',
    'real/f.jsonl',
  ]
  for (const file of files) {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true })
    await writeFile(path.join(root, file), 'x')
  }
  await symlink('.', path.join(root, 'data/loop'))
  await symlink('../real', path.join(root, 'data/linked'))
  await symlink('a.jsonl', path.join(root, 'data/alias-of-a.jsonl'))
  await symlink('nowhere', path.join(root, 'data/broken.jsonl'))
})

afterAll(() => rm(root, { recursive: true, force: true }))

async function expand(pattern: string, folder = ''): Promise<string[]> {
  const { files = [], problem } = await expandPattern(pattern, path.join(root, folder))
  expect(problem).toBeUndefined()
  return (await distinctFiles(files)).map((file) => path.relative(root, file))
}

describe('patterns', () => {
  test.each([
    ['data/a.jsonl', ['data/a.jsonl']],
    ['data/?.jsonl', ['data/B.jsonl', 'data/a.jsonl', 'data/b.jsonl']], // by code units
    ['data/[ab].jsonl', ['data/a.jsonl', 'data/b.jsonl']],
    ['data/{c.txt,a.jsonl}', ['data/a.jsonl', 'data/c.txt']],
    ['./data/*.txt', ['data/c.txt']],
    ['data/sub/**/*.jsonl', ['data/sub/deep/d.jsonl']],
    ['data/sub/**', ['data/sub/deep/d.jsonl']],
    ['data/.hidden.jsonl', ['data/.hidden.jsonl']],
    ['data/[x].jsonl', ['data/[x].jsonl']], // a name that is there as it stands
    ['data/{y}.jsonl', ['data/{y}.jsonl']],
    ['odd [folder]/*.jsonl', ['odd [folder]/e.jsonl']],
  ])('%s', async (pattern, expected) => {
    expect(await expand(pattern)).toEqual(expected)
  })

  test('`..` and absolute paths, from a folder with glob characters in its name', async () => {
    expect(await expand('../*.jsonl', 'odd [folder]/recipe')).toEqual(['odd [folder]/e.jsonl'])
    expect(await expand('*.txt', 'odd [folder]/recipe')).toEqual(['odd [folder]/recipe/r.txt'])
    expect(await expand(path.join(root, 'real', '*.jsonl'), 'data')).toEqual(['real/f.jsonl'])
  })

  test('links are followed, loops and aliases give nothing twice, and names with a dot are left out', async () => {
    expect(await expand('data/**/*.jsonl')).toEqual([
      'data/B.jsonl',
      'data/[x].jsonl',
      'data/a.jsonl',
      'data/b.jsonl',
      'data/linked/f.jsonl',
      'data/sub/deep/d.jsonl',
      'data/{y}.jsonl',
    ])
  })
})

describe('folders and lists', () => {
  test('a folder is all files in it and in its folders, but names with a dot', async () => {
    expect(await expand('odd [folder]')).toEqual(['odd [folder]/e.jsonl', 'odd [folder]/recipe/r.txt'])
    expect(await expand('data/sub')).toEqual(['data/sub/deep/d.jsonl'])
  })

  test('links that lead in a circle end, and one that leads nowhere is a problem, not a file less', async () => {
    await mkdir(path.join(root, 'round/in'), { recursive: true })
    await writeFile(path.join(root, 'round/in/line\nfeed.jsonl'), 'x')
    await symlink('..', path.join(root, 'round/in/up'))
    expect(await expand('round')).toEqual(['round/in/line\nfeed.jsonl'])
    const { problem } = await expandPattern('data', root)
    expect(problem?.message).toBe('has "broken.jsonl", which cannot be opened: the link leads nowhere')
  })

  test('a list is what its lines are, whatever their order, relative to its own folder', async () => {
    const lines = ['a.jsonl', '{b,B}.jsonl', '', '# not this one', '../real', 'sub/deep/d.jsonl', 'a.jsonl']
    const expected = ['data/B.jsonl', 'data/a.jsonl', 'data/b.jsonl', 'data/sub/deep/d.jsonl', 'real/f.jsonl']
    for (const order of [lines, lines.toReversed(), lines.toSorted()]) {
      await writeFile(path.join(root, 'data/.list'), `\uFEFF${order.join('\r\n')}`)
      expect(await expand('@data/.list')).toEqual(expected)
      expect(await expand('@.list', 'data')).toEqual(expected)
    }
  })

  test('a name that begins with @ and is there is that file', async () => {
    await writeFile(path.join(root, '@file.jsonl'), 'x')
    expect(await expand('@file.jsonl')).toEqual(['@file.jsonl'])
  })

  test.each([
    ['x.jsonl', 'has "x.jsonl" as line 1, which is not there'],
    ['@other', 'has "@other" as line 1, which is a list in a list'],
    ['# nothing', 'is a list of no files'],
  ])('a list of %j says which line is wrong', async (line, message) => {
    await writeFile(path.join(root, 'wrong.list'), `${line}\n`)
    const { problem } = await expandPattern('@wrong.list', root)
    expect(problem?.message).toContain(message)
  })
})

describe('problems', () => {
  const cases: [string, string, string][] = [
    ['data/c.tx', 'is not there; did you mean "c.txt"?', 'Correct the path: looked for ROOT/data/c.tx.'],
    ['dat/a.jsonl', 'is not there', 'There is no folder ROOT/dat: correct the path.'],
    ['data/c.txt/x', 'is not there', 'There is no folder ROOT/data/c.txt: correct the path.'],
    [
      'data/*.md',
      'matches no file',
      'Correct the pattern: ROOT/data has B.jsonl, [x].jsonl, a.jsonl, alias-of-a.jsonl, b.jsonl, ….',
    ],
    ['dat/*.md', 'matches no file', 'There is no folder ROOT/dat: correct the path.'],
    [
      'data/broken.jsonl',
      'cannot be opened: the link leads nowhere',
      'Make it readable for this user, or leave it out.',
    ],
    ['s3://bucket/*.jsonl', 'is a URL', 'Copy the files to a local or mounted folder, and name them there.'],
    ['!data/a.jsonl', 'is a negated pattern', 'Leave it out, and narrow the other patterns instead.'],
    [
      'data/\0*',
      'cannot be opened: its name has a NUL character',
      'Make it readable for this user, or leave it out.',
    ],
  ]
  test.each(cases)('%j', async (pattern, message, fix) => {
    const { problem } = await expandPattern(pattern, root)
    expect({ message: problem?.message, fix: problem?.fix.replaceAll(root, 'ROOT') }).toEqual({
      message,
      fix,
    })
  })

  test('a folder that a pattern leads through and that cannot be listed is told, not passed over', async () => {
    const told: Error[] = []
    const { readdir } = standInFileSystem((error) => told.push(error))
    await new Promise<void>((resolve) => {
      readdir?.(path.join(root, 'nowhere'), { withFileTypes: true }, () => resolve())
    })
    expect(told).toMatchObject([{ code: 'ENOENT' }])
  })

  test.skipIf(process.getuid?.() === 0)('the same by a pattern (not as root, who may list it)', async () => {
    await mkdir(path.join(root, 'locked/inner'), { recursive: true })
    await chmod(path.join(root, 'locked/inner'), 0)
    const { problem } = await expandPattern('locked/**/*.jsonl', root)
    expect(problem?.message).toContain('locked/inner')
    await chmod(path.join(root, 'locked/inner'), 0o700)
  })
})
