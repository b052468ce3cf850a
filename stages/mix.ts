/**
 * The order of a shard's documents: each source's share of what is emitted stays as close to its weight as whole
 * documents allow, over any prefix of the segment.
 *
 * ## The rule
 * e(i) = tokens of pool i emitted in the segment, E = their sum, d(i, x) = run tokens after which x tokens of pool i are
 * due (x / share). A pool's next document, of length l, becomes *eligible* when its first token is due, d(i, e(i)) <= E,
 * and has its *deadline* when its last one is, d(i, e(i) + l). Emitted next is the eligible document with the earliest
 * deadline; ties go to the pool named first. This is the largest deficit taken per document length: Tijdeman's rule for the
 * chairman assignment problem (Discrete Math. 32, 1980) with documents of unequal length, which is worst-case fair
 * queueing (WF2Q; Bennett and Zhang, INFOCOM 1996). Taking the plain largest deficit lets deficits grow with
 * the logarithm of the number of pools; without eligibility, a pool may run ahead by as much as all others' documents.
 *
 * ## What holds
 * With w = share, L(i) = longest document of pool i, M = longest of any pool, over every prefix of a segment, counted over
 * all its shards, and up to the rounding of P to whole tokens (under one token a pool):
 *
 *     e(i) - w(i) E  <=  (1 - w(i)) L(i)                                ahead: less than its own longest document
 *     w(i) E - e(i)  <=  (1 - w(i)) L(i) + w(i) max(M, O(i))            behind
 *
 * O(i) = the most that the other pools' documents reach, in sum, over an edge of a shard: less than the sum of their longest
 * documents, and 0 before the run's first edge. So with two pools, whatever the shards, and with any number of pools up to
 * the first edge, the deviation is at most M. At an edge itself it is fixed by which documents are the shard's: edges by
 * `shardEdge` keep it small for any number of pools, where these bounds suppose shards cut by each pool's first tokens.
 *
 * Against the run position t at an edge, not the tokens emitted, each pool is ahead by 0 <= e(i) - P(i, t) < L(i).
 *
 * Why: whenever E < t1, some pool is at or behind its share, and a shard's documents all have their first token due before
 * its end t1, so an eligible one is left; it ends at most (1 - w) l ahead. Behind: before the document that is late, only
 * documents with earlier deadlines were emitted, which fit their time, but for one that was under way (<= M) or for what
 * the others had ahead at the shard's start (O).
 *
 * "Behind by less than its *own* longest document" holds for no order: a document of another pool, of length M, lowers
 * a pool's balance by w M in one step, which is beyond L(i) on both sides when w M > 2 L(i).
 */

export interface MixRequest {
  /** Per pool, in the order of the mix: tokens of its documents in this shard, in pool order. */
  readonly lengths: readonly Uint32Array[]
  /**
   * Per pool: tokens emitted since the segment's start before this shard, as a position on the pool's axis minus P(segment
   * start) (`emittedIn`), so that what a document reaches over the shard's start counts.
   */
  readonly emitted: readonly number[]
  /** Per pool: tokens of the pool since the segment's start → run tokens since then after which they are due (`dueIn`). */
  readonly due: readonly ((tokens: number) => number)[]
}

/**
 * The pool of each document to emit, in order: one entry a document, every pool's own documents in their order. Pure;
 * O(documents x pools) with a comparison or two each.
 *
 * Worked example: two pools at shares 3/4 and 1/4, documents of 10 tokens each, nothing emitted. Deadlines are 13.3
 * and 40: → 0; pool 0 is due again at 13.3 > 10 → 1; then 0, 0; all are even after 40 tokens: 0 1 0 0 | 0 1 0 0 | …
 */
export function mix({ lengths, emitted, due }: MixRequest): Uint32Array {
  const pools = lengths.length
  const order = new Uint32Array(lengths.reduce((sum, list) => sum + list.length, 0))
  const next = new Uint32Array(pools)
  const position = Float64Array.from(emitted)
  const eligible = new Float64Array(pools)
  const deadline = new Float64Array(pools)

  const advance = (pool: number): void => {
    const list = lengths[pool]
    const at = next[pool] ?? 0
    const toDue = due[pool]
    const here = position[pool] ?? 0
    const done = list === undefined || toDue === undefined || at >= list.length
    eligible[pool] = done ? Number.POSITIVE_INFINITY : toDue(here)
    deadline[pool] = done ? Number.POSITIVE_INFINITY : toDue(here + (list[at] ?? 0))
  }
  for (let pool = 0; pool < pools; pool++) advance(pool)

  let total = position.reduce((sum, tokens) => sum + tokens, 0)
  for (let i = 0; i < order.length; i++) {
    const pool = choose(eligible, deadline, next, lengths, total)
    const at = next[pool] ?? 0
    const length = lengths[pool]?.[at] ?? 0
    order[i] = pool
    next[pool] = at + 1
    position[pool] = (position[pool] ?? 0) + length
    total += length
    advance(pool)
  }
  return order
}

/**
 * The pool with the earliest deadline among the eligible ones. None is eligible only where P was rounded at the shard's end
 * (by less than a token a pool), or for documents that are not the shard's by the rule: then the one due first goes.
 */
function choose(
  eligible: Float64Array,
  deadline: Float64Array,
  next: Uint32Array,
  lengths: readonly Uint32Array[],
  total: number,
): number {
  let best = -1
  let bestDeadline = Number.POSITIVE_INFINITY
  let first = -1
  let firstDue = Number.POSITIVE_INFINITY
  for (let pool = 0; pool < eligible.length; pool++) {
    const from = eligible[pool] ?? Number.POSITIVE_INFINITY
    const until = deadline[pool] ?? Number.POSITIVE_INFINITY
    if (from <= total) {
      if (until < bestDeadline) {
        bestDeadline = until
        best = pool
      }
    } else if (from < firstDue) {
      firstDue = from
      first = pool
    }
  }
  if (best >= 0) return best
  return first >= 0 ? first : firstLeft(next, lengths)
}

/** A pool whose due times are infinite (no share in the segment) still has to emit the documents it was given. */
function firstLeft(next: Uint32Array, lengths: readonly Uint32Array[]): number {
  return lengths.findIndex((list, pool) => (next[pool] ?? 0) < list.length)
}
