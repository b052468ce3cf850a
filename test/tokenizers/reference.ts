import type { Vocabulary } from '../../tokenizers/sentencepiece/vocabulary.ts'
import { TEKKEN_PATTERN } from '../../tokenizers/tekken/split.ts'

/**
 * The tokenizers in their readable form, on strings and maps: the whole text at once, quadratic, without units, tables or
 * cache. Nothing here comes from the code under test but the vocabulary and the pattern's text.
 */

/** Lone surrogates as U+FFFD. */
export function wellFormed(text: string): string {
  return Buffer.from(text).toString('utf8')
}

/** Merges the adjacent pair whose joined piece scores best, the leftmost among equals, until none is a piece. */
function merge(symbols: string[], score: (joined: string) => number | undefined): string[] {
  const left = [...symbols]
  for (;;) {
    let best = -1
    let bestScore = Number.NEGATIVE_INFINITY
    for (let i = 0; i + 1 < left.length; i++) {
      const found = score(left[i]! + left[i + 1]!)
      if (found !== undefined && found > bestScore) {
        best = i
        bestScore = found
      }
    }
    if (best < 0) return left
    left.splice(best, 2, left[best]! + left[best + 1]!)
  }
}

/** SentencePiece BPE with byte fallback, for a vocabulary without user-defined pieces. */
export function referenceSentencePiece({ pieces, addDummyPrefix }: Vocabulary): (text: string) => number[] {
  const byText = new Map(pieces.map((piece, id) => [piece.text, { ...piece, id }]))
  const normal = (text: string) => {
    const piece = byText.get(text)
    return piece?.kind === 'normal' ? piece : undefined
  }
  return (text) => {
    if (text === '') return []
    const escaped = (addDummyPrefix ? ' ' : '') + wellFormed(text)
    const symbols = merge(Array.from(escaped.replaceAll(' ', '▁')), (joined) => normal(joined)?.score)
    return symbols.flatMap((symbol) => {
      const piece = normal(symbol)
      if (piece !== undefined) return [piece.id]
      return Array.from(Buffer.from(symbol), (byte) => {
        const name = `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`
        return byText.get(name)!.id
      })
    })
  }
}

/** A pattern for the runtime's engine. \s is White_Space, as in the reference's: with U+0085, without U+FEFF. */
export function runtimePattern(pattern: string): RegExp {
  const spaced = pattern.replaceAll('\\s', '\\p{White_Space}').replaceAll('\\S', '\\P{White_Space}')
  // Groups that ignore case came after Node 20; ſ is an s to them, in Unicode's simple case folding.
  const source = spaced.replaceAll(
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)",
    "(?:'[sSſ]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])",
  )
  return new RegExp(source, 'gu')
}

/** Tekken's. */
export function tekkenPattern(): RegExp {
  return runtimePattern(TEKKEN_PATTERN)
}

/** Tekken by the runtime's own regular expressions. */
export function referenceTekken(tokens: readonly string[], specials: number): (text: string) => number[] {
  return referenceRanks(tokens, specials, tekkenPattern())
}

/** Matches of a pattern, their bytes merged by rank. */
export function referenceRanks(
  tokens: readonly string[],
  firstId: number,
  pattern: RegExp,
): (text: string) => number[] {
  const ranks = new Map(tokens.map((token, rank) => [token, rank]))
  return (text) =>
    (wellFormed(text).match(pattern) ?? []).flatMap((match) => {
      const bytes = Buffer.from(match).toString('latin1')
      const whole = ranks.get(bytes)
      const symbols =
        whole === undefined
          ? merge(Array.from(bytes), (joined) => {
              const rank = ranks.get(joined)
              return rank === undefined ? undefined : -rank
            })
          : [bytes]
      return symbols.map((symbol) => ranks.get(symbol)! + firstId)
    })
}
