import { MillraceError } from '../lib/errors.ts'

/** The tree of a tier's expression, and the reader that makes it. */
export type TierNode =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly TierNode[] }
  | { readonly kind: 'not'; readonly inner: TierNode }
  | {
      readonly kind: 'comparison'
      readonly left: Operand
      readonly operator: Operator
      readonly right: Operand
    }

export type Operand =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'literal'; readonly value: number | string }

export type Operator = '==' | '!=' | '<' | '<=' | '>' | '>='

/** Parentheses within parentheses: far more than is readable, far less than the call stack. */
export const MAX_DEPTH = 64

/** UTF-16 units of an expression that an error repeats. */
const MAX_SHOWN = 200

interface Token {
  readonly kind: 'name' | 'number' | 'text' | 'operator' | 'word' | '(' | ')' | 'end'
  /** As written; a text without its quotes. */
  readonly text: string
  /** 1-based, in UTF-16 units. */
  readonly column: number
}

/** Where the reader stands. */
interface Cursor {
  readonly expression: string
  readonly tokens: readonly Token[]
  readonly names: Set<string>
  at: number
}

/**
 *     or         = and { "or" and }
 *     and        = not { "and" not }
 *     not        = { "not" } ( "(" or ")" | comparison )
 *     comparison = operand operator operand
 *     operand    = name | number | text
 *
 * Each alternative of `or` and `and` is one flat list, so that only parentheses nest.
 */
export function parseExpression(expression: string): { root: TierNode; names: string[] } {
  const cursor: Cursor = { expression, tokens: tokenise(expression), names: new Set(), at: 0 }
  const root = readOr(cursor, 0)
  const after = peek(cursor)
  if (after.kind !== 'end')
    fail(
      expression,
      after,
      after.kind === ')' ? '`and`, `or` or the end (no parenthesis is open)' : '`and`, `or` or the end',
    )
  return { root, names: [...cursor.names] }
}

function readOr(cursor: Cursor, depth: number): TierNode {
  return readList(cursor, 'or', () => readList(cursor, 'and', () => readNot(cursor, depth)))
}

function readList(cursor: Cursor, kind: 'and' | 'or', readPart: () => TierNode): TierNode {
  const first = readPart()
  const parts = [first]
  while (isWord(peek(cursor), kind)) {
    cursor.at++
    parts.push(readPart())
  }
  return parts.length === 1 ? first : { kind, parts }
}

function readNot(cursor: Cursor, depth: number): TierNode {
  let negated = false
  while (isWord(peek(cursor), 'not')) {
    cursor.at++
    negated = !negated
  }
  const inner = peek(cursor).kind === '(' ? readParentheses(cursor, depth + 1) : readComparison(cursor)
  return negated ? { kind: 'not', inner } : inner
}

function readParentheses(cursor: Cursor, depth: number): TierNode {
  if (depth > MAX_DEPTH)
    fail(cursor.expression, peek(cursor), `at most ${MAX_DEPTH} parentheses within each other`)
  cursor.at++
  const inner = readOr(cursor, depth)
  const closing = peek(cursor)
  if (closing.kind !== ')') fail(cursor.expression, closing, '`and`, `or` or `)`')
  cursor.at++
  return inner
}

function readComparison(cursor: Cursor): TierNode {
  const left = readOperand(cursor, 'a name, a number, a quoted text, `not` or `(`')
  const sign = peek(cursor)
  if (!isOperator(sign.text) || sign.kind !== 'operator') {
    return fail(cursor.expression, sign, 'one of == != < <= > >=')
  }
  cursor.at++
  const column = peek(cursor)
  const right = readOperand(cursor, 'a name, a number or a quoted text')
  const ordered = sign.text !== '==' && sign.text !== '!='
  if (ordered && (isText(left) || isText(right)))
    fail(cursor.expression, isText(right) ? column : sign, 'a number: texts have no order, only == and !=')
  return { kind: 'comparison', left, operator: sign.text, right }
}

function readOperand(cursor: Cursor, expected: string): Operand {
  const token = peek(cursor)
  if (token.kind !== 'name' && token.kind !== 'number' && token.kind !== 'text') {
    return fail(cursor.expression, token, expected)
  }
  cursor.at++
  if (token.kind === 'name') {
    cursor.names.add(token.text)
    return { kind: 'name', name: token.text }
  }
  return { kind: 'literal', value: token.kind === 'number' ? Number(token.text) : token.text }
}

function peek({ tokens, at, expression }: Cursor): Token {
  return tokens[at] ?? { kind: 'end', text: '', column: expression.length + 1 }
}

function isWord(token: Token, word: string): boolean {
  return token.kind === 'word' && token.text === word
}

function isText(operand: Operand): boolean {
  return operand.kind === 'literal' && typeof operand.value === 'string'
}

function isOperator(text: string): text is Operator {
  return text === '==' || text === '!=' || text === '<' || text === '<=' || text === '>' || text === '>='
}

/**
 * One token at a time, each pattern anchored and without nested repetition, so linear in the text. Names are parts joined
 * by dots, of letters, digits, `_` and inner `-`: `language.label`, `gopher-quality.words`.
 */
const PATTERNS: readonly (readonly [Token['kind'], RegExp])[] = [
  ['number', /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?(?![\w.-])/iy],
  ['name', /[A-Za-z_][\w-]*(?:\.[\w-]+)*/y],
  ['operator', /[=!<>]=?/y],
  ['text', /"[^"]*"|'[^']*'/y],
  ['(', /\(/y],
  [')', /\)/y],
]

const WORDS: ReadonlySet<string> = new Set(['and', 'or', 'not'])

function tokenise(expression: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  for (;;) {
    while (at < expression.length && ' \t\r\n'.includes(expression.charAt(at))) at++
    if (at >= expression.length) return tokens
    const token = tokenAt(expression, at)
    tokens.push(token.token)
    at += token.length
  }
}

function tokenAt(expression: string, at: number): { token: Token; length: number } {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at
    const found = pattern.exec(expression)?.[0]
    if (found === undefined) continue
    const isReserved = kind === 'name' && WORDS.has(found)
    const text = kind === 'text' ? found.slice(1, -1) : found
    return { token: { kind: isReserved ? 'word' : kind, text, column: at + 1 }, length: found.length }
  }
  const quote = expression.charAt(at)
  const token: Token = { kind: 'end', text: expression.slice(at, at + 12), column: at + 1 }
  const unclosed = quote === '"' || quote === "'"
  return fail(
    expression,
    token,
    unclosed ? `the closing ${quote}` : 'a name, a number, a quoted text, an operator or a parenthesis',
  )
}

function fail(expression: string, { text, column }: Token, expected: string): never {
  const got = text === '' ? 'the end' : text.slice(0, MAX_SHOWN)
  const shown = expression.length > MAX_SHOWN ? `${expression.slice(0, MAX_SHOWN)}…` : expression
  throw new MillraceError(
    'RECIPE_INVALID',
    `Tier expression ${JSON.stringify(shown)}, column ${column}: expected ${expected}, got ${got}`,
    { column, got, limit: expected, fix: `At column ${column} write ${expected}.` },
  )
}
