/** total += row, eight at a time: a loop of single additions takes twice as long. */
export function addRow(total: Float64Array, rows: Float32Array, base: number, dim: number): void {
  let d = 0
  for (; d + 8 <= dim; d += 8) {
    const at = base + d
    total[d] = (total[d] ?? 0) + (rows[at] ?? 0)
    total[d + 1] = (total[d + 1] ?? 0) + (rows[at + 1] ?? 0)
    total[d + 2] = (total[d + 2] ?? 0) + (rows[at + 2] ?? 0)
    total[d + 3] = (total[d + 3] ?? 0) + (rows[at + 3] ?? 0)
    total[d + 4] = (total[d + 4] ?? 0) + (rows[at + 4] ?? 0)
    total[d + 5] = (total[d + 5] ?? 0) + (rows[at + 5] ?? 0)
    total[d + 6] = (total[d + 6] ?? 0) + (rows[at + 6] ?? 0)
    total[d + 7] = (total[d + 7] ?? 0) + (rows[at + 7] ?? 0)
  }
  for (; d < dim; d++) total[d] = (total[d] ?? 0) + (rows[base + d] ?? 0)
}
