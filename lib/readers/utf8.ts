/** Says where `bytes`, which are not valid UTF-8, stop being so. */
export function invalidUtf8(bytes: Buffer): string {
  // Decoding puts U+FFFD for each fault, so that encoding again differs first where the first fault is.
  const again = Buffer.from(bytes.toString('utf8'))
  let at = 0
  while (at < bytes.length && bytes[at] === again[at]) at++
  const byte = (bytes[at] ?? 0).toString(16).padStart(2, '0')
  return `byte ${at} of ${bytes.length} (0x${byte}) is not UTF-8`
}
