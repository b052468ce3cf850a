import { classesOf, WORD_CHARACTER } from './character-classes.ts'

interface Node {
  readonly next: Map<number, Node>
  /** The entry that ends here. */
  entry: string | undefined
}

/**
 * Finds entries of a list (words, or several with what is between them) in texts; case does not matter. An entry
 * counts where neither side of it has a letter, digit or underscore (Python's `\w`); `inside`: anywhere. The function
 * given returns how many starts of entries a text has, and the first of them in the text, the shortest where several
 * start together. At each start no more is read than the longest entry is long.
 */
export function listedWordFinder(
  entries: readonly string[],
  inside: boolean,
): (text: string) => { count: number; first: string | undefined } {
  const root = tree(entries)
  return (text) => {
    const lower = text.toLowerCase()
    let count = 0
    let first: string | undefined
    for (let at = 0; at < lower.length; at++) {
      if (!root.next.has(lower.charCodeAt(at)) || !(inside || isBoundaryBefore(lower, at))) continue
      const entry = entryAt(root, lower, at, inside)
      if (entry === undefined) continue
      count++
      first ??= entry
    }
    return { count, first }
  }
}

/** By UTF-16 unit. */
function tree(entries: readonly string[]): Node {
  const root: Node = { next: new Map(), entry: undefined }
  for (const entry of entries) {
    const lower = entry.toLowerCase()
    if (lower === '') continue
    let node = root
    for (let i = 0; i < lower.length; i++) {
      const unit = lower.charCodeAt(i)
      const known = node.next.get(unit) ?? { next: new Map(), entry: undefined }
      node.next.set(unit, known)
      node = known
    }
    node.entry = lower
  }
  return root
}

function entryAt(root: Node, text: string, start: number, inside: boolean): string | undefined {
  let node: Node | undefined = root
  for (let at = start; node !== undefined; at++) {
    if (node.entry !== undefined && (inside || isBoundaryAfter(text, at))) return node.entry
    node = at < text.length ? node.next.get(text.charCodeAt(at)) : undefined
  }
  return undefined
}

function isBoundaryBefore(text: string, at: number): boolean {
  if (at === 0) return true
  const pair = at > 1 ? (text.codePointAt(at - 2) ?? 0) : 0
  return !isWordCharacter(pair > 0xffff ? pair : text.charCodeAt(at - 1))
}

function isBoundaryAfter(text: string, at: number): boolean {
  return at === text.length || !isWordCharacter(text.codePointAt(at) ?? 0)
}

function isWordCharacter(codePoint: number): boolean {
  return (classesOf(codePoint) & WORD_CHARACTER) !== 0
}
