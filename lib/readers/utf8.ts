import { isUtf8 } from 'node:buffer'

/** What happens to bytes that are not UTF-8: the record is a bad one, or each fault becomes U+FFFD, counted. */
export type InvalidUtf8 = 'refuse' | 'replace'

/** Says where `bytes`, which are not valid UTF-8, stop being so. */
export function invalidUtf8(bytes: Buffer): string {
  // Decoding puts U+FFFD for each fault, so that encoding again differs first where the first fault is.
  const again = Buffer.from(bytes.toString('utf8'))
  let at = 0
  while (at < bytes.length && bytes[at] === again[at]) at++
  const byte = (bytes[at] ?? 0).toString(16).padStart(2, '0')
  return `byte ${at} of ${bytes.length} (0x${byte}) is not UTF-8`
}

const REPLACEMENT = Buffer.from('\uFFFD')

/** How many U+FFFD decoding `bytes` adds to those that it has: 0 where they are UTF-8. */
export function utf8Faults(bytes: Buffer): number {
  if (isUtf8(bytes)) return 0
  return countOf(Buffer.from(bytes.toString('utf8'))) - countOf(bytes)
}

function countOf(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(REPLACEMENT); at >= 0; at = bytes.indexOf(REPLACEMENT, at + 3)) count++
  return count
}
