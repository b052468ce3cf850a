import {
  type Alias,
  Composer,
  type CST,
  type Document,
  type ErrorCode,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  Parser,
  Scalar,
  visit,
  type YAMLError,
} from 'yaml'
import type { Problem } from './problem.ts'

/** Levels of maps and lists. Recipes need about eight; deeper text would exhaust the stack of a recursive composer. */
export const maxNesting = 64
/** Uses of one anchor, those through other anchors included, so that a few lines cannot grow to gigabytes. */
const maxAliasCount = 1000

/** 1-based, as editors count them. Columns are UTF-16 code units. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** Finds a problem's place; where the value itself is missing, that of the nearest thing around it. */
export type Locate = (problem: Pick<Problem, 'path' | 'at' | 'offset'>) => Position

/** A syntax error, whose place is known without a path. */
export interface SyntaxProblem extends Position {
  readonly message: string
  readonly fix: string
}

export interface ParsedRecipe {
  /** Undefined when the text is not even YAML. */
  readonly value: unknown
  readonly syntax: readonly SyntaxProblem[]
  readonly locate: Locate
}

/** Reads YAML or JSON (a subset of it) into plain values, keeping the place of each. Never throws, whatever the text. */
export function parseRecipe(text: string): ParsedRecipe {
  const lines = new LineCounter()
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) } // an empty text has no line 1 to be found
  }
  const failed = (offset: number, message: string, fix: string): ParsedRecipe => ({
    value: undefined,
    syntax: [{ ...positionAt(offset), message, fix }],
    locate: () => positionAt(offset),
  })

  const tokens = [...new Parser(lines.addNewLine).parse(text)]
  const tooDeep = firstTokenBelow(tokens, maxNesting)
  if (tooDeep !== undefined) {
    return failed(
      tooDeep,
      `is nested deeper than ${maxNesting} levels`,
      'Check the brackets: a recipe needs fewer than ten levels.',
    )
  }
  const composer = new Composer({ stringKeys: true, resolveKnownTags: false, keepSourceTokens: false })
  const documents = [...composer.compose(tokens, true, text.length)]
  const [document] = documents
  if (document === undefined) return failed(0, 'is empty', 'Start one with `millrace init`.')
  const second = documents[1]
  if (second !== undefined) {
    return failed(
      second.range[0],
      'holds a second YAML document',
      'Keep one recipe in a file: remove the `---` line.',
    )
  }

  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
    return failed(0, 'is empty', 'Start one with `millrace init`.')
  }

  const errors = told([...document.errors, ...document.warnings])
  const lost = unresolvedAliases(document)
  const syntax = [
    ...errors.map((error) => describeSyntaxError(error, text, positionAt)),
    ...lost.map((alias) => ({
      ...positionAt(startOf(alias) ?? 0),
      message: `there is no anchor &${alias.source} before this`,
      fix: `Quote the text if it is none: "*${alias.source}".`,
    })),
  ]
  const readable = lost.length === 0 && errors.every(({ code }) => code === 'DUPLICATE_KEY')
  try {
    const value: unknown = readable ? document.toJS({ maxAliasCount }) : undefined
    return { value, syntax, locate: locatorOf(document, text, positionAt) }
  } catch (error) {
    return failed(
      0,
      `cannot be expanded: ${String(error)}`,
      'Write the repeated part out: too many aliases (`*name`).',
    )
  }
}

/** Two errors of text that can be read all the same. */
const READABLE: readonly ErrorCode[] = ['DUPLICATE_KEY', 'TAG_RESOLVE_FAILED']

/** Where something cannot be read, the parser goes on by guessing, and errs again: then the first such error is all there is to say. */
function told(errors: readonly YAMLError[]): readonly YAMLError[] {
  const [first] = errors
    .filter(({ code }) => !READABLE.includes(code))
    .toSorted((a, b) => a.pos[0] - b.pos[0])
  return first === undefined ? errors : [first]
}

/** Aliases whose anchor does not come before them. */
function unresolvedAliases(document: Document): Alias[] {
  const anchors = new Set<string>()
  const lost: Alias[] = []
  visit(document, {
    Alias(_, alias) {
      if (!anchors.has(alias.source)) lost.push(alias)
    },
    Value(_, { anchor }) {
      if (anchor !== undefined) anchors.add(anchor)
    },
  })
  return lost
}

function describeSyntaxError(
  error: YAMLError,
  text: string,
  positionAt: (offset: number) => Position,
): SyntaxProblem {
  const position = positionAt(error.pos[0])
  if (error.code === 'DUPLICATE_KEY') {
    const key = /^["']?([\w.-]{1,60})/.exec(text.slice(error.pos[0], error.pos[0] + 70))?.[1] ?? ''
    return {
      ...position,
      message: `the key ${JSON.stringify(key)} is there twice`,
      fix: 'Remove or rename one of the two.',
    }
  }
  if (error.code === 'TAG_RESOLVE_FAILED') {
    return { ...position, message: error.message, fix: 'Remove the tag: a recipe has plain values only.' }
  }
  return {
    ...position,
    message: error.message,
    fix: 'Correct the YAML here: mind the indentation, and quote text that has `: `, `#`, `*`, `[` or `{` in it.',
  }
}

/** Offset of the first collection that is nested more than `limit` deep, or undefined. Not recursive. */
function firstTokenBelow(tokens: readonly CST.Token[], limit: number): number | undefined {
  const open: { token: CST.Token; depth: number }[] = tokens.map((token) => ({ token, depth: 0 }))
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token, depth } = next
    if (depth > limit) return token.offset
    if (token.type === 'document') {
      if (token.value !== undefined) open.push({ token: token.value, depth })
    } else if ('items' in token) {
      for (const { key, value } of token.items) {
        if (key !== undefined && key !== null) open.push({ token: key, depth: depth + 1 })
        if (value !== undefined) open.push({ token: value, depth: depth + 1 })
      }
    }
  }
  return undefined
}

/** What the composer's nodes have in common: `range` is [start, end of value, end of node) in code units. */
interface Ranged {
  readonly range?: readonly [number, number, number] | null | undefined
}

function locatorOf(document: Document, text: string, positionAt: (offset: number) => Position): Locate {
  return ({ path, at, offset }) => {
    let node: unknown = document.contents
    let start = startOf(node) ?? 0
    let reached = true
    for (const [index, step] of path.entries()) {
      const found = child(isAlias(node) ? node.resolve(document) : node, step)
      if (found === undefined) {
        reached = false
        break
      }
      node = found.value
      const isLast = index === path.length - 1
      start = (isLast && at === 'value' ? startOf(node) : undefined) ?? found.start ?? start
    }
    const inside = reached && offset !== undefined ? offsetInside(node, text, offset) : 0
    return positionAt(start + inside)
  }
}

function startOf(node: unknown): number | undefined {
  return typeof node === 'object' && node !== null ? (node as Ranged).range?.[0] : undefined
}

/** A map's value with the start of its key, or a list's item with its own start. */
function child(
  node: unknown,
  step: string | number,
): { value: unknown; start: number | undefined } | undefined {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
    return pair === undefined ? undefined : { value: pair.value, start: startOf(pair.key) }
  }
  const item: unknown = isSeq(node) && typeof step === 'number' ? node.items[step] : undefined
  return item === undefined ? undefined : { value: item, start: startOf(item) }
}

/** Code units from a scalar's start to its character `offset`; 0 where escapes or folding make that unclear. */
function offsetInside(node: unknown, text: string, offset: number): number {
  if (!isScalar(node) || typeof node.value !== 'string') return 0
  const start = startOf(node)
  if (start === undefined) return 0
  const quote = node.type === Scalar.PLAIN ? 0 : 1
  return text.startsWith(node.value, start + quote) ? quote + offset : 0
}
