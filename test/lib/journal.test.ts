import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Completion, openJournal } from '../../lib/journal.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'millrace-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function completion(id: string, key = 'k', files: Completion['files'] = []): Completion {
  return { id, key, files, result: { id, text: 'é\n' } }
}

async function journalFiles(): Promise<string[]> {
  const names = await readdir(path.join(folder, 'journal'))
  return names.toSorted((a, b) => (a < b ? -1 : 1)).map((name) => path.join(folder, 'journal', name))
}

async function written(...records: readonly Completion[]): Promise<void> {
  const journal = await openJournal(folder, 1)
  for (const record of records) await journal.append(record)
  await journal.close()
}

describe('find', () => {
  test('a record is complete under its own key only, in this process and in the next', async () => {
    const journal = await openJournal(folder, 1)
    await journal.append(completion('a'))
    expect(await journal.find('a', 'k')).toEqual(completion('a'))
    expect(await journal.find('a', 'other')).toBeUndefined()
    expect(await journal.find('b', 'k')).toBeUndefined()
    await journal.close()
    const next = await openJournal(folder, 2)
    expect(await next.find('a', 'k')).toEqual(completion('a'))
    expect(await next.find('a', 'other')).toBeUndefined()
    expect(next.last('a')).toEqual(completion('a'))
    await next.close()
  })

  test('a unit whose file is missing or has another size is not complete', async () => {
    const file = { path: 'part', bytes: 4, sha256: '' }
    await writeFile(path.join(folder, 'part'), 'four')
    await written(completion('a', 'k', [file]))
    const journal = await openJournal(folder, 2)
    expect(await journal.find('a', 'k')).toBeDefined()
    await writeFile(path.join(folder, 'part'), 'fives')
    expect(await journal.find('a', 'k')).toBeUndefined()
    await rm(path.join(folder, 'part'))
    expect(await journal.find('a', 'k')).toBeUndefined()
    expect(journal.last('a')).toBeDefined()
    await journal.close()
  })

  test('the last record of a unit holds, also of a process whose clock was set back', async () => {
    await written(completion('a', 'old'))
    const second = await openJournal(folder, 100)
    await second.append(completion('a', 'middle'))
    await second.close()
    const third = await openJournal(folder, 5)
    await third.append(completion('a', 'new'))
    await third.close()
    const journal = await openJournal(folder, 7)
    expect(await journal.find('a', 'new')).toBeDefined()
    expect(await journal.find('a', 'old')).toBeUndefined()
    await journal.close()
  })

  test('a unit that is forgotten is complete under no key, and stays so', async () => {
    await written(completion('a'), completion('b'))
    const journal = await openJournal(folder, 2)
    await journal.forget('a')
    expect(await journal.find('a', 'k')).toBeUndefined()
    await journal.close()
    const next = await openJournal(folder, 3)
    expect(await next.find('a', 'k')).toBeUndefined()
    expect(await next.find('b', 'k')).toBeDefined()
    await next.close()
  })
})

describe('torn and altered lines', () => {
  test('a journal cut at any byte has exactly the records that are whole', async () => {
    await written(completion('a'), completion('b'), completion('c'))
    const [file = ''] = await journalFiles()
    const whole = await readFile(file)
    const ends = [...whole.keys()].filter((at) => whole[at] === 10)
    expect(ends).toHaveLength(3)
    for (let size = whole.length; size >= 0; size -= 7) {
      await truncate(file, size)
      const journal = await openJournal(folder, 2)
      const found = ['a', 'b', 'c'].filter((id) => journal.last(id) !== undefined)
      // A record is whole without the line break after it.
      expect(found).toEqual(['a', 'b', 'c'].slice(0, ends.filter((end) => end <= size).length))
      await journal.close()
    }
  })

  test('a line with any byte changed is not there; the lines around it are', async () => {
    await written(completion('a'), completion('b'), completion('c'))
    const [file = ''] = await journalFiles()
    const whole = await readFile(file)
    const start = whole.indexOf(10) + 1
    const end = whole.indexOf(10, start)
    for (let at = start; at < end; at += 5) {
      const changed = Uint8Array.from(whole)
      changed[at] = changed[at]! ^ 1
      await writeFile(file, changed)
      const journal = await openJournal(folder, 2)
      expect(['a', 'b', 'c'].map((id) => journal.last(id) !== undefined)).toEqual([true, false, true])
      await journal.close()
    }
  })

  test('records that follow a torn line in a later process are found', async () => {
    await written(completion('a'))
    const [file = ''] = await journalFiles()
    await writeFile(file, (await readFile(file)).subarray(0, -9))
    const journal = await openJournal(folder, 2)
    await journal.append(completion('b'))
    await journal.close()
    const next = await openJournal(folder, 3)
    expect([next.last('a'), next.last('b')?.id]).toEqual([undefined, 'b'])
    await next.close()
  })
})

describe('append', () => {
  test('many at once are all on disk when each resolves', async () => {
    const journal = await openJournal(folder, 1)
    const ids = Array.from({ length: 200 }, (_, at) => `unit-${at}`)
    await Promise.all(
      ids.map(async (id) => {
        await journal.append(completion(id))
        const [file = ''] = await journalFiles()
        expect(await readFile(file, 'utf8')).toContain(`"${id}"`)
      }),
    )
    await journal.close()
    const next = await openJournal(folder, 2)
    for (const id of ids) expect(await next.find(id, 'k')).toEqual(completion(id))
    await next.close()
  })

  test('a journal of a process that did nothing leaves no file', async () => {
    const journal = await openJournal(folder, 1)
    await journal.close()
    expect(await journalFiles()).toEqual([])
  })

  test('close waits for what is under way', async () => {
    const journal = await openJournal(folder, 1)
    const pending = [journal.append(completion('a')), journal.append(completion('b'))]
    await journal.close()
    await Promise.all(pending)
    const next = await openJournal(folder, 2)
    expect([next.last('a')?.id, next.last('b')?.id]).toEqual(['a', 'b'])
    await next.close()
  })
})
