import { byteString } from '../bpe/shared-memory.ts'
import { KINDS, type SentencePieceTables } from './tables.ts'

interface Match {
  readonly id: number
  /** Bytes. */
  readonly length: number
}

/** The longest user-defined piece that begins at `at` and ends by `end`. */
export type FindUserDefined = (bytes: Uint8Array, at: number, end: number) => Match | undefined

interface Node {
  readonly children: Map<number, Node>
  id: number | undefined
}

/** A trie of the vocabulary's user-defined pieces; undefined when it has none. */
export function createUserDefinedFinder(tables: SentencePieceTables): FindUserDefined | undefined {
  const root: Node = { children: new Map(), id: undefined }
  tables.kinds.forEach((kind, id) => {
    if (kind !== KINDS['user-defined']) return
    let node = root
    for (const byte of byteString(tables.surfaces, id)) {
      const child = node.children.get(byte) ?? { children: new Map<number, Node>(), id: undefined }
      node.children.set(byte, child)
      node = child
    }
    node.id = id
  })
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
