import { isUtf8 } from 'node:buffer'

/** Where the text begins: one byte is left before it, for a space that a vocabulary may want in front. */
export const TEXT_START = 1
/** Zero bytes after the text, so that a kernel may look past its end, and load whole words there. */
const PADDING = 32
/** Bytes of a buffer that is kept for the next text; what a longer text needed is given back. */
const RETAINED = 1 << 23

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** A reusable buffer: byte 0 is a space, [TEXT_START, end) valid UTF-8, and then PADDING zeros. */
export interface TextBytes {
  bytes: Uint8Array
  end: number
  /** Takes in a text. Lone surrogates and invalid UTF-8 become U+FFFD (bytes by the WHATWG rule: one a maximal invalid part). */
  readonly load: (text: string | Uint8Array) => void
}

export function createTextBytes(): TextBytes {
  function reserve(length: number): void {
    const needed = TEXT_START + length + PADDING
    const kept = self.bytes.length
    if (needed <= kept && (kept <= RETAINED || needed > RETAINED)) return
    self.bytes = new Uint8Array(Math.max(needed, Math.min(2 * kept, RETAINED)))
    self.bytes[0] = 0x20
  }

  const self: TextBytes = {
    bytes: new Uint8Array(1 << 16).fill(0x20, 0, 1),
    end: TEXT_START,
    load(text) {
      if (typeof text !== 'string' && isUtf8(text)) {
        reserve(text.length)
        self.bytes.set(text, TEXT_START)
        self.end = TEXT_START + text.length
      } else {
        const string = typeof text === 'string' ? text : decoder.decode(text)
        // 3 bytes a code unit is the most; a long text is measured, so that its buffer is not three times too large.
        reserve(string.length <= 1 << 16 ? 3 * string.length : Buffer.byteLength(string))
        const { written } = encoder.encodeInto(string, self.bytes.subarray(TEXT_START))
        self.end = TEXT_START + written
      }
      self.bytes.fill(0, self.end, self.end + PADDING)
    },
  }
  return self
}

/** Bytes of the character that begins with `lead`, in valid UTF-8. */
export function characterLength(lead: number): number {
  if (lead < 0x80) return 1
  if (lead < 0xe0) return 2
  return lead < 0xf0 ? 3 : 4
}

/** The code point that begins at `at`, in valid UTF-8. */
export function codePointAt(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0
  if (lead < 0x80) return lead
  const second = (bytes[at + 1] ?? 0) & 63
  if (lead < 0xe0) return ((lead & 31) << 6) | second
  const third = (bytes[at + 2] ?? 0) & 63
  if (lead < 0xf0) return ((lead & 15) << 12) | (second << 6) | third
  return ((lead & 7) << 18) | (second << 12) | (third << 6) | ((bytes[at + 3] ?? 0) & 63)
}
