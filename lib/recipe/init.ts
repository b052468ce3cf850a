import path from 'node:path'
import { filters } from '../../filters/index.ts'
import * as presets from '../../stages/presets/registered.ts'
import { MillraceError } from '../errors.ts'
import { guessSources, type SourceGuess } from './guess-source.ts'
import { formatQuantity } from './quantity.ts'
import { listNames } from './suggest.ts'

/** Filters for running text, in the order that costs least; only those that are registered. */
const textFilters = ['language', 'code-exclusion', 'gopher-repetition', 'gopher-quality'].filter(
  (name) => name in filters,
)

export interface InitRequest {
  /** Files, folders and glob patterns, relative to `directory`: a source each, those of one name together. */
  readonly files?: readonly string[]
  /** A preset's name; instead of files. */
  readonly preset?: string
  /** Folder that the recipe will be in; the current one unless given. */
  readonly directory?: string
}

/**
 * A commented recipe (YAML) to start from: a preset's, or one made from what is seen in the files. It loads without issues
 * where its files are. Throws USAGE for an unknown preset, INPUT_MISSING for a file that is not there.
 */
export async function initRecipe({ files = [], preset, directory = '.' }: InitRequest): Promise<string> {
  if (preset !== undefined && files.length > 0) {
    throw new MillraceError('USAGE', 'a preset and files do not go together', {
      fix: 'Give a preset, and put your files into the recipe that it makes; or give files alone.',
    })
  }
  if (preset !== undefined) return presetRecipe(preset)
  const sources = files.length === 0 ? [placeholder] : await guessSources(files, path.resolve(directory))
  return compose(sources)
}

/** The presets' names and summaries, for people. */
export const presetSummaries: readonly { readonly name: string; readonly summary: string }[] = Object.values(
  presets,
).map(({ name, summary }) => ({ name, summary }))

function presetRecipe(wanted: string): string {
  const found = Object.values(presets).find(({ name }) => name === wanted)
  if (found !== undefined) return found.recipe
  const names = Object.values(presets).map(({ name }) => name)
  throw new MillraceError('USAGE', `there is no preset ${wanted}`, {
    got: wanted,
    fix: `Use one of: ${listNames(names)}.`,
  })
}

const placeholder: SourceGuess = {
  name: 'documents',
  files: ['documents/*.jsonl'],
  tokens: 0,
  fields: {},
  notes: [],
}

function compose(sources: readonly SourceGuess[]): string {
  const total = sources.reduce((sum, { tokens }) => sum + tokens, 0)
  const budget = total === 0 ? 1_000_000 : roundDown(total / 2)
  const mix = sources.map(({ name, tokens }) => `${name}: ${share(tokens, total, sources.length)}`).join(', ')
  const origin =
    total === 0
      ? 'set this: `millrace plan` tells what the sources can give'
      : `about half of what the size of the files suggests (${formatQuantity(roundDown(total))})`
  return `# A millrace recipe. \`millrace plan\` checks it against the data, \`millrace build\` builds it, and
# \`millrace schema\` gives its JSON Schema with every key. Paths are relative to this file.
name: my-corpus
seed: 17                  # keys every draw and shuffle: the same seed gives the same bytes
tokenizer: mistral-v1     # or another built-in, or {type: sentencepiece, model: path}

sources:
${sources.map(composeSource).join('\n')}
dedup: [exact, minhash]   # over all sources together

stages:                   # each with a budget in tokens, and weights of its sources
  - name: base
${column(`    tokens: ${formatQuantity(budget)}`)}# ${origin}
    mix: {${mix}}

phases:                   # context lengths, in tokens; the last one takes the rest of the budget
  - {sequenceLength: 2048, tokens: rest, packing: best-fit}

output:
  formats: [packed, megatron]
  shardTokens: 100M
  documents: {bos: true, eos: true}
`
}

function composeSource(source: SourceGuess): string {
  const { name, files, reader, fields, template, messages, notes } = source
  const mapped = Object.entries(fields).map(([field, key]) => `${field}: ${JSON.stringify(key)}`)
  const lines = [
    ...notes.map((note) => `# ${note}`),
    ...(files.length === 1
      ? [`files: [${JSON.stringify(files[0])}]`]
      : ['files:', ...files.map((file) => `  - ${JSON.stringify(file)}`)]),
    ...(reader === undefined ? [] : [`reader: ${reader}`]),
    ...(mapped.length === 0 ? [] : [`fields: {${mapped.join(', ')}}`]),
    ...(template === undefined ? [] : [`template: ${template}       # lays chat messages out as text`]),
    ...(messages === undefined ? [] : [`messages: ${messages}       # the shape of the records`]),
    'license: NOASSERTION  # change to the SPDX expression of this source',
    'acquisition: other    # public, licensed, crawl, user, synthetic or other',
    filtersOf(source),
    'maxEpochs: 1          # how often it may be repeated',
  ]
  return [`  ${name}:`, ...lines.map((line) => `    ${line}`), ''].join('\n')
}

function filtersOf({ template, isMarkdown }: SourceGuess): string {
  if (template !== undefined) return 'filters: []           # short turns fail rules made for web pages'
  if (isMarkdown)
    return 'filters: [language]   # Markdown with much code and many links fails rules made for web pages'
  return `filters: [${textFilters.join(', ')}]`
}

/** Pads a line so that its comment stands under the others. */
function column(line: string): string {
  return line.padEnd(26)
}

/** Percent of the total, at least 0.1, with one decimal. */
function share(tokens: number, total: number, sources: number): number {
  const percent = total === 0 ? 100 / sources : (100 * tokens) / total
  return Math.max(0.1, Math.round(percent * 10) / 10)
}

/** To one significant digit; 1 at least. */
function roundDown(tokens: number): number {
  const unit = 10 ** Math.floor(Math.log10(Math.max(tokens, 1)))
  return Math.max(1, Math.floor(tokens / unit) * unit)
}
