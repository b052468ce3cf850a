import type { Turn } from './document.ts'

/** [start, end) of a text in UTF-16 units, and what stands there instead. */
export interface TextEdit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** The text after edits that are in its order and do not overlap. */
export function editText(text: string, edits: readonly TextEdit[]): string {
  let edited = ''
  let at = 0
  for (const { start, end, text: instead } of edits) {
    edited += text.slice(at, start) + instead
    at = end
  }
  return edited + text.slice(at)
}

/**
 * The turns of the text after the edits. An edit over the end of a turn belongs to it, and the next turn begins after it.
 *
 *     turns [0, 5), [7, 12), edit [3, 9) → "xy"  →  turns [0, 5), [5, 8)
 */
export function editTurns(turns: readonly Turn[], edits: readonly TextEdit[]): Turn[] {
  let next = 0
  let shift = 0
  // Asked for ascending places only, so that this is linear.
  const moved = (place: number): number => {
    let edit = edits[next]
    while (edit !== undefined && edit.end <= place) {
      shift += edit.text.length - (edit.end - edit.start)
      edit = edits[++next]
    }
    if (edit === undefined || edit.start >= place) return place + shift
    return edit.start + shift + edit.text.length
  }
  return turns.map(({ role, start, end }) => ({ role, start: moved(start), end: moved(end) }))
}
