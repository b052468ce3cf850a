/** A text's UTF-16 units. */
export function unitsOf(text: string): Uint16Array<ArrayBuffer> {
  const units = new Uint16Array(text.length)
  // Every platform that Node runs on is little-endian, as this encoding is.
  Buffer.from(units.buffer).write(text, 'utf16le')
  return units
}
