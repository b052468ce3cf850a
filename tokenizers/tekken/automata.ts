import type { KernelSplit } from '../bpe/rank-image.ts'
import {
  anyNumber,
  buildSplitAutomaton,
  kindSet,
  one,
  oneOrMore,
  optional,
  type SplitAlternative,
  type SplitStep,
} from '../bpe/split-automaton.ts'
import {
  BOTH,
  buildCharacterClasses,
  LINE,
  LOWER,
  MARK,
  NUMBER,
  OTHER,
  SPACE,
  UPPER,
} from './character-classes.ts'

/** The split patterns of `createSplitter` and `createTiktokenSplitter` for the WebAssembly kernel, by name. */
export type SplitName = keyof typeof PATTERNS

// What the patterns name by itself is a kind of its own, above those of character-classes.ts.
const SLASH = 8
const BLANK = 9
const APOSTROPHE = 10
/** Letters of the contractions; of U+017F (ſ), too, which is an s without regard to case. */
const LETTERS = { s: 11, r: 12, e: 13, v: 14, l: 15, S: 16, R: 17, E: 18, V: 19, L: 20, ſ: 21 }

const OWN = new Map([
  ['/', SLASH],
  [' ', BLANK],
  ["'", APOSTROPHE],
  ...Array.from('stmd', (letter) => [letter, LETTERS.s] as const),
  ...Array.from('STMD', (letter) => [letter, LETTERS.S] as const),
  ...Object.entries(LETTERS),
])

const LOWERS = [LOWER, ...Array.from('srevlſ' as const, (letter) => OWN.get(letter) ?? LOWER)]
const UPPERS = [UPPER, ...Array.from('SREVL' as const, (letter) => OWN.get(letter) ?? UPPER)]
const ALL_LETTERS = [...UPPERS, ...LOWERS, BOTH]
const CAPITALS = [...UPPERS, BOTH, MARK]
const SMALL = [...LOWERS, BOTH, MARK]
const SYMBOLS = [OTHER, MARK, SLASH, APOSTROPHE]
const WHITE = [SPACE, BLANK, LINE]
const NOT_WHITE = [...ALL_LETTERS, ...SYMBOLS, NUMBER]
/** `[^\r\n\p{L}\p{N}]?` */
const beforeWord = optional(...SYMBOLS, SPACE, BLANK)

/** `'s|'t|'re|'ve|'m|'ll|'d`, or `(?i:…)` of it. */
function contractions(ignoreCase: boolean): SplitStep[][] {
  const { s, r, e, v, l, S, R, E, V, L, ſ } = LETTERS
  const letter = (lower: number, ...others: number[]): SplitStep =>
    ignoreCase ? one(lower, ...others) : one(lower)
  return [
    [letter(s, S, ſ)],
    [letter(r, R), letter(e, E)],
    [letter(v, V), letter(e, E)],
    [letter(l, L), letter(l, L)],
  ].map((steps) => [one(APOSTROPHE), ...steps])
}

/** `\s+(?!\S)|\s+` */
const SPACES: SplitAlternative[] = [
  { steps: [oneOrMore(...WHITE)], notBefore: kindSet(...NOT_WHITE) },
  { steps: [oneOrMore(...WHITE)] },
]

/** `\p{N}{1,3}` for 3. */
const digits = (most: number): SplitAlternative => ({
  steps: [one(NUMBER), ...Array.from({ length: most - 1 }, () => optional(NUMBER))],
})

/** Words by their case, with what may follow them. A contraction begins where the letters end, so that it goes first. */
function byCase(most: number, endings: readonly (readonly SplitStep[])[]): SplitAlternative[] {
  const words = [
    [beforeWord, anyNumber(...CAPITALS), oneOrMore(...SMALL)],
    [beforeWord, oneOrMore(...CAPITALS), anyNumber(...SMALL)],
  ]
  return [
    ...words.flatMap((word) => endings.map((ending) => ({ steps: [...word, ...ending] }))),
    digits(most),
    { steps: [optional(BLANK), oneOrMore(...SYMBOLS), anyNumber(LINE, SLASH)] },
    { steps: [anyNumber(...WHITE), oneOrMore(LINE)] },
    ...SPACES,
  ]
}

const PATTERNS = {
  tekken: () => byCase(1, [[]]),
  o200k: () => byCase(3, [...contractions(true), []]),
  cl100k: () => [
    ...contractions(true).map((steps) => ({ steps })),
    { steps: [beforeWord, oneOrMore(...ALL_LETTERS)] },
    digits(3),
    { steps: [optional(BLANK), oneOrMore(...SYMBOLS), anyNumber(LINE)] },
    { steps: [anyNumber(...WHITE), oneOrMore(LINE)] },
    ...SPACES,
  ],
  gpt2: () => [
    ...contractions(false).map((steps) => ({ steps })),
    ...[ALL_LETTERS, [NUMBER], SYMBOLS].map((kinds) => ({ steps: [optional(BLANK), oneOrMore(...kinds)] })),
    ...SPACES,
  ],
} satisfies Record<string, () => SplitAlternative[]>

export function splitForKernel(name: SplitName): KernelSplit {
  const own = Array.from(OWN, ([character, kind]) => [character.codePointAt(0) ?? 0, kind] as const)
  return { kinds: buildCharacterClasses(own), automaton: buildSplitAutomaton(PATTERNS[name]()) }
}
