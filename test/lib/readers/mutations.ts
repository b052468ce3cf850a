/** Numbers in [0, 1) that a seed decides (a linear congruence modulo 2^32: enough to choose places in a file). */
function numbers(seed: number): () => number {
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
