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
