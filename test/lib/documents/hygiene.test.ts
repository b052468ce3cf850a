import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createHygiene, hygieneSettings } from '../../../lib/documents/hygiene.ts'
import { repairMojibake } from '../../../lib/documents/mojibake.ts'
import { normalized } from '../../../lib/documents/normalize.ts'
import { readers } from '../../../lib/readers/index.ts'
import { chunked, itemsOf } from '../../conformance/reader-items.ts'

const clean = (text: string, settings: object = {}): unknown =>
  createHygiene(hygieneSettings.parse(settings))(text)

describe('settings', () => {
  test('by default take off a byte order mark and replace lone surrogates, and nothing else', () => {
    expect(clean('\uFEFFa\0\r\n\u0001\uD800')).toEqual({
      text: 'a\0\r\n\u0001\uFFFD',
      edits: { bom: 1, loneSurrogates: 1 },
    })
    expect(clean('\uFEFFa', { bom: 'keep' })).toEqual({ text: '\uFEFFa', edits: {} })
  })
  test('count what each of them changes', () => {
    const settings = { nul: 'remove', controls: 'remove', lineEnds: 'lf', normalization: 'NFC' }
    expect(clean('a\0\0b\u0007\u0085\r\nc\rd\te\u0301\n', settings)).toEqual({
      text: 'ab\nc\nd\té\n',
      edits: { lineEnds: 2, nul: 2, controls: 2, normalization: 1 },
    })
    expect(clean('plain text\n', settings)).toEqual({ text: 'plain text\n', edits: {} })
  })
  test('refuse a text where they say so', () => {
    expect(clean('a\0', { nul: 'refuse' })).toEqual({
      reason: 'refused',
      detail: 'the text has 1 NUL characters',
    })
    expect(clean('a\uDC00', { loneSurrogates: 'refuse' })).toMatchObject({ reason: 'refused' })
  })
  test('NFKC folds compatibility characters, NFC does not', () => {
    expect(clean('ﬁ', { normalization: 'NFC' })).toMatchObject({ text: 'ﬁ' })
    expect(clean('ﬁ', { normalization: 'NFKC' })).toMatchObject({ text: 'fi' })
  })
  test('edits that are counted are those that happened, and twice is as once', () => {
    const units = fc.array(
      fc.constantFrom(0, 7, 9, 10, 13, 0x41, 0x85, 0xa9, 0xc3, 0x301, 0xd83d, 0xde00, 0xfeff),
      {
        maxLength: 10,
      },
    )
    const settings = { mojibake: 'repair', nul: 'remove', controls: 'remove', lineEnds: 'lf', bom: 'keep' }
    fc.assert(
      fc.property(units, (codes) => {
        const text = String.fromCharCode(...codes)
        const once = createHygiene(hygieneSettings.parse(settings))(text)
        if ('reason' in once) throw new TypeError(once.detail)
        expect(once.text === text).toBe(Object.keys(once.edits).length === 0)
        expect(Buffer.from(once.text).toString()).toBe(once.text)
      }),
    )
  })
})

function misread(text: string, encoding: string): string {
  return new TextDecoder(encoding).decode(Buffer.from(text))
}

describe('mojibake', () => {
  test('is repaired whatever the text is, once or twice misread', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((each) => /[^\0-\x7f]/.test(each))
    fc.assert(
      fc.property(
        text.map((each) => each.toWellFormed()),
        fc.boolean(),
        (original, twice) => {
          // What a text becomes when it is repaired is itself looked at again: only texts that are no mojibake come back.
          fc.pre(repairMojibake(original) === original)
          const once = misread(original, 'windows-1252')
          expect(repairMojibake(twice ? misread(once, 'windows-1252') : once)).toBe(original)
          expect(repairMojibake(Buffer.from(original).toString('latin1'))).toBe(original)
        },
      ),
    )
  })
  test.each([
    'café, not cafÃ©',
    'plain',
    'Ã',
    'Â£5 – £4',
    '日本語 Ã©',
    'naïve “quotes” – all right',
    'ÃÃÃ',
    '\uFFFDÃ©',
  ])('%j is left alone', (text) => {
    expect(repairMojibake(text)).toBe(text)
  })
})

const near = (count: number) => `e${'\u0301'.repeat(count)}`

describe('normalization', () => {
  test('is that of the platform for text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(normalized(text, 'NFKC')).toBe(text.normalize('NFKC'))
      }),
    )
  })
  test('leaves long runs of marks alone, and the text around them is normalized', () => {
    const run = '\u0301\u0323'.repeat(100_000)
    expect(normalized(`e\u0301 a${run} e\u0301${run}${run} e\u0301`, 'NFC')).toBe(
      `é a${run} e\u0301${run}${run} é`,
    )
    // The marks that end a run of 257 and one of 511 are no runs of their own.
    expect(normalized(`${near(257)} ${near(511)} ${near(255)}`, 'NFC')).toBe(
      `${near(257)} ${near(511)} é${'\u0301'.repeat(254)}`,
    )
  })
  test('a run of millions needs no more room than the text', () => {
    const run = '\u0301'.repeat(5_000_000)
    expect(normalized(`${run}e\u0301`, 'NFC') === `${run}é`).toBe(true)
  })
})

describe('bytes that are not UTF-8', () => {
  test.each([
    ['jsonl', '{"text": "caf\xe9 \xff"}\n{"text": "ok"}\n', { text: 'caf� �' }, 2],
    ['json', '[{"text": "caf\xe9"}, {"text": "ok"}]', { text: 'caf�' }, 1],
    ['csv', 'text\ncaf\xe9\nok\n', { text: 'caf�' }, 1],
    ['text', 'caf\xe9', { text: 'caf�' }, 1],
    [
      'wet',
      'WARC/1.0\r\nWARC-Type: conversion\r\nContent-Length: 4\r\n\r\ncaf\xe9\r\n\r\n',
      expect.objectContaining({ text: 'caf�' }),
      1,
    ],
  ])('of %s are a bad record, or replaced and counted', async (name, content, value, faults) => {
    const reader = readers[name]
    if (reader?.read === undefined) throw new RangeError(name)
    const read = async (invalidUtf8: 'refuse' | 'replace'): Promise<unknown> => {
      const items = await itemsOf(reader, chunked(Buffer.from(content, 'latin1')), { invalidUtf8 })
      return items[0]
    }
    expect(await read('refuse')).toMatchObject({ kind: 'bad' })
    expect(await read('replace')).toMatchObject({ kind: 'record', value, invalidUtf8: faults })
  })
})
