/** Names longer than this are never near anything: keeps the comparison small on hostile input. */
const maxLength = 64

/**
 * The candidate that `name` was most likely meant to be: at most a third of its letters (and not all) away by optimal string
 * alignment (insertions, deletions, substitutions, swapped neighbours), or undefined. Ties go to the first one.
 *
 * @example nearest('filers', ['files', 'filters', 'fields']) // 'files'
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > maxLength) return undefined
  const wanted = name.toLowerCase()
  let best: string | undefined
  let bestDistance = Math.min(Math.max(1, Math.floor(name.length / 3)), name.length - 1) + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue
    const distance = editDistance(wanted, candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** Optimal string alignment distance, in O(|a| · |b|) time and three rows of memory. */
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let distance = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, at(before, j - 2) + 1)
      }
      row.push(distance)
    }
    before = last
    last = row
  }
  return at(last, b.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY
}

/** `a, b and 12 more`: the first names of a list that may be long. */
export function listNames(names: Iterable<string>, limit = 20): string {
  const all = [...names]
  if (all.length === 0) return '(none)'
  const shown = all.slice(0, limit).join(', ')
  return all.length > limit ? `${shown} and ${all.length - limit} more` : shown
}
