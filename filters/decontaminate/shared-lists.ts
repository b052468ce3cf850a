/** Growable arrays in shared memory. `array` is a view of what they hold; it is another one after each change. */

const FIRST_ROOM = 1024

export interface SharedWords {
  readonly length: number
  readonly array: Uint32Array
  push(word: number): void
}

export function createSharedWords(): SharedWords {
  let items = new Uint32Array(new SharedArrayBuffer(FIRST_ROOM * 4))
  let length = 0
  return {
    get length() {
      return length
    },
    get array() {
      return items.subarray(0, length)
    },
    push(word) {
      if (length === items.length) {
        const larger = new Uint32Array(new SharedArrayBuffer(length * 8))
        larger.set(items)
        items = larger
      }
      items[length++] = word
    },
  }
}

export interface SharedBytes {
  readonly length: number
  readonly array: Uint8Array
  push(byte: number): void
  append(bytes: Uint8Array): void
}

export function createSharedBytes(): SharedBytes {
  let items = new Uint8Array(new SharedArrayBuffer(FIRST_ROOM))
  let length = 0
  const makeRoom = (more: number): void => {
    if (length + more <= items.length) return
    const larger = new Uint8Array(new SharedArrayBuffer(Math.max(length + more, items.length * 2)))
    larger.set(items.subarray(0, length))
    items = larger
  }
  return {
    get length() {
      return length
    },
    get array() {
      return items.subarray(0, length)
    },
    push(byte) {
      makeRoom(1)
      items[length++] = byte
    },
    append(bytes) {
      makeRoom(bytes.length)
      items.set(bytes, length)
      length += bytes.length
    },
  }
}
