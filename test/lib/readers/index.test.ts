import { existsSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { readerFor, readers } from '../../../lib/readers/index.ts'
import { jsonl } from '../../../lib/readers/jsonl.ts'
import { compressZstd } from '../../../lib/storage/zstd.ts'
import { fileItems, temporaryFolder } from '../../conformance/reader-items.ts'

const folder = temporaryFolder()
afterAll(() => folder.remove())
const nameFor = async (name: string, content: string | Uint8Array): Promise<string> =>
  (await readerFor(folder.write(name, content))).name

describe('readerFor', () => {
  test.each([
    ['a.jsonl', 'PAR1\0\0\0\0', 'parquet'],
    ['a.csv', 'ARROW1\0\0', 'arrow'],
    ['a.txt', 'WARC/1.0\r\n', 'warc'],
    ['a.parquet', '{"text": "x"}\n', 'jsonl'],
    ['a.jsonl', '\n [{"text": "x"}]', 'json'],
    ['b.jsonl', '[1, 2] is no array of records', 'jsonl'],
    ['b.txt', '{"text": "x"}\n', 'text'],
    ['b.parquet', '', 'parquet'],
  ])('an extension that lies is corrected by the content: %s of %j is %s', async (file, content, name) => {
    expect(await nameFor(file, content)).toBe(name)
  })

  test('goes by the extension, behind a compression suffix, without opening the file', async () => {
    for (const [file, name] of [
      ['a.jsonl', 'jsonl'],
      ['a.JSONL.GZ', 'jsonl'],
      ['a.ndjson.zst', 'jsonl'],
      ['a.txt', 'text'],
      ['b.md.gz', 'markdown'],
    ] as const) {
      expect((await readerFor(path.join('no-such-folder', file))).name).toBe(name)
    }
  })
  test('takes the reader that is named', async () => {
    expect(await readerFor('a.jsonl', 'text')).toBe(readers['text'])
  })
  test('looks at the content where the name does not tell', async () => {
    expect(await nameFor('LICENSE', 'Some text.\n')).toBe('text')
    expect(await nameFor('empty', '')).toBe('text')
    expect(await nameFor('part-00000', '\uFEFF\n {"text":"a"}\r\nbroken')).toBe('jsonl')
    expect(await nameFor('part-00000.gz', gzipSync('{"text":"a"}\n'))).toBe('jsonl')
    expect(await nameFor('part-00000.zst', await compressZstd(Buffer.from('{"text":"a"}\n')))).toBe('jsonl')
    expect(await nameFor('data.json', '{"text":"a"}\n{"text":"b"}\n')).toBe('jsonl')
    expect(await nameFor('array.json', '[\n{"text":"a"}]')).toBe('json')
    expect(await nameFor('object.json.gz', gzipSync('{\n"text":"a"\n}'))).toBe('json')
    expect(await nameFor('array', '\uFEFF [{"text":"a"}]')).toBe('json')
    expect(await nameFor('empty.json', '')).toBe('text')
    expect(await nameFor('damaged.json', Buffer.from([0xff, 0]))).toBe('json')
    expect(await nameFor('rows', 'PAR1\0\0')).toBe('parquet')
    expect(await nameFor('table', 'ARROW1\0\0')).toBe('arrow')
    expect(await nameFor('data.arrow', '\0ARROW1\0\0')).toBe('arrow')
    const stream = Buffer.from([0xff, 0xff, 0xff, 0xff, 16, 0, 0, 0])
    expect(await nameFor('data-00000-of-00001.arrow', stream)).toBe('arrow-stream')
    expect(await nameFor('stream.gz', gzipSync(stream))).toBe('arrow-stream')
    // The look ends within a character of three bytes.
    expect(await nameFor('long', '語'.repeat(400_000))).toBe('text')
    // The first line is longer than the look.
    expect(await nameFor('long-line', `{"text":"${'x'.repeat(70_000)}"}`)).toBe('jsonl')
  })
  test('refuses what no reader fits, and names the readers', async () => {
    const fix = expect.stringMatching(/json, jsonl, markdown/)
    for (const content of ['\0\0', Buffer.from([0xff, 0xd8, 0xff]), '[a link](b)', '{% include %}']) {
      await expect(nameFor('data.bin', content)).rejects.toMatchObject({
        code: 'INPUT_DAMAGED',
        facts: { fix },
      })
    }
    for (const name of ['avro', 'constructor', '__proto__']) {
      const facts = { got: name, key: 'reader', fix }
      await expect(readerFor('a.jsonl', name)).rejects.toMatchObject({ code: 'RECIPE_INVALID', facts })
    }
    await expect(readerFor(path.join(folder.path, 'missing'))).rejects.toMatchObject({
      code: 'INPUT_MISSING',
    })
  })
})

describe('corpus', () => {
  const corpus = path.resolve(import.meta.dirname, '../../../../shared/corpus')
  test.skipIf(!existsSync(corpus))(
    'every record of every JSON Lines file is read (needs the corpus)',
    async () => {
      const counts: number[] = []
      for (const name of [
        'web-00000.jsonl.zst',
        'web-00001.jsonl.zst',
        'encyclopedia.jsonl.gz',
        'technical.jsonl.gz',
      ]) {
        const items = await fileItems(jsonl, path.join(corpus, name))
        expect(items.every(({ kind }) => kind === 'record')).toBe(true)
        counts.push(items.length)
      }
      expect([(counts[0] ?? 0) + (counts[1] ?? 0), counts[2], counts[3]]).toEqual([5497, 56, 685])
    },
  )
})
