import { expect, test } from 'vitest'
import { type Tokenizer, vocabularyMap } from '../../tokenizers/index.ts'
import { tokenizerOf } from './support.ts'

const v1 = await tokenizerOf('mistral-v1')
const v3 = await tokenizerOf('mistral-v3')

test('mistral-v3 has the pieces of v1 768 ids later, after its control tokens', () => {
  const map = vocabularyMap(v1, v3)
  expect(map).toBeInstanceOf(Int32Array)
  expect([...map]).toEqual(Array.from({ length: 32_000 }, (_, id) => (id < 3 ? id : id + 768)))
})

test('the way back gives each id, and -1 where there is no such piece', () => {
  const back = vocabularyMap(v3, v1)
  expect(back.length).toBe(v3.vocabularySize)
  expect([...vocabularyMap(v1, v3)].map((id) => back[id])).toEqual(Array.from(back.slice(0, 32_000).keys()))
  expect(back[v3.control!('[INST]')!]).toBe(-1)
  expect(back.filter((id) => id < 0).length).toBe(768)
})

/** A tokenizer of these pieces, the first `controls` of them control tokens. */
function tokenizerWith(pieces: readonly string[], controls: number): Tokenizer {
  return {
    ...v1,
    vocabularySize: pieces.length,
    piece: (id) => pieces[id] ?? '',
    control: (piece) => (pieces.slice(0, controls).includes(piece) ? pieces.indexOf(piece) : undefined),
  }
}

test('text is no control token, and the lowest of several ids counts', () => {
  const from = tokenizerWith(['[INST]', '</s>', 'a', 'b'], 1)
  expect([...vocabularyMap(from, tokenizerWith(['</s>', '[INST]', 'b', 'b', 'a'], 2))]).toEqual([1, -1, 4, 2])
  expect([...vocabularyMap(from, tokenizerWith(['b', '[INST]', '</s>'], 0))]).toEqual([-1, 2, -1, 0])
})

test('ids without a piece are in no other vocabulary', async () => {
  expect([...vocabularyMap(tokenizerWith(['', 'a'], 0), tokenizerWith(['a', ''], 0))]).toEqual([-1, 0])
  const [r50k, p50k] = [await tokenizerOf('r50k_base'), await tokenizerOf('p50k_base')]
  expect([...vocabularyMap(r50k, p50k)]).toEqual(Array.from({ length: 50_257 }, (_, id) => id))
  expect(vocabularyMap(await tokenizerOf('cl100k_base'), await tokenizerOf('o200k_base'))[100_257]).toBe(
    199_999,
  )
})
