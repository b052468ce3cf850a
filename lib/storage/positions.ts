/**
 * Index of the item that holds `position`: the last with starts[i] <= position, so that empty items hold nothing.
 * `starts` ascends, has one entry more than there are items, and position < starts[last].
 */
export function itemAt(starts: Float64Array, position: number): number {
  let low = 0
  let high = starts.length - 1
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if ((starts[middle] ?? 0) <= position) low = middle
    else high = middle
  }
  return low
}

export function outside(what: string, index: number, count: number): RangeError {
  return new RangeError(`${what} ${index} is outside [0, ${count})`)
}
