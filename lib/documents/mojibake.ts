import { isUtf8 } from 'node:buffer'

/** What windows-1252 has at 0x80 to 0x9f (WHATWG's index); 0 where it has nothing, and Latin-1's control stands. */
const WINDOWS_1252_HIGH = [
  0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,
  0x017d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a,
  0x0153, 0, 0x017e, 0x0178,
]

const byteOf = new Map(
  WINDOWS_1252_HIGH.flatMap((code, at) => (code === 0 ? [] : [[code, 0x80 + at] as const])),
)

/** Any lead byte of UTF-8 (0xc2 to 0xf4) as a character, and what could be its continuation: else there is no mojibake. */
const likely =
  /[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u2122]/

/**
 * The text that was meant where UTF-8 was read as windows-1252 or Latin-1, else the text itself. The rule is exact: every
 * character has a byte in windows-1252 (for bytes that it leaves out, and for all of 0x80 to 0x9f, Latin-1's controls
 * count too), those bytes are valid UTF-8, and they give another text. It is applied while it holds, since some text went
 * through this twice. So a text with one character that was read rightly is left alone, as a whole.
 *
 * @example repairMojibake('cafÃ© â€“ 5 â‚¬') // 'café – 5 €'
 * @example repairMojibake('café, not cafÃ©') // 'café, not cafÃ©'
 */
export function repairMojibake(text: string): string {
  let best = text
  // Each round at least halves what is not ASCII, so that there are few.
  for (let next = repairOnce(text); next !== undefined; next = repairOnce(next)) best = next
  return best
}

function repairOnce(text: string): string | undefined {
  if (!likely.test(text)) return undefined
  const bytes = Buffer.allocUnsafe(text.length)
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const byte = code < 0x100 ? code : byteOf.get(code)
    if (byte === undefined) return undefined
    bytes[at] = byte
  }
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined
}
