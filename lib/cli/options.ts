import { existsSync } from 'node:fs'
import { type Command, InvalidArgumentError } from 'commander'
import type { BenchmarkUse } from '../../filters/decontaminate/index.ts'
import type { TokenizerSpec } from '../../tokenizers/index.ts'
import { conversations } from '../documents/conversations/index.ts'
import { templates } from '../documents/templates/index.ts'
import { MillraceError } from '../errors.ts'

/** Parses an option that is a whole number of at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`)
    }
    return value
  }
}

/** Parses an option that is a number; what it sets has limits of its own. */
export function anyNumber(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.')
  return value
}

/** Parses an option that is a list of whole numbers: `17,904`. */
export function wholeNumbers(text: string): number[] {
  return text.split(',').map(wholeNumber(0))
}

/** A tokenizer as commands take it: a built-in's name, or what a recipe has at `tokenizer`, as JSON. */
export function tokenizerOption(text: string): TokenizerSpec {
  if (!text.startsWith('{')) return text
  try {
    const spec: unknown = JSON.parse(text)
    if (typeof spec === 'object' && spec !== null && 'type' in spec && typeof spec.type === 'string')
      return { ...spec, type: spec.type }
  } catch {
    // told below
  }
  throw new InvalidArgumentError(
    'It must be a name, or JSON: {"type": "huggingface", "model": "tokenizer.json"}.',
  )
}

/** Collects the values of an option that may be given several times. */
export function repeated(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value]
}

/** Adds the options of how records become documents: MappingOptions. */
export function withMapping(command: Command): Command {
  return command
    .option(
      '--field <name=path>',
      'where a record has its text, id or url, e.g. text=content (repeatable)',
      repeated,
    )
    .option('--template <name>', `lay chat records out as text: ${Object.keys(templates).join(', ')}`)
    .option(
      '--messages <shape>',
      `with --template: the shape of the records, where their keys do not tell: ${Object.keys(conversations).join(', ')}`,
    )
}

const BENCHMARK_FIELDS = ['id', 'question', 'answer', 'passage', 'choices']

/** `FILE` or `FILE:name`, with `name=path` pairs for all benchmarks. A file whose name has the colon goes first. */
export function benchmarkOption(value: string, fields: readonly string[] | undefined): BenchmarkUse {
  if (value === '') {
    const fix = 'Write FILE or FILE:NAME, e.g. --benchmark test.jsonl:gsm8k.'
    throw new MillraceError('USAGE', '--benchmark names no file', { key: '--benchmark', fix })
  }
  const [, file = '', as = ''] = existsSync(value) ? [] : (/^(.*):([^:/\\]+)$/s.exec(value) ?? [])
  if (as !== '' && !/^[a-z][a-z0-9-]{0,63}$/.test(as)) {
    throw new MillraceError('USAGE', `--benchmark ${value}: ${JSON.stringify(as)} is not a name`, {
      key: '--benchmark',
      got: as,
      fix: 'Name it in lower-case letters, digits and hyphens, e.g. test.jsonl:gsm8k; or check the path.',
    })
  }
  const use = as === '' ? { file: value } : { file, as }
  if (fields === undefined) return use
  const pairs = fields.map((pair): [string, string] => {
    const [name = '', path = ''] = pair.split(/=(.*)/s)
    if (!BENCHMARK_FIELDS.includes(name) || path === '') {
      throw new MillraceError('USAGE', `--benchmark-field ${pair} is not a mapping`, {
        got: pair,
        fix: `Write NAME=PATH with one of ${BENCHMARK_FIELDS.join(', ')}, e.g. --benchmark-field question=prompt.`,
      })
    }
    return [name, path]
  })
  return { ...use, fields: Object.fromEntries(pairs) }
}
