/** How often each edit was made to a text. */
export interface HygieneEdits {
  /** 1 when a byte order mark was taken off the start. */
  readonly bom: number
  /** Surrogates without their other half, each replaced by U+FFFD: UTF-8 cannot carry them. */
  readonly loneSurrogates: number
}

export interface CleanText {
  readonly text: string
  readonly edits: HygieneEdits
}

const BYTE_ORDER_MARK = 0xfeff
const NO_EDITS: HygieneEdits = Object.freeze({ bom: 0, loneSurrogates: 0 })

/**
 * The least that any text needs, whatever the filters: no byte order mark at the start, and only whole characters. All
 * else stays as it is, NUL and U+FEFF within the text too.
 */
export function cleanText(text: string): CleanText {
  const bom = text.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0
  const wellFormed = asWellFormed(text).isWellFormed()
  if (bom === 0 && wellFormed) return { text, edits: NO_EDITS }
  const rest = text.slice(bom)
  if (wellFormed) return { text: rest, edits: { bom, loneSurrogates: 0 } }
  return {
    text: asWellFormed(rest).toWellFormed(),
    edits: { bom, loneSurrogates: countLoneSurrogates(rest) },
  }
}

function countLoneSurrogates(text: string): number {
  let count = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.codePointAt(at) ?? 0
    if (code > 0xffff) at++
    else if (code >= 0xd800 && code <= 0xdfff) count++
  }
  return count
}

interface WellFormed {
  isWellFormed(): boolean
  toWellFormed(): string
}

/** Every supported Node has these two methods; the types of ES2023 do not. */
function asWellFormed(text: string): WellFormed {
  return Object(text)
}
