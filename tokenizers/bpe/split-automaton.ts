/**
 * A split pattern as an automaton over kinds of characters, for patterns that are alternatives of runs:
 *
 *     ' ?[^\s\p{L}]+|\s+(?!\S)'  ->  [{ steps: [optional(BLANK), oneOrMore(SYMBOLS)] },
 *                                     { steps: [oneOrMore(SPACES)], notBefore: ALL_BUT_SPACES }]
 *
 * It gives the match that a backtracking engine gives: of the first alternative that matches, the one that its greedy
 * steps prefer. States are lists of threads in that order of preference; a thread that has come to its end cuts off
 * those behind it.
 */

/** A set of kinds: bit k is kind k. */
export type KindSet = number

export interface SplitStep {
  readonly kinds: KindSet
  readonly min: 0 | 1
  /** One character, or any number. */
  readonly many: boolean
}

export interface SplitAlternative {
  readonly steps: readonly SplitStep[]
  /** Kinds that may not follow the match. */
  readonly notBefore?: KindSet
}

/** Kinds are 0 to 30; this one stands for the end of the text. */
export const END_KIND = 31
/** A row has a place for each kind. */
const ROW = 32
/** Row numbers are multiplied by the bytes of a row; what the kernel can address. */
const MAX_STATES = 0x10000 / (2 * ROW)

const set = (kinds: readonly number[]): KindSet => kinds.reduce((bits, kind) => bits | (1 << kind), 0)
export const one = (...kinds: number[]): SplitStep => ({ kinds: set(kinds), min: 1, many: false })
export const optional = (...kinds: number[]): SplitStep => ({ kinds: set(kinds), min: 0, many: false })
export const anyNumber = (...kinds: number[]): SplitStep => ({ kinds: set(kinds), min: 0, many: true })
export const oneOrMore = (...kinds: number[]): SplitStep => ({ kinds: set(kinds), min: 1, many: true })
export const kindSet = (...kinds: number[]): KindSet => set(kinds)

/** Before this step of the alternative: [alternative, step]. */
type Thread = readonly [alternative: number, step: number]

/**
 * By state and kind (rows of 32): the next state's row, in bytes, and in bit 0 whether the match may end before this
 * character. Row 0 is where nothing matches any more, row 1 the start.
 *
 * @throws RangeError for a pattern of more than 1,024 states
 */
export function buildSplitAutomaton(pattern: readonly SplitAlternative[]): Uint16Array {
  // `x+` is `x` and then `x*`.
  const alternatives = pattern.map(({ steps, notBefore = 0 }) => ({
    notBefore,
    steps: steps.flatMap((step): SplitStep[] =>
      step.min === 1 && step.many
        ? [
            { ...step, many: false },
            { ...step, min: 0 },
          ]
        : [step],
    ),
  }))
  const rows: number[][] = []
  const lists: Thread[][] = []
  const numbers = new Map<string, number>()

  function numberOf(threads: Thread[]): number {
    const key = threads.join(' ')
    const known = numbers.get(key)
    if (known !== undefined) return known
    if (lists.length === MAX_STATES) throw new RangeError('the split pattern has too many states')
    numbers.set(key, lists.length)
    return lists.push(threads) - 1
  }

  /** Adds what a thread at this step may do next, the greedy choice first. */
  function enter(threads: Thread[], alternative: number, step: number): void {
    if (threads.some(([a, s]) => a === alternative && s === step)) return
    threads.push([alternative, step])
    if (alternatives[alternative]?.steps[step]?.min === 0) enter(threads, alternative, step + 1)
  }

  numberOf([])
  const start: Thread[] = []
  alternatives.forEach((_, alternative) => enter(start, alternative, 0))
  numberOf(start)
  for (let state = 0; state < lists.length; state++) {
    rows.push(Array.from({ length: ROW }, (_, kind) => transition(lists[state] ?? [], kind)))
  }

  function transition(threads: readonly Thread[], kind: number): number {
    const next: Thread[] = []
    const has = (kinds: KindSet): boolean => ((kinds >>> kind) & 1) === 1
    for (const [alternative, at] of threads) {
      const { steps, notBefore } = alternatives[alternative] ?? { steps: [], notBefore: 0 }
      const step = steps[at]
      if (step === undefined) {
        if (!has(notBefore)) return (numberOf(next) * 2 * ROW) | 1
      } else if (kind !== END_KIND && has(step.kinds)) {
        enter(next, alternative, step.many ? at : at + 1)
      }
    }
    return numberOf(next) * 2 * ROW
  }

  return Uint16Array.from(rows.flat())
}
