/**
 * So many combining marks in a row are no text, and normalization sorts each such run by insertion: 200,000 marks take
 * half a minute. (Unicode's stream-safe text has 30 at most, UAX #15, section 13.)
 */
const LONG_RUN = /\p{M}{256}/gu
const NOT_MARK = /\P{M}/gu

/** The text in a normalization form; runs of 256 and more combining marks stay as they are. Linear. */
export function normalized(text: string, form: 'NFC' | 'NFD' | 'NFKC'): string {
  let all = ''
  let from = 0
  for (const { index } of text.matchAll(LONG_RUN)) {
    // Within the run before.
    if (index < from) continue
    all += text.slice(from, index).normalize(form)
    // A pattern for the whole run would go back over it, for which there is no room in one of millions.
    NOT_MARK.lastIndex = index
    from = NOT_MARK.exec(text)?.index ?? text.length
    all += text.slice(index, from)
  }
  return all + text.slice(from).normalize(form)
}
