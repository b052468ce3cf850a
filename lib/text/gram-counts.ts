/** Grams of one length that stand more than once; arrays are overwritten for the next length. */
export interface RepeatedGrams {
  readonly n: number
  /** Where they start, ascending, at [0, count). */
  readonly positions: Int32Array
  readonly count: number
  /** By position: where the same gram stands first. */
  readonly firsts: Int32Array
  /** By that place: how often it stands in the text. */
  readonly occurrences: Int32Array
}

/**
 * Visits the repeated 2-, 3-, … grams of a sequence of ids. A longer gram can be repeated only where two neighbouring
 * shorter ones are, and is told by where those stand first: each length costs a look at what was repeated before.
 * The readable sibling of `n-grams.ts`, which finds no more than the most frequent one.
 */
export function forEachRepeated(
  ids: Int32Array,
  greatest: number,
  visit: (grams: RepeatedGrams) => void,
): void {
  let names = Int32Array.from(ids)
  let firsts = new Int32Array(ids.length)
  const occurrences = new Int32Array(ids.length)
  const positions = Int32Array.from(ids, (_, at) => at)
  let count = ids.length
  const slots = new Int32Array(slotsFor(count))
  for (let n = 2; n <= greatest; n++) {
    const size = slotsFor(count)
    slots.fill(0, 0, size)
    let pairs = 0
    for (let at = 0; at < count; at++) {
      const position = positions[at] ?? 0
      // Of neighbours, both are repeated, as all of them are for single words.
      if (positions[at + 1] !== position + 1 || at + 1 >= count) continue
      const first = firstOf(names, slots, size - 1, position)
      if (first === position) occurrences[position] = 0
      occurrences[first] = (occurrences[first] ?? 0) + 1
      firsts[position] = first
      positions[pairs++] = position
    }
    count = 0
    for (let at = 0; at < pairs; at++) {
      const position = positions[at] ?? 0
      if ((occurrences[firsts[position] ?? 0] ?? 0) > 1) positions[count++] = position
    }
    visit({ n, positions, count, firsts, occurrences })
    ;[names, firsts] = [firsts, names]
  }
}

function slotsFor(count: number): number {
  return 2 ** Math.ceil(Math.log2(count * 2 + 2))
}

/** Where the pair of names at a position stands first; it is entered where it is new. */
function firstOf(names: Int32Array, slots: Int32Array, mask: number, position: number): number {
  const [a = 0, b = 0] = [names[position], names[position + 1]]
  const hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b + 0x7f4a7c15, 0x85ebca6b)
  let slot = (hash ^ (hash >>> 15)) & mask
  for (; slots[slot] !== 0; slot = (slot + 1) & mask) {
    const other = (slots[slot] ?? 0) - 1
    if (names[other] === a && names[other + 1] === b) return other
  }
  slots[slot] = position + 1
  return position
}
