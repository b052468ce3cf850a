/** A growable list of 32-bit integers: `items` at [0, length) count, the rest is room. Emptied by `length = 0`. */
export interface Int32List {
  items: Int32Array
  length: number
}

export function int32List(room = 64): Int32List {
  return { items: new Int32Array(room), length: 0 }
}

export function push(list: Int32List, value: number): void {
  if (list.length === list.items.length) list.items = grown(list.items, list.length + 1)
  list.items[list.length++] = value
}

/** Empties a list; what one huge document needed is given back, as {@link roomFor} does. */
export function clearList(list: Int32List): void {
  list.length = 0
  list.items = roomFor(list.items, 64)
}

type Items = Int32Array | Uint16Array | Uint8Array

/** The array itself, or a copy in one that holds at least `room` and twice as much as before. */
export function grown<T extends Items>(items: T, room: number): T
export function grown(items: Items, room: number): Items {
  if (items.length >= room) return items
  const copy = emptyLike(items, Math.max(room, items.length * 2))
  copy.set(items)
  return copy
}

/** Entries from which an array that one huge document needed is given back by {@link roomFor}. */
const LARGE = 1 << 20

/**
 * An array for `room` entries of which nothing is kept: the one given while it fits, else a new one. One that is large
 * and hardly used is given up, so that a huge document costs memory only until the next one.
 */
export function roomFor<T extends Items>(items: T, room: number): T
export function roomFor(items: Items, room: number): Items {
  const isWaste = items.length > LARGE && room < items.length / 8
  if (items.length >= room && !isWaste) return items
  return emptyLike(items, isWaste ? Math.max(room, 1024) : Math.max(room, items.length * 2))
}

function emptyLike(items: Items, length: number): Items {
  if (items instanceof Int32Array) return new Int32Array(length)
  return items instanceof Uint16Array ? new Uint16Array(length) : new Uint8Array(length)
}
