import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { conversationOf, conversations } from '../../../lib/documents/conversations/index.ts'
import { createMapper } from '../../../lib/documents/fields.ts'

const user = (content: string): unknown => ({ role: 'user', content })
const assistant = (content: string): unknown => ({ role: 'assistant', content })
const system = (content: string): unknown => ({ role: 'system', content })
const read = (name: string, record: object): unknown => conversations[name]?.read(record)

interface Reply {
  readonly text: string
  readonly role?: string
  readonly rank?: number | null
  readonly deleted?: boolean
  readonly review_result?: boolean
  readonly replies?: readonly Reply[]
}
const reply = (text: string, more: Omit<Reply, 'text'> = {}): Reply => ({ text, role: 'assistant', ...more })
const tree = (replies: readonly Reply[]): object => ({
  message_tree_id: 't1',
  tree_state: 'ready_for_export',
  prompt: { message_id: 'm1', text: 'Q', role: 'prompter', lang: 'en', replies },
})

/** A record in each published shape, as its data set has it, and the messages that it is. */
const published: Record<string, [record: object, messages: unknown[]]> = {
  messages: [{ messages: [user('a'), assistant('b')], source: 'x' }, [user('a'), assistant('b')]],
  alpaca: [
    { instruction: 'Add.', input: '1 + 2', output: '3', text: 'Below is …' },
    [user('Add.\n\n1 + 2'), assistant('3')],
  ],
  openorca: [
    { id: 'niv.1', system_prompt: 'Be brief.', question: 'Q', response: 'A' },
    [system('Be brief.'), user('Q'), assistant('A')],
  ],
  metamathqa: [
    { type: 'GSM_Rephrased', query: 'Q', original_question: 'O', response: 'A' },
    [user('Q'), assistant('A')],
  ],
  ultrachat200k: [
    { prompt: 'a', prompt_id: 'p', messages: [user('a'), assistant('b'), user('c'), assistant('d')] },
    [user('a'), assistant('b'), user('c'), assistant('d')],
  ],
  oasst2: [tree([reply('worse', { rank: 1 }), reply('best', { rank: 0 })]), [user('Q'), assistant('best')]],
  'ultrafeedback-binarized': [
    {
      prompt: 'a',
      prompt_id: 'p',
      chosen: [user('a'), assistant('good')],
      rejected: [user('a'), assistant('bad')],
      messages: [user('a'), assistant('good')],
      score_chosen: 8,
      score_rejected: 4,
    },
    [user('a'), assistant('good')],
  ],
  'orca-dpo-pairs': [
    { system: '', question: 'Q', chosen: 'good', rejected: 'bad' },
    [user('Q'), assistant('good')],
  ],
  'distilabel-math-preference': [
    { instruction: 'Q', chosen_response: 'good', rejected_response: 'bad', chosen_rating: 5 },
    [user('Q'), assistant('good')],
  ],
  sharegpt: [
    {
      id: 'x_0',
      conversations: [
        { from: 'system', value: 's' },
        { from: 'human', value: 'a' },
        { from: 'gpt', value: 'b' },
      ],
    },
    [system('s'), user('a'), assistant('b')],
  ],
}

test('every registered shape has a record here', () => {
  expect(Object.keys(published).toSorted()).toEqual(Object.keys(conversations).toSorted())
})

test.each(Object.entries(published))(
  '%s is read, and told from the others by its keys',
  (name, [record, messages]) => {
    expect(read(name, record)).toEqual(messages)
    expect(conversationOf(record)?.name).toBe(name)
    const declared = createMapper({ template: 'plain', messages: name })(record)
    expect(declared).toHaveProperty('document')
    expect(createMapper({ template: 'plain' })(record)).toEqual(declared)
  },
)

test('the revised Orca pairs have `input` for the question', () => {
  const record = { system: 'S', input: 'Q', chosen: 'good', rejected: 'bad', generations: ['x'] }
  expect(read('orca-dpo-pairs', record)).toEqual([system('S'), user('Q'), assistant('good')])
})

test('ids come from the key that the shape has', () => {
  const map = createMapper({ template: 'plain' })
  const idOf = (name: string): unknown => map(published[name]?.[0])
  expect(idOf('ultrachat200k')).toMatchObject({ document: { id: 'p' } })
  expect(idOf('oasst2')).toMatchObject({ document: { id: 't1' } })
  expect(idOf('openorca')).toMatchObject({ document: { id: 'niv.1' } })
})

describe('a record of another shape', () => {
  test.each(Object.keys(conversations).filter((name) => name !== 'messages'))('is refused by %s', (name) => {
    expect(read(name, { text: 'x' })).toMatchObject({ reason: expect.stringMatching(/^missing-text$/) })
  })
  test('is named where no shape is declared', () => {
    expect(createMapper({ template: 'plain' })({ title: 'x', body: 'y' })).toEqual({
      reason: 'wrong-shape',
      detail: 'no known conversation has these keys; name one by `messages`; the record has "title", "body"',
    })
  })
  test('never throws, whatever the values are', () => {
    const keys = fc.constantFrom(
      'messages',
      'prompt',
      'chosen',
      'conversations',
      'replies',
      'text',
      'role',
      'query',
    )
    const value = fc.dictionary(keys, fc.jsonValue({ maxDepth: 3 }))
    fc.assert(
      fc.property(value, fc.constantFrom(...Object.keys(conversations)), (record, name) => {
        const found = read(name, record)
        expect(Array.isArray(found) ? found.length > 0 : typeof found).toBeTruthy()
      }),
    )
  })
})

describe('oasst2', () => {
  test('deleted and rejected replies are passed by, unranked ones come last, ties go to the first', () => {
    const replies = [
      reply('deleted', { rank: 0, deleted: true }),
      reply('spam', { rank: 0, review_result: false }),
      reply('unranked', { rank: null }),
      reply('second', { rank: 2 }),
      reply('tied', { rank: 2 }),
    ]
    expect(read('oasst2', tree(replies))).toEqual([user('Q'), assistant('second')])
  })
  test('turns that nobody answered are left off the end', () => {
    const follow = reply('More?', { role: 'prompter' })
    expect(read('oasst2', tree([reply('A', { replies: [follow] })]))).toEqual([user('Q'), assistant('A')])
    expect(read('oasst2', tree([]))).toMatchObject({ reason: 'no-answer' })
  })
  test('a row of the flat export says which file to read', () => {
    const row = {
      message_id: 'm',
      parent_id: null,
      text: 'Q',
      role: 'prompter',
      message_tree_id: 't',
      tree_state: 'ready_for_export',
    }
    expect(conversationOf(row)?.name).toBe('oasst2')
    expect(read('oasst2', row)).toMatchObject({
      reason: 'wrong-shape',
      detail: expect.stringContaining('*.trees.jsonl.gz'),
    })
  })
  test('a tree that was not finished is refused', () => {
    expect(read('oasst2', { ...tree([reply('A')]), tree_state: 'aborted_low_grade' })).toMatchObject({
      reason: 'wrong-shape',
      detail: 'tree_state is "aborted_low_grade", not "ready_for_export"',
    })
  })
  test('a tree of 100,000 levels is a conversation of as many turns', () => {
    const levels = 100_000
    const open = Array.from({ length: levels }, (_, at) => {
      return `{"text":"${at}","role":"${at % 2 === 0 ? 'prompter' : 'assistant'}","replies":[`
    })
    const json = `{"message_tree_id":"t","tree_state":"ready_for_export","prompt":${open.join('')}${']}'.repeat(levels)}}`
    const record: unknown = JSON.parse(json)
    const found = typeof record === 'object' && record !== null ? read('oasst2', record) : undefined
    expect(found).toHaveLength(levels)
  })
})
