export interface Match {
  readonly id: number
  /** Bytes. */
  readonly length: number
}

/** The longest of the names that begins at `at` and ends by `end`. */
export type FindLongest = (bytes: Uint8Array, at: number, end: number) => Match | undefined

interface Node {
  readonly children: Map<number, Node>
  id: number | undefined
}

/** A trie of names, none empty; undefined when there is none. A look-up takes as many steps as the longest has bytes, at most. */
export function createLongestMatch(
  names: Iterable<readonly [name: Uint8Array, id: number]>,
): FindLongest | undefined {
  const root: Node = { children: new Map(), id: undefined }
  for (const [name, id] of names) {
    let node = root
    for (const byte of name) {
      const child = node.children.get(byte) ?? { children: new Map<number, Node>(), id: undefined }
      node.children.set(byte, child)
      node = child
    }
    node.id = id
  }
  if (root.children.size === 0) return undefined

  return (bytes, at, end) => {
    let node: Node | undefined = root
    let match: Match | undefined
    for (let i = at; i < end; i++) {
      node = node.children.get(bytes[i] ?? 0)
      if (node === undefined) break
      if (node.id !== undefined) match = { id: node.id, length: i + 1 - at }
    }
    return match
  }
}
