import { z } from 'zod'
import { ALPHA_LOWER, ALPHA_UPPER, classesOf, DECIMAL, LETTER, SPACE } from '../lib/text/character-classes.ts'
import { defineFilter, type Rule } from './define-filter.ts'
import { firstFailure, measured, ratio } from './threshold-rules.ts'

const most = (what: string, share: number | null) =>
  z
    .number()
    .min(0)
    .nullable()
    .default(share)
    .describe(`Greatest share of ${what}, inclusive. null: no limit.`)

const settings = z.strictObject({
  maxSymbols: most('characters that are no letter, digit or white space', 0.25),
  maxDigits: most('digits', 0.15),
  maxWhiteSpace: most('white space', 0.25),
  maxUpperCase: most('capitals among letters that have a case', null),
  maxNonAlphabetic: most('characters that are no letter', null),
})

/**
 * Shares of kinds of characters among all characters (code points) of a text, white space among them; upper case among
 * the letters that have a case. Default limits are those of NeMo Curator's heuristics for symbols, digits and white space.
 */
export const characterRatios = defineFilter({
  name: 'character-ratios',
  summary: 'Drops texts with too many symbols, digits, capitals or blanks (limits as in NeMo Curator).',
  revision: 1,
  settings,
  reasons: ['symbols', 'digits', 'white_space', 'upper_case', 'non_alphabetic'],
  values: {
    symbols: 'number',
    digits: 'number',
    whiteSpace: 'number',
    upperCase: 'number',
    nonAlphabetic: 'number',
  },
  unicode: false,
  rules: rulesOf,
  create: (settings) => {
    const rules = rulesOf(settings)
    return ({ text }) => firstFailure(rules, shares(text))
  },
})

function rulesOf(limits: z.output<typeof settings>): readonly Rule[] {
  return [
    { value: 'symbols', max: limits.maxSymbols, setting: 'maxSymbols', reason: 'symbols' },
    { value: 'digits', max: limits.maxDigits, setting: 'maxDigits', reason: 'digits' },
    { value: 'whiteSpace', max: limits.maxWhiteSpace, setting: 'maxWhiteSpace', reason: 'white_space' },
    { value: 'upperCase', max: limits.maxUpperCase, setting: 'maxUpperCase', reason: 'upper_case' },
    {
      value: 'nonAlphabetic',
      max: limits.maxNonAlphabetic,
      setting: 'maxNonAlphabetic',
      reason: 'non_alphabetic',
    },
  ]
}

function shares(text: string): Record<string, number> {
  const counts = { all: 0, letters: 0, digits: 0, white: 0, upper: 0, lower: 0 }
  for (let at = 0; at < text.length; at++) {
    const code = text.codePointAt(at) ?? 0
    if (code > 0xffff) at++
    const classes = classesOf(code)
    counts.all++
    if (classes & LETTER) {
      counts.letters++
      // Scripts without case are in both classes.
      const cased = classes & (ALPHA_UPPER | ALPHA_LOWER)
      if (cased === ALPHA_UPPER) counts.upper++
      else if (cased === ALPHA_LOWER) counts.lower++
    } else if (classes & DECIMAL) counts.digits++
    else if (classes & SPACE) counts.white++
  }
  const { all, letters, digits, white, upper, lower } = counts
  return measured({
    symbols: ratio(all - letters - digits - white, all),
    digits: ratio(digits, all),
    whiteSpace: ratio(white, all),
    upperCase: ratio(upper, upper + lower),
    nonAlphabetic: ratio(all - letters, all),
  })
}
