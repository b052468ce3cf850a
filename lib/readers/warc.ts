import { isUtf8 } from 'node:buffer'
import {
  type BadRecord,
  type Chunk,
  defineReader,
  type ReaderItem,
  type ReadOptions,
} from './define-reader.ts'
import { messageOf } from './excerpt.ts'
import { decodeText, httpBody } from './http-body.ts'
import type { Reservations } from './reservations.ts'
import { invalidUtf8, utf8Faults } from './utf8.ts'
import { createWarcFramer, headerEnd, parseHeaders, type WarcFrame } from './warc-frames.ts'

/** Bytes of records after which a batch is given. */
const BATCH_BYTES = 1 << 20
const BATCH_ITEMS = 256
/** Characters of a page; beyond, its markup is no article's. */
const MAX_PAGE = 16 << 20

/**
 * Text that a crawl's pages were converted to (WARC files of `conversion` records, one a page; other records are skipped). A
 * record has `text`, `url`, `id` (of the record), `date`, `type` (the content type) and, where stated, `language` and `digest`.
 */
export const wet = defineReader({
  name: 'wet',
  summary: 'WET: the extracted text of crawled pages, a record each; gzip members.',
  revision: 1,
  extensions: ['.wet'],
  splittable: false,
  read: (chunks, options) => readWarc(chunks, options, async () => conversionText),
})

/**
 * Crawled pages (WARC 1.0 and 1.1, ISO 28500). Responses with a status of 200 to 299 and `resource` records, both of HTML or
 * plain text, and `conversion` records become records with the keys of `wet`; other records are skipped. Chunked and
 * compressed bodies are undone; the character set is that of the header, the byte order mark or the page's own `meta`, else
 * UTF-8, else windows-1252. HTML becomes text without navigation, controls, scripts and styles, paragraphs, lists, rows of
 * tables and code apart; a page nested beyond sense is a bad record. What headers and `meta` elements say of a page's use is in
 * `robots` and `tdmReservation`.
 */
export const warc = defineReader({
  name: 'warc',
  summary: 'WARC: crawled pages, their HTML turned into text; gzip members.',
  revision: 4,
  extensions: ['.warc'],
  signatures: ['WARC/'],
  splittable: false,
  read: (chunks, options) => readWarc(chunks, options, pageText),
})

/** The text of a record and its content type; undefined where the record is no page. Throws where the page is damaged. */
type TextOf = (
  headers: ReadonlyMap<string, string>,
  block: Buffer,
  options: ReadOptions,
) => PageText | undefined

interface PageText {
  readonly text: string
  readonly type: string
  readonly reservations?: Reservations
  readonly invalidUtf8?: number
}

async function* readWarc(
  chunks: AsyncIterable<Chunk>,
  options: ReadOptions,
  loadText: () => Promise<TextOf>,
): AsyncGenerator<ReaderItem[], void> {
  const textOf = await loadText()
  const framer = createWarcFramer(options.maxRecordBytes)
  let batch: ReaderItem[] = []
  let bytes = 0
  let stopped = false
  for await (const chunk of chunks) {
    stopped = !(chunk instanceof Uint8Array)
    const frames =
      chunk instanceof Uint8Array
        ? framer.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
        : framer.stop(chunk.damage, chunk.detail)
    for (const frame of frames) {
      const item = toItem(frame, textOf, options)
      if (item === undefined) continue
      batch.push(item)
      bytes += item.bytes
      if (batch.length < BATCH_ITEMS && bytes < BATCH_BYTES) continue
      yield batch
      batch = []
      bytes = 0
    }
    if (stopped) break
  }
  for (const frame of stopped ? [] : framer.stop()) {
    const item = toItem(frame, textOf, options)
    if (item !== undefined) batch.push(item)
  }
  if (batch.length > 0) yield batch
}

function toItem(frame: WarcFrame, textOf: TextOf, options: ReadOptions): ReaderItem | undefined {
  const { offset, bytes, headers } = frame
  const bad = (reason: string, detail: string): BadRecord => ({ kind: 'bad', offset, bytes, reason, detail })
  if (headers === undefined) return bad(frame.reason, frame.detail)
  try {
    const page = textOf(headers, frame.block, options)
    if (page === undefined) return undefined
    const value: Record<string, string> = { text: page.text }
    for (const [key, header] of Object.entries(KEYS)) {
      const found = headers.get(header)
      if (found !== undefined) value[key] = found.replace(/^<(.*)>$/, '$1')
    }
    const { type, invalidUtf8: faults = 0 } = page
    return {
      kind: 'record',
      offset,
      bytes,
      value: { ...value, type, ...page.reservations },
      ...(faults > 0 && { invalidUtf8: faults }),
    }
  } catch (error) {
    return bad('invalid-page', `${headers.get('warc-target-uri') ?? 'a page'}: ${messageOf(error)}`)
  }
}

/** Where a record's keys come from. */
const KEYS = {
  url: 'warc-target-uri',
  id: 'warc-record-id',
  date: 'warc-date',
  language: 'warc-identified-content-language',
  digest: 'warc-payload-digest',
}

function conversionText(
  headers: ReadonlyMap<string, string>,
  block: Buffer,
  options: ReadOptions,
): PageText | undefined {
  if (headers.get('warc-type') !== 'conversion') return undefined
  // Extracted text is UTF-8, so that other bytes are damage, not another character set.
  const faulty = !isUtf8(block)
  if (faulty && options.invalidUtf8 !== 'replace') throw new RangeError(invalidUtf8(block))
  const type = mediaType(headers.get('content-type') ?? 'text/plain')
  return { text: block.toString('utf8'), type, ...(faulty && { invalidUtf8: utf8Faults(block) }) }
}

async function pageText(): Promise<TextOf> {
  const [{ htmlToText }, { reservationsOf }] = await Promise.all([
    import('./html-text.ts'),
    import('./reservations.ts'),
  ])
  return (headers, block, options) => {
    const kind = headers.get('warc-type') ?? ''
    if (kind === 'conversion') return conversionText(headers, block, options)
    let contentType = headers.get('content-type') ?? ''
    let body = block
    let headerText = ''
    if (kind === 'response') {
      if (mediaType(contentType) !== 'application/http') return undefined
      const start = headerEnd(block)
      headerText = block.toString('latin1', 0, Math.max(0, start))
      const http = parseHeaders(headerText)
      if (start < 0 || !/^HTTP\/\S+ 2\d\d\b/.test(block.toString('latin1', 0, 32))) return undefined
      contentType = http.get('content-type') ?? 'text/html'
      if (isText(mediaType(contentType))) body = httpBody(http, block.subarray(start), options.maxRecordBytes)
    } else if (kind !== 'resource') return undefined
    const type = mediaType(contentType)
    if (!isText(type)) return undefined
    const text = decodeText(body, contentType, type !== 'text/plain')
    if (text.length > MAX_PAGE) throw new RangeError(`a page of ${text.length} characters`)
    const isHtml = type !== 'text/plain'
    return {
      text: isHtml ? htmlToText(text) : text,
      type,
      reservations: reservationsOf(headerText, isHtml ? text : undefined),
    }
  }
}

function mediaType(contentType: string): string {
  return (contentType.split(';', 1)[0] ?? '').trim().toLowerCase()
}

function isText(type: string): boolean {
  return type === 'text/html' || type === 'application/xhtml+xml' || type === 'text/plain'
}
