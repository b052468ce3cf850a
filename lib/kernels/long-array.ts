/** Numbers below `most`, as many as memory holds: a typed array ends at 2^32 of them. All are 0 at first. */
export interface LongArray {
  get(index: number): number
  set(index: number, value: number): void
}

/** 4 bytes a number, 8 where some may be of 2^32 and more; in chunks of `chunk` numbers, made when one of them is set. */
export function longArray(most: number, chunk = 1 << 20): LongArray {
  const chunks: (Uint32Array | Float64Array | undefined)[] = []
  const make = (): Uint32Array | Float64Array =>
    most <= 2 ** 32 ? new Uint32Array(chunk) : new Float64Array(chunk)
  return {
    get(index) {
      const place = Math.floor(index / chunk)
      return chunks[place]?.[index - place * chunk] ?? 0
    },
    set(index, value) {
      const place = Math.floor(index / chunk)
      const own = (chunks[place] ??= make())
      own[index - place * chunk] = value
    },
  }
}
