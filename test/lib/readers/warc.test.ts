import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { ReaderItem } from '../../../lib/readers/define-reader.ts'
import { htmlToText } from '../../../lib/readers/html-text.ts'
import { warc, wet } from '../../../lib/readers/warc.ts'
import { chunked, fileItems, itemsOf } from '../../conformance/reader-items.ts'
import { bitFlips } from './mutations.ts'

const fixture = path.join(import.meta.dirname, 'fixtures', 'warcio.warc.gz')
const corpus = path.resolve(import.meta.dirname, '../../../../shared/corpus')
const record = (block: string, length = Buffer.byteLength(block)): string =>
  `WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: <http://a.example/>\r\nContent-Length: ${length}\r\n\r\n${block}\r\n\r\n`
const read = async (content: string, options = {}): Promise<ReaderItem[]> =>
  itemsOf(wet, chunked(Buffer.from(content)), options)
const outcome = (item: ReaderItem): unknown =>
  item.kind === 'bad' ? item.reason : Object(item.value)['text']

describe('pages', () => {
  test('of a file by warcio: bodies undone, character sets, other records skipped', async () => {
    const items = await fileItems(warc, fixture)
    const page = 'Größe\n\nOne\u00a0& two\n\nthree'
    expect(items.map((item) => item.kind === 'record' && item.value)).toMatchObject(
      [page, page, page, page, page, page, 'plain ü'].map((text, index) => ({
        text,
        url: `http://example.org/${index + 1}`,
        id: `urn:uuid:${index + 1}`,
        date: '2024-01-01T00:00:00Z',
        type: index === 6 ? 'text/plain' : 'text/html',
      })),
    )
    expect(items).toHaveLength(7)
  })
  test.skipIf(!existsSync(corpus))('of real crawls (needs the corpus)', async () => {
    const pages = await fileItems(warc, path.join(corpus, 'crawl-00000.warc.gz'))
    expect(pages.every((item) => item.kind === 'record')).toBe(true)
    expect(pages.length).toBeGreaterThanOrEqual(20)
    const texts = await fileItems(wet, path.join(corpus, 'crawl-00001.warc.wet.gz'))
    expect(texts).toMatchObject([
      { value: { url: 'https://an.wikipedia.org/wiki/Escopete', language: 'spa' } },
    ])
  })
  test('become text with blocks apart, without navigation and scripts', () => {
    expect(
      htmlToText(
        '<nav>x</nav><script>y</script><h2>Head</h2><ul><li>a<li>b</ul><pre>  c\n d</pre><p>e <a href="/f">f</a></p>',
      ),
    ).toBe('Head\n\n- a\n- b\n\n  c\n d\n\ne f')
    expect(htmlToText('<nav>a</nav><main><p>b</p><p>c</p></main><div>d</div>')).toBe('b\n\nc')
    expect(htmlToText('<form><p>a</p><label>b</label><textarea>c</textarea></form>')).toBe('a')
  })
  test('of tables: a row a line; cells of blocks are blocks', () => {
    expect(
      htmlToText('<p>x<table><tr><th>a</th> <th>b</th></tr><tr><td>c<td><td>d</table>y').split('\n\n'),
    ).toEqual(['x', 'a | b\nc | | d', 'y'])
    expect(htmlToText('<table><tr><td><p>a</p><p>b</p></td><td>c</td></tr></table>')).toBe('a\n\nb\n\nc')
    expect(htmlToText('<table><tr>a<td>b</td><i>c</i></table>')).toContain('c')
  })
  test('of hostile markup: too deep and too much is refused, spans ask for nothing', () => {
    for (const piece of ['<p>', '<!a>'])
      expect(() => htmlToText(piece.repeat((1 << 20) + 1))).toThrow('more than 1048576 elements')
    for (const piece of ['<div>', '<b><p>', '<table><tr><td>', '<ul><li>', '<x>y</z>', '<svg><path/>'])
      expect(() => htmlToText(piece.repeat(100_000))).toThrow(RangeError)
    expect(htmlToText(`<table><tr><td colspan=1000000000 rowspan=1000000000>a<td>b</table>`)).toBe('a | b')
    expect(htmlToText('<'.repeat(1_000_000))).toHaveLength(1_000_000)
    expect(htmlToText('<table><tr>'.concat('<td>a'.repeat(20_000)))).toHaveLength(79_997)
  })
})

describe('damage', () => {
  test('a length that is too short or too long costs that record only', async () => {
    const good = record('good')
    expect((await read(record('short', 2) + good)).map(outcome)).toEqual(['wrong-length', 'good'])
    expect((await read(record('long', 60) + good + good)).map(outcome)).toEqual([
      'wrong-length',
      'good',
      'good',
    ])
    expect((await read(record('far', 9999) + good)).map(outcome)).toEqual(['wrong-length', 'good'])
    expect((await read(record('huge', 1e14) + good)).map(outcome)).toEqual(['record-too-long', 'good'])
    expect((await read(`junk\n${good}`)).map(outcome)).toEqual(['invalid-warc', 'good'])
  })
  test('a file that ends within a record: what came before, and one entry', async () => {
    const content = record('one') + record('two')
    for (let length = record('one').length; length < content.length - 4; length++) {
      const items = await read(content.slice(0, length))
      expect(outcome(items[0]!)).toBe('one')
      expect(items.slice(1).map(({ kind }) => kind)).toEqual(length === record('one').length ? [] : ['bad'])
    }
  })
  test('2,000 changed bits: nothing is thrown', async () => {
    const sample = gunzipSync(readFileSync(fixture))
    for (const { bytes } of bitFlips(sample, 2000, 5)) {
      const items = await itemsOf(warc, chunked(bytes))
      expect(items.length).toBeLessThanOrEqual(20)
    }
  })
  test('a body that grows beyond the limit is one entry', async () => {
    const { gzipSync } = await import('node:zlib')
    const body = gzipSync(Buffer.alloc(1 << 22, 0x61))
    const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n'
    const block = Buffer.concat([Buffer.from(head), body])
    const bytes = Buffer.concat([
      Buffer.from(
        `WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http\r\nContent-Length: ${block.length}\r\n\r\n`,
      ),
      block,
    ])
    expect((await itemsOf(warc, chunked(bytes))).map(outcome)).toEqual(['invalid-page'])
  })
})
