import { z } from 'zod'
import type { Document } from '../lib/documents/document.ts'
import type { TextEdit } from '../lib/documents/text-edits.ts'
import { cutBlocks } from './code-exclusion/blocks.ts'
import { classifyLines, type LineTotals } from './code-exclusion/lines.ts'
import { features, score } from './code-exclusion/score.ts'
import { defineFilter, drop, keep, keepEdited } from './define-filter.ts'

/**
 * Excludes code from prose. Lines are sorted by what they look like (`code-exclusion/lines.ts`), and a small logistic
 * model over the shares of the kinds tells how surely the whole is no prose (`code-exclusion/score.ts`). What stands
 * in Markdown's fences is left out of that: it is code on purpose, and has a limit of its own. `blocks: cut` takes the
 * fences and indented blocks out of what passes both limits (`code-exclusion/blocks.ts`).
 */
export const codeExclusion = defineFilter({
  name: 'code-exclusion',
  summary:
    'Drops source code, markup, configuration, data, logs and minified files; keeps prose, cuts code out of it if told.',
  revision: 5,
  settings: z.strictObject({
    maxScore: z
      .number()
      .min(0)
      .max(1)
      .nullable()
      .default(0.6)
      .describe(
        'Highest probability of being no prose, inclusive: above it a document is dropped. null: no limit.',
      ),
    maxCodeShare: z
      .number()
      .min(0)
      .max(1)
      .nullable()
      .default(0.9)
      .describe(
        'Highest share of fenced and unfenced code in the characters without white space, inclusive. null: no limit.',
      ),
    blocks: z
      .enum(['keep', 'cut'])
      .default('keep')
      .describe(
        'Fenced and indented blocks of code in what is kept: keep, or cut them; a text or turn of nothing else is then dropped.',
      ),
  }),
  reasons: ['source_code', 'markup', 'configuration', 'data', 'log', 'minified', 'code_share', 'all_cut'],
  values: {
    score: 'number',
    kind: 'string',
    codeShare: 'number',
    fencedShare: 'number',
    symbolShare: 'number',
    codeLines: 'number',
    proseLines: 'number',
    cutBlocks: 'number',
  },
  unicode: false,
  edits: ({ blocks }) => (blocks === 'cut' ? 'spans' : undefined),
  rules: ({ maxScore, maxCodeShare }) => [
    { value: 'score', max: maxScore, setting: 'maxScore', reason: null },
    { value: 'codeShare', max: maxCodeShare, setting: 'maxCodeShare', reason: 'code_share' },
  ],
  create:
    ({ maxScore, maxCodeShare, blocks }) =>
    (document) => {
      const { text } = document
      const totals = classifyLines(text)
      const measured = features(totals)
      const { chars, lines } = totals
      const allChars = sum(chars)
      const allLines = sum(lines)
      const noProse = measured === undefined ? 0 : round(score(measured))
      const codeShare = allChars === 0 ? 0 : round((chars.code + chars.fenced) / allChars)
      const guess = kindOf(text, totals)
      const isCode = maxScore !== null && noProse > maxScore
      const values = {
        score: noProse,
        kind: isCode ? guess : 'prose',
        codeShare,
        fencedShare: allChars === 0 ? 0 : round(chars.fenced / allChars),
        symbolShare: allChars === 0 ? 0 : round(totals.symbolChars / allChars),
        codeLines: allLines === 0 ? 0 : round((lines.code + lines.comment) / allLines),
        proseLines: allLines === 0 ? 0 : round(lines.prose / allLines),
      }
      if (isCode) return drop(guess, noProse, maxScore, values)
      if (maxCodeShare !== null && codeShare > maxCodeShare)
        return drop('code_share', codeShare, maxCodeShare, values)
      if (blocks === 'keep') return keep(values)
      const { edits, isAll } = cutTurns(document)
      const recorded = { ...values, cutBlocks: edits.length }
      return isAll ? drop('all_cut', edits.length, null, recorded) : keepEdited(recorded, text, edits)
    },
})

/** What is cut from each turn by itself, and whether nothing is left of one, or of the text. */
function cutTurns({ text, turns }: Document): { edits: TextEdit[]; isAll: boolean } {
  const edits: TextEdit[] = []
  let isAll = false
  for (const { start, end } of turns ?? [{ start: 0, end: text.length }]) {
    const own = cutBlocks(text.slice(start, end))
    isAll ||= own.length === 1 && own[0]?.start === 0 && own[0].end === end - start
    for (const edit of own) edits.push({ ...edit, start: start + edit.start, end: start + edit.end })
  }
  return { edits, isAll }
}

/** Which of the reasons fits a text that is no prose. */
function kindOf(text: string, { chars, lines, longest, markupStart }: LineTotals): string {
  if (markupStart) return 'markup'
  // Characters and lines count the same, so that neither one long line nor many short ones decide alone.
  const allChars = sum(chars)
  const allLines = sum(lines)
  const share = (kind: keyof typeof chars): number => chars[kind] / allChars + lines[kind] / allLines
  const shares = {
    source_code: share('code') + share('comment'),
    markup: share('markup'),
    configuration: share('configuration'),
    data: share('data'),
    log: share('log'),
  }
  let best: keyof typeof shares = 'source_code'
  for (const kind of ['markup', 'configuration', 'data', 'log'] as const) {
    if (shares[kind] > shares[best]) best = kind
  }
  // Most of the text in one long line that is no JSON: a script or style sheet without its white space.
  const dense = longest > 500 && longest * 2 > allChars
  const minified =
    dense && (best === 'source_code' || (best === 'data' && !/^\s*[[{]\s*["[{\d]/.test(text.slice(0, 100))))
  return minified ? 'minified' : best
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((a, b) => a + b, 0)
}

/** Four decimals: what is compared is what is recorded. */
function round(share: number): number {
  return Math.round(share * 1e4) / 1e4
}
