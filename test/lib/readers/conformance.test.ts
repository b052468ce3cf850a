import { readFileSync } from 'node:fs'
import path from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { readers } from '../../../lib/readers/index.ts'
import { type ReaderCase, testReader } from '../../conformance/reader.ts'
import { bitFlips } from './mutations.ts'

const bytesOf = (text: string): Uint8Array => Buffer.from(text)
const words = Array.from({ length: 25 }, (_, index) => `word${(index * 7919) % 1000}`).join(' ')

/** Lines of JSON, and lines that are nearly so. */
const lines = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ text: fc.string({ unit: 'binary', maxLength: 40 }), n: fc.nat() }).map(toJson),
  },
  fc.constantFrom('', '\r', ' \t', '\uFEFF', '{"text":', '[1]', 'null', '{"text":"\\ud800"}', '{}\r'),
)
function toJson(value: unknown): string {
  return JSON.stringify(value)
}
const jsonLines = fc
  .tuple(
    fc.array(lines, { maxLength: 10 }),
    fc.constantFrom('', '\n', '\r\n'),
    fc.uint8Array({ maxLength: 3 }),
  )
  .map(([all, end, garbage]) => Buffer.concat([bytesOf(all.join('\n') + end), garbage]))

const jsonTexts = fc
  .tuple(
    fc.constantFrom('', '[', '\uFEFF[', ' \n'),
    fc.array(
      fc.oneof(
        { weight: 3, arbitrary: fc.json({ maxDepth: 2 }) },
        fc.constantFrom('{"a":"\\"]"}', '[{]}', '7', '"\\\\"', 'nul', '{"text":"\\ud800"}', '}', ','),
      ),
      { maxLength: 8 },
    ),
    fc.constantFrom(',', ' ', ', \n', ''),
    fc.constantFrom(']', '', ']\n[]', '\n'),
    fc.uint8Array({ maxLength: 3 }),
  )
  .map(([head, values, separator, end, garbage]) =>
    Buffer.concat([bytesOf(head + values.join(separator) + end), garbage]),
  )

const tables = fc
  .tuple(
    fc.constantFrom('a,b\n', 'a;b\r\n', '\uFEFFtext\n', '"a\n",b\n', ''),
    fc.array(fc.constantFrom('x', '"', '""', ',', ';', '\n', '\r\n', '"q"', '"a\nb"', '7,"x""y"\n', 'é'), {
      maxLength: 30,
    }),
    fc.uint8Array({ maxLength: 3 }),
  )
  .map(([head, parts, garbage]) => Buffer.concat([bytesOf(head + parts.join('')), garbage]))

const warcRecord = (type: string, block: string, length = Buffer.byteLength(block)): string =>
  `WARC/1.0\r\nWARC-Type: ${type}\r\nWARC-Target-URI: http://a.example/\r\nContent-Length: ${length}\r\n\r\n${block}\r\n\r\n`
const warcFiles = fc
  .tuple(
    fc.array(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 20 }).map((text) => warcRecord('conversion', text)),
        fc.nat(60).map((length) => warcRecord('conversion', 'text of the page', length)),
        fc.constantFrom('WARC/1.0\n\n', '\r\n', 'garbage\n', 'WARC/1.1\nContent-Length: 3\n\nabc\n\n'),
      ),
      { maxLength: 6 },
    ),
    fc.uint8Array({ maxLength: 3 }),
  )
  .map(([parts, garbage]) => Buffer.concat([bytesOf(parts.join('')), garbage]))
const warcSample = bytesOf(
  ['one é', 'two\r\n\r\nlines', words].map((text) => warcRecord('conversion', text)).join(''),
)

const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }).map(bytesOf),
  fc.uint8Array({ maxLength: 20 }),
)
const prose = bytesOf(`\uFEFF# Title\r\n\n${words}\n\n\u2028é 😀 ${words}`)

const arrowSample = readFileSync(path.join(import.meta.dirname, 'fixtures', 'dictionaries.arrows'))
const arrowStreams = fc
  .tuple(fc.array(fc.nat(1000), { maxLength: 3 }), fc.nat(arrowSample.length), fc.nat(1000))
  .map(([copies, cut, seed]) => {
    const [changed] = [...bitFlips(arrowSample, 1, seed)].map(({ bytes }) => bytes)
    return Buffer.concat([...copies.map(() => arrowSample), (changed ?? arrowSample).subarray(0, cut)])
  })

const cases: Readonly<Record<string, Omit<ReaderCase, 'reader'>>> = {
  'arrow-stream': { files: arrowStreams, sample: arrowSample, empty: [], rows: true },
  jsonl: {
    files: jsonLines,
    sample: bytesOf(
      Array.from({ length: 12 }, (_, index) =>
        toJson({ id: index, text: `${words.slice(index * 9)} é 😀` }),
      ).join('\n'),
    ).subarray(0),
    empty: [],
  },
  csv: {
    files: tables,
    sample: bytesOf(
      ['id,text', ...Array.from({ length: 10 }, (_, n) => `${n},"${words.slice(n * 11)} é ""😀""\n"`)].join(
        '\r\n',
      ),
    ),
    empty: [],
  },
  json: {
    files: jsonTexts,
    sample: bytesOf(
      toJson(
        Array.from({ length: 10 }, (_, index) => ({ id: index, text: `${words.slice(index * 11)} é "\\😀` })),
      ),
    ),
    empty: [],
  },
  text: { files: texts, sample: prose, empty: [{ text: '' }] },
  markdown: { files: texts, sample: prose, empty: [{ text: '' }] },
  warc: { files: warcFiles, sample: warcSample, empty: [] },
  wet: { files: warcFiles, sample: warcSample, empty: [] },
}

test('every registered reader of streams has a case', () => {
  const streams = Object.values(readers).filter(({ read }) => read !== undefined)
  expect(Object.keys(cases).toSorted()).toEqual(streams.map(({ name }) => name).toSorted())
})

for (const reader of Object.values(readers)) {
  const definition = cases[reader.name]
  if (definition !== undefined && reader.read !== undefined) testReader({ reader, ...definition })
}
