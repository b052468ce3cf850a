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

/** The array itself, or a copy in one that holds at least `room` and twice as much as before. */
export function grown<T extends Int32Array | Uint16Array | Uint8Array>(items: T, room: number): T
export function grown(
  items: Int32Array | Uint16Array | Uint8Array,
  room: number,
): Int32Array | Uint16Array | Uint8Array {
  if (items.length >= room) return items
  const size = Math.max(room, items.length * 2)
  const copy =
    items instanceof Int32Array
      ? new Int32Array(size)
      : items instanceof Uint16Array
        ? new Uint16Array(size)
        : new Uint8Array(size)
  copy.set(items)
  return copy
}
