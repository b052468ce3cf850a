import { describe, expect, test } from 'vitest'
import { expandEnvironment } from '../../../lib/recipe/environment.ts'

const environment = { DATA: '/data', EMPTY: '', MONEY: '${DATA}' }

describe('expandEnvironment', () => {
  test.each([
    ['${DATA}/web', '/data/web'],
    ['a${DATA}b${DATA}c', 'a/datab/datac'],
    ['${NOPE:-/tmp/x}', '/tmp/x'],
    ['${NOPE:-}', ''],
    ['${EMPTY}', ''],
    ['${EMPTY:-x}', 'x'],
    ['$DATA', '$DATA'],
    ['$${DATA}', '${DATA}'],
    ['$${DATA}${DATA}', '${DATA}/data'],
    ['${DATA}$${DATA}', '/data${DATA}'],
    ['${MONEY}', '${DATA}'], // what the environment gives is never expanded again
    ['a}b', 'a}b'],
  ])('%s gives %s', (text, expected) => {
    expect(expandEnvironment({ x: [text] }, environment)).toEqual({ value: { x: [expected] }, problems: [] })
  })

  test('names unset variables and malformed uses by their place', () => {
    const { problems } = expandEnvironment(
      { a: 'x${NOPE}', b: ['${DATA', '${2x}', '${a b}', '${}'] },
      environment,
    )
    expect(problems.map(({ path, offset, message }) => [path.join('.'), offset, message])).toEqual([
      ['a', 1, 'the environment variable NOPE is not set'],
      ['b.0', 0, 'has a ${ that names no variable'],
      ['b.1', 0, 'has a ${ that names no variable'],
      ['b.2', 0, 'has a ${ that names no variable'],
      ['b.3', 0, 'has a ${ that names no variable'],
    ])
  })

  test('does not find what every object inherits', () => {
    expect(expandEnvironment('${constructor}', {}).problems).toHaveLength(1)
  })

  test('leaves out undefined properties, and leaves other values alone', () => {
    const date = new Date(0)
    const { value } = expandEnvironment({ a: undefined, b: 1, c: null, d: date }, {})
    expect(value).toStrictEqual({ b: 1, c: null, d: date })
  })

  test('ends on cycles and on very deep values', () => {
    const cycle: Record<string, unknown> = {}
    cycle['again'] = cycle
    expect(expandEnvironment(cycle, {}).problems[0]?.message).toBe('is nested deeper than 64 levels')
    const deep = JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`)
    expect(expandEnvironment(deep, {}).problems).toHaveLength(1)
  })

  test('refuses __proto__ as a key', () => {
    const { problems } = expandEnvironment(JSON.parse('{"a": {"__proto__": {"b": 1}}}'), {})
    expect(problems).toMatchObject([{ path: ['a', '__proto__'], at: 'key', message: 'unknown key' }])
  })

  test('is linear in hostile text', () => {
    const text = '$${'.repeat(300_000)
    expect(expandEnvironment(text, {}).value).toBe('${'.repeat(300_000))
  })
})
