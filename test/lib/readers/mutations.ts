/** Numbers in [0, 1) that a seed decides (a linear congruence modulo 2^32: enough to choose places in a file). */
export function numbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

/** Copies of `bytes` with one bit changed each, at byte `at`; in every fourth copy, up to seven more bits behind it. */
export function* bitFlips(
  bytes: Uint8Array,
  copies: number,
  seed: number,
): Generator<{ bytes: Buffer; at: number }> {
  const next = numbers(seed)
  for (let copy = 0; copy < copies; copy++) {
    const changed = Buffer.from(bytes)
    const at = Math.floor(next() * bytes.length)
    const more = copy % 4 === 0 ? Math.floor(next() * 8) : 0
    for (let flip = 0; flip <= more; flip++) {
      const place = flip === 0 ? at : at + Math.floor(next() * (bytes.length - at))
      changed[place]! ^= 1 << Math.floor(next() * 8)
    }
    yield { bytes: changed, at }
  }
}

/** A changed copy, and the place of the first byte that differs: cut, bits flipped, bytes replaced, inserted, removed or repeated. */
export function mutate(bytes: Uint8Array, next: () => number): { bytes: Buffer; at: number } {
  const below = (limit: number): number => Math.floor(next() * limit)
  const kind = below(8)
  const at = below(bytes.length)
  if (kind < 2) return { bytes: Buffer.from(bytes.subarray(0, at)), at }
  const changed = Buffer.from(bytes)
  if (kind < 6) {
    changed[at]! ^= 1 << below(8)
    for (let more = kind === 2 ? below(8) : 0; more > 0; more--) {
      changed[at + below(bytes.length - at)]! ^= 1 << below(8)
    }
    return { bytes: changed, at }
  }
  const length = Math.min(1 + below(16), bytes.length - at)
  if (kind === 6) {
    // Bytes that lengths and counts are made of are the worst.
    changed.fill([0, 0x7f, 0xff, below(256)][below(4)] ?? 0, at, at + length)
    return { bytes: changed, at }
  }
  const [head, part, tail] = [
    bytes.subarray(0, at),
    bytes.subarray(at, at + length),
    bytes.subarray(at + length),
  ]
  return { bytes: Buffer.concat(below(2) === 0 ? [head, tail] : [head, part, part, tail]), at }
}
