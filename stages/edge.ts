/**
 * Where a shard ends in each of its pools, chosen for all pools together.
 *
 * P(t) falls inside a document of most pools. Giving all of these to the shard before t puts every pool ahead, together
 * by half a document a pool: a pool with most of the weight is then behind its share of what was emitted by that
 * sum, more than any order of the documents can mend. Here as many of them go before the edge as keep the shard's end
 * nearest to t, those first of which the largest part is due before t (largest remainders).
 *
 * With it, `mix` keeps every pool over every prefix of a segment within (1 - w) L + w M of its share of the tokens emitted
 * (w = share, L = its own longest document, M = the longest of any pool; so within M, and within L where documents are
 * equally long), as long as no document is longer than its pool's part of a shard. That is held by a property test, not
 * a proof. On the same runs, first-token edges let a pool fall behind by 4 M with 13 pools.
 *
 * It needs only the documents at the edge, so that the shards on both sides find the same edge on their own.
 */
export interface EdgeRequest {
  /** floor(P(t)) of each pool at the edge: `Schedule.position`. */
  readonly positions: readonly number[]
  /** The same at the shard's other end, where it starts; 0 for each at the run's start. */
  readonly previous: readonly number[]
  /** Tokens [start, end) of the document of each pool with start < position < end; both the position where there is none. */
  readonly starts: readonly number[]
  readonly ends: readonly number[]
}

/**
 * Each pool's position at the edge: the start or the end of its document there. A shard takes the documents whose first
 * token lies in [edge at its start, edge at its end). A document that reaches over the previous edge too belongs before
 * this one in any case, so edges never go back.
 *
 * Worked example, t = 200: positions 169, 20, 11 in documents [100, 200), [0, 100), [0, 100). All three before the edge
 * would be 400 tokens, none 100. The first, due to 69 %, makes it 200; the others stay: edges 200, 0, 0.
 */
export function shardEdge({ positions, previous, starts, ends }: EdgeRequest): number[] {
  const edge = positions.map((position, pool) => {
    const start = starts[pool] ?? position
    return start < (previous[pool] ?? 0) ? (ends[pool] ?? position) : start
  })
  // What is still to come before t: P's whole tokens less what the documents so far reach. Below 0 if beyond.
  let missing = positions.reduce((sum, position, pool) => sum + position - (edge[pool] ?? 0), 0)
  for (const pool of byPartDue({ positions, previous, starts, ends })) {
    const end = ends[pool] ?? 0
    const length = end - (starts[pool] ?? 0)
    if (length > 2 * missing) break
    edge[pool] = end
    missing -= length
  }
  return edge
}

/** The pools with a document to choose about, the one with the largest part before the edge first; ties by pool order. */
function byPartDue({ positions, previous, starts, ends }: EdgeRequest): number[] {
  const part = positions.map((position, pool) => {
    const start = starts[pool] ?? position
    const length = (ends[pool] ?? position) - start
    return start >= (previous[pool] ?? 0) && length > 0 ? (position - start) / length : 0
  })
  const open = [...part.keys()].filter((pool) => (part[pool] ?? 0) > 0)
  return open.toSorted((a, b) => (part[b] ?? 0) - (part[a] ?? 0) || a - b)
}
