import { END_KIND } from './split-automaton.ts'

/**
 * A split automaton that goes on from match to match: by state and kind (rows of 32) the next state's row, in bytes, and in
 * its two low bits where a match ended: bit 1 before this character, bit 0 before the one before it, which is as far as the
 * pattern has to look ahead in most of a text. Row 0 is for all else: what follows is to be split by the automaton itself.
 * Row 1 is the start, at a match's first character.
 *
 *     `\s+(?!\S)|\s*\S+` over "a  b", read character by character:  a: 0,  ' ': bit 1,  ' ': 0,  b: bit 0  ->  a| | b
 */
export function buildCutAutomaton(automaton: Uint16Array): Uint16Array {
  const rows: number[][] = [Array.from({ length: KINDS }, () => 0)]
  const states: State[] = [{ row: 0, since: NONE }]
  const numbers = new Map<number, number>()

  const step = (row: number, kind: number): number => automaton[row / 2 + kind] ?? 0

  function numberOf(state: State): number {
    const key = state.row * KINDS + state.since + 1
    const known = numbers.get(key)
    if (known !== undefined) return known
    numbers.set(key, states.length)
    return states.push(state) - 1
  }

  /** Entry of the state after `cuts`, where a match began with `kind`. */
  function begun(kind: number, cuts: number): number {
    const row = step(START, kind) & ~1
    return row === 0 ? 0 : entry({ row, since: NONE }, cuts)
  }

  function entry(state: State, cuts: number): number {
    const number = numberOf(state)
    return number < MAX_STATES ? number * 2 * KINDS + cuts : 0
  }

  function transition({ row, since }: State, kind: number): number {
    if (kind === END_KIND) return 0
    const next = step(row, kind)
    const mayEnd = (next & 1) === 1
    if (next > 1) return entry({ row: next & ~1, since: mayEnd ? kind : NONE }, 0)
    if (mayEnd) return begun(kind, BEFORE)
    if (since === NONE) return 0
    // The match ended before the last character, with which another one began.
    const first = step(START, since) & ~1
    if (first === 0) return 0
    const second = step(first, kind)
    const alone = (second & 1) === 1
    if (second > 1) return entry({ row: second & ~1, since: alone ? kind : NONE }, EARLIER)
    return alone ? begun(kind, BEFORE | EARLIER) : 0
  }

  numberOf({ row: START, since: NONE })
  for (let state = 1; state < Math.min(states.length, MAX_STATES); state++) {
    const from = states[state] ?? { row: 0, since: NONE }
    rows.push(Array.from({ length: KINDS }, (_, kind) => transition(from, kind)))
  }
  return Uint16Array.from(rows.flat())
}

/** `since`: the kind of the last character, where the match might have ended before it; else NONE. */
interface State {
  readonly row: number
  readonly since: number
}

const KINDS = 32
const NONE = -1
/** The split automaton's first row, in bytes. */
const START = 64
const BEFORE = 2
const EARLIER = 1
/** Rows that an entry can name. */
const MAX_STATES = 1 << 10
