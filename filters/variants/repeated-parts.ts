/** Parts of a text that stand more than once, every occurrence counted: the first one too. */
export interface RepeatedParts {
  readonly parts: number
  readonly repeated: number
  /** Code points of the repeated ones, and of all. */
  readonly repeatedCharacters: number
  readonly characters: number
}

export function repeatedParts(parts: readonly string[]): RepeatedParts {
  const counts = new Map<string, number>()
  for (const part of parts) counts.set(part, (counts.get(part) ?? 0) + 1)
  let repeated = 0
  let repeatedCharacters = 0
  let characters = 0
  for (const [part, count] of counts) {
    const length = codePoints(part) * count
    characters += length
    if (count === 1) continue
    repeated += count
    repeatedCharacters += length
  }
  return { parts: parts.length, repeated, repeatedCharacters, characters }
}

export function codePoints(text: string): number {
  let count = text.length
  for (let at = 1; at < text.length; at++) {
    if ((text.charCodeAt(at) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800) count--
  }
  return count
}

/** How many characters (code points) of a class a text has, without a list of them. */
export function countOf(text: string, characters: RegExp): number {
  return codePoints(text) - codePoints(text.replace(characters, ''))
}

/** How often a part stands in a text, without overlaps, from the left. */
export function occurrences(text: string, part: string): number {
  let count = 0
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) count++
  return count
}

/** As `text.split(separator)`, one after another. */
export function* partsOf(text: string, separator: string): Generator<string> {
  let start = 0
  for (let at = 0; at !== -1; start = at + separator.length) {
    at = text.indexOf(separator, start)
    yield at === -1 ? text.slice(start) : text.slice(start, at)
  }
}
