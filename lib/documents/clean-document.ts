import type { MappingProblem } from './conversations/define-conversation.ts'
import type { Document } from './document.ts'
import { createHygiene, type HygieneEdit, type HygieneEdits, type HygieneSettings } from './hygiene.ts'
import { placeTurns } from './templates/join-turns.ts'

/**
 * The function that cleans a source's documents; one with turns turn by turn, as if each were a text, so that each keeps
 * its place. Edits are summed over turns.
 */
export function createCleaner(
  settings: HygieneSettings,
): (raw: Document) => { readonly document: Document; readonly edits: HygieneEdits } | MappingProblem {
  const clean = createHygiene(settings)
  return (raw) => {
    if (raw.turns === undefined) {
      const cleaned = clean(raw.text)
      if ('reason' in cleaned) return cleaned
      const { text, edits } = cleaned
      return { document: text === raw.text ? raw : { ...raw, text }, edits }
    }
    const edits: Partial<Record<HygieneEdit, number>> = {}
    const contents = []
    for (const { role, start, end } of raw.turns) {
      const cleaned = clean(raw.text.slice(start, end))
      if ('reason' in cleaned) return cleaned
      sum(edits, cleaned.edits)
      contents.push({ role, content: cleaned.text })
    }
    return { document: Object.keys(edits).length === 0 ? raw : { ...raw, ...placeTurns(contents) }, edits }
  }
}

function sum(total: Partial<Record<string, number>>, edits: HygieneEdits): void {
  for (const [edit, times] of Object.entries(edits)) total[edit] = (total[edit] ?? 0) + times
}
