/**
 * So many combining marks in a row are no text, and normalization sorts each such run by insertion: 200,000 marks take
 * half a minute. (Unicode's stream-safe text has 30 at most, UAX #15, section 13.)
 */
const longRun = /(\p{M}{256,})/u

/** The text in a normalization form; runs of 256 and more combining marks stay as they are. Linear. */
export function normalized(text: string, form: 'NFC' | 'NFKC'): string {
  if (!longRun.test(text)) return text.normalize(form)
  // The pattern's group makes every second piece a run.
  return text
    .split(longRun)
    .map((piece, index) => (index % 2 === 0 ? piece.normalize(form) : piece))
    .join('')
}
