/** Readable twins of the words and of the n-gram rule. */

/** The words of a text, as `filters/decontaminate/characters.ts` describes them. */
export function referenceWords(text: string): string[] {
  const words: string[] = []
  let word = ''
  const end = (): void => {
    if (word !== '') words.push(word)
    word = ''
  }
  for (const character of text) {
    if (/[\p{M}\p{Cf}'’‘ʼʻ′`´＇]/u.test(character)) continue
    if (!/[\p{L}\p{N}]/u.test(character)) {
      end()
      continue
    }
    const form = character.normalize('NFKD').toLowerCase().replaceAll(/\p{M}/gu, '').normalize('NFKC')
    for (const one of form) {
      if (/[\p{M}\p{Cf}'’‘ʼʻ′`´＇]/u.test(one)) continue
      if (!/[\p{L}\p{N}]/u.test(one)) end()
      else if (/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(one)) {
        end()
        words.push(one)
      } else word += one
    }
  }
  end()
  return words
}

/** Whether the document has `ngram` words in a row of a text, or all words of a shorter one that has `minWords`. */
export function sharesGram(document: string, text: string, ngram: number, minWords: number): boolean {
  const wanted = referenceWords(text)
  const had = referenceWords(document)
  if (wanted.length < minWords) return false
  const length = Math.min(ngram, wanted.length)
  const grams = new Set(gramsOf(wanted, length))
  return gramsOf(had, length).some((gram) => grams.has(gram))
}

function gramsOf(words: readonly string[], length: number): string[] {
  return words.slice(length - 1).map((_, at) => words.slice(at, at + length).join(' '))
}
