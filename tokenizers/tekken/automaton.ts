import { anyNumber, buildSplitAutomaton, kindSet, one, oneOrMore, optional } from '../bpe/split-automaton.ts'
import { BOTH, LINE, LOWER, MARK, NUMBER, OTHER, SPACE, UPPER } from './character-classes.ts'

const SLASH = 8
const BLANK = 9
const WHITE = [SPACE, BLANK, LINE]
const BEFORE_WORD = [OTHER, MARK, SPACE, SLASH, BLANK]
const CAPITALS = [UPPER, BOTH, MARK]
const SMALL = [LOWER, BOTH, MARK]

/** Characters with a kind of their own, for `buildCharacterClasses`. */
export const TEKKEN_KINDS = [
  [0x2f, SLASH],
  [0x20, BLANK],
] as const

/** `TEKKEN_PATTERN` for the WebAssembly kernel. */
export function tekkenAutomaton(): Uint16Array {
  return buildSplitAutomaton([
    { steps: [optional(...BEFORE_WORD), anyNumber(...CAPITALS), oneOrMore(...SMALL)] },
    { steps: [optional(...BEFORE_WORD), oneOrMore(...CAPITALS), anyNumber(...SMALL)] },
    { steps: [one(NUMBER)] },
    { steps: [optional(BLANK), oneOrMore(OTHER, MARK, SLASH), anyNumber(LINE, SLASH)] },
    { steps: [anyNumber(...WHITE), oneOrMore(LINE)] },
    {
      steps: [oneOrMore(...WHITE)],
      notBefore: kindSet(OTHER, UPPER, LOWER, BOTH, MARK, NUMBER, SLASH),
    },
    { steps: [oneOrMore(...WHITE)] },
  ])
}
