import { isUtf8 } from 'node:buffer'
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib'

/** Bytes of a page in which its `meta` is looked for, as browsers do. */
const META_BYTES = 1024
const META_CHARSET = /<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}["']?\s{0,9}([\w:.-]{1,40})/i

/**
 * The body of an HTTP message: chunks joined, compression undone. Crawlers often store bodies that were undone already, with
 * the headers as they came: a body that does not begin like what its headers say is taken as it is. Throws where a body
 * that does is damaged, or is longer than `maxBytes`.
 */
export function httpBody(headers: ReadonlyMap<string, string>, stored: Buffer, maxBytes: number): Buffer {
  let body = stored
  if (/\bchunked\b/i.test(headers.get('transfer-encoding') ?? '')) body = joinChunks(body)
  const encodings = (headers.get('content-encoding') ?? '').toLowerCase().split(',', 4)
  for (const encoding of encodings.toReversed()) body = decompress(encoding.trim(), body, maxBytes)
  return body
}

/** RFC 9112 section 7.1. A cut body is joined as far as it goes. */
function joinChunks(body: Buffer): Buffer {
  const parts: Buffer[] = []
  let at = 0
  while (at < body.length) {
    const lineEnd = body.indexOf('\n', at)
    const [, size] =
      /^([0-9a-f]{1,8})\s*(?:;.*)?\r?$/i.exec(body.toString('latin1', at, Math.min(lineEnd, at + 200))) ?? []
    if (lineEnd < 0 || size === undefined) {
      if (parts.length === 0) return body
      throw new RangeError('a chunk without its size')
    }
    const length = Number.parseInt(size, 16)
    if (length === 0) break
    parts.push(body.subarray(lineEnd + 1, lineEnd + 1 + length))
    at = lineEnd + 1 + length
    if (body[at] === 0x0d) at++
    if (body[at] === 0x0a) at++
  }
  return Buffer.concat(parts)
}

function decompress(encoding: string, body: Buffer, maxOutputLength: number): Buffer {
  if (body.length === 0) return body
  if (encoding === 'gzip' || encoding === 'x-gzip') {
    return body[0] === 0x1f && body[1] === 0x8b ? gunzipSync(body, { maxOutputLength }) : body
  }
  if (encoding === 'deflate') {
    if (body[0] === 0x3c) return body
    // Servers send both the zlib format, which is meant, and bare deflate.
    const hasHeader = ((body[0] ?? 0) & 0x0f) === 8 && (((body[0] ?? 0) << 8) | (body[1] ?? 0)) % 31 === 0
    return hasHeader ? inflateSync(body, { maxOutputLength }) : inflateRawSync(body, { maxOutputLength })
  }
  if (encoding !== 'br') return body
  try {
    return brotliDecompressSync(body, { maxOutputLength })
  } catch (error) {
    // Brotli has no first bytes to know it by.
    if (body[0] === 0x3c || body[0] === 0x0a || body[0] === 0x0d) return body
    throw error
  }
}

/** The text of bytes whose character set is stated in a content type, a byte order mark or a page's `meta`, or guessed. */
export function decodeText(bytes: Buffer, contentType: string, isHtml: boolean): string {
  const [, header] = /charset\s*=\s*["']?([^"';\s]{1,40})/i.exec(contentType.slice(0, 500)) ?? []
  const [, meta] = isHtml ? (META_CHARSET.exec(bytes.toString('latin1', 0, META_BYTES)) ?? []) : []
  const stated = markOf(bytes) ?? header ?? (meta?.toLowerCase().startsWith('utf-16') ? 'utf-8' : meta)
  const label = stated ?? (isUtf8(bytes) ? 'utf-8' : 'windows-1252')
  return decoderFor(label, bytes).decode(bytes)
}

function markOf(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  return bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : undefined
}

function decoderFor(label: string, bytes: Buffer): { decode(input: Uint8Array): string } {
  try {
    return new TextDecoder(label)
  } catch {
    return new TextDecoder(isUtf8(bytes) ? 'utf-8' : 'windows-1252') // no such character set
  }
}
