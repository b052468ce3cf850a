import { stat } from 'node:fs/promises'
import path from 'node:path'
import type { Tokenizer, TokenizerSpec } from '../tokenizers/index.ts'
import { readManifest } from './build/manifest.ts'
import { MillraceError } from './errors.ts'
import { formatOfFile } from './formats/index.ts'
import { tokenizerOfBuild } from './provenance/records.ts'
import { openTable } from './storage/arrow-table.ts'

/** What a file of a build is. */
export interface Inspection {
  readonly file: string
  readonly format: string
  readonly bytes: number
  readonly header: Readonly<Record<string, unknown>>
  readonly counts: Readonly<Record<string, number>>
  /** The first documents, sequences or rows. */
  readonly first: readonly InspectedItem[]
}

export interface InspectedItem {
  readonly tokens?: number
  /** Tokens of each document piece. */
  readonly pieces?: readonly number[]
  readonly ids?: readonly number[]
  readonly text?: string
  readonly row?: Readonly<Record<string, unknown>>
}

export interface InspectOptions {
  /** Items to show. */
  readonly items?: number
  /** The tokenizer to decode with; default: that of the build that the file lies in. */
  readonly tokenizer?: TokenizerSpec
}

/** Looks into a shard, or any table of a build. Throws USAGE for another kind of file. */
export async function inspect(file: string, options: InspectOptions = {}): Promise<Inspection> {
  const facts = await stat(file).catch(() => undefined)
  if (facts?.isFile() !== true) {
    const what = facts === undefined ? `there is no file ${file}` : `${file} is not a file`
    throw new MillraceError('INPUT_MISSING', what, {
      file,
      fix: 'Name a file of a build, such as a shard.',
    })
  }
  const isTable = await isMillraceTable(file)
  if (isTable) return inspectTable(file, facts.size, options.items ?? 3)
  const found = formatOfFile(file)
  if (found === undefined) {
    throw new MillraceError('USAGE', `${file} is not a shard or a table of a build`, {
      file,
      fix: 'Name a file under shards/, holdout/ or work/ of a build; head shows input files.',
    })
  }
  const tokenizer = await tokenizerFor(file, options.tokenizer)
  // Files of other programs may leave out what a build's own have.
  const open = (found.format.kind === 'documents' && found.format.openInput) || found.format.open
  const reader = await open(found.base)
  try {
    const first: InspectedItem[] = []
    for (let index = 0; index < Math.min(options.items ?? 3, reader.counts.items); index++) {
      const { tokens, pieceLengths } = await reader.item(index)
      const real = pieceLengths.reduce((sum, length) => sum + length, 0)
      const ids = Array.from(tokens.subarray(0, 32))
      const text = tokenizer?.decode(tokens.subarray(0, Math.min(real, 200)))
      first.push({ tokens: real, pieces: pieceLengths, ids, ...(text !== undefined && { text }) })
    }
    const { items, tokens, padding } = reader.counts
    return {
      file,
      format: found.format.name,
      bytes: facts.size,
      header: reader.header,
      counts: { items, tokens, padding },
      first,
    }
  } finally {
    await reader.close()
  }
}

/** The pipeline's own tables state their columns in the file's metadata. */
async function isMillraceTable(file: string): Promise<boolean> {
  if (!file.endsWith('.arrow')) return false
  const table = await openTable(file)
  try {
    return table.columnNames.length > 0 && !table.columnNames.includes('input_ids')
  } finally {
    await table.close()
  }
}

async function inspectTable(file: string, bytes: number, items: number): Promise<Inspection> {
  const table = await openTable(file)
  try {
    const first: InspectedItem[] = []
    for (let row = 0; row < Math.min(items, table.rows); row++)
      first.push({ row: readable(await table.rowAt(row)) })
    const header = { columns: table.columns, ...table.metadata }
    return {
      file,
      format: 'table',
      bytes,
      header,
      counts: { rows: table.rows, batches: table.batches },
      first,
    }
  } finally {
    await table.close()
  }
}

function readable(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      if (value instanceof Uint8Array) return [name, Buffer.from(value).toString('hex')]
      return [name, typeof value === 'bigint' ? Number(value) : value]
    }),
  )
}

/** The tokenizer asked for, else the one of the build that the file is in, else none. */
async function tokenizerFor(file: string, name: TokenizerSpec | undefined): Promise<Tokenizer | undefined> {
  if (name !== undefined) {
    const { createTokenizer, loadTokenizer } = await import('../tokenizers/index.ts')
    return createTokenizer(await loadTokenizer(name))
  }
  for (
    let folder = path.dirname(path.resolve(file));
    folder !== path.dirname(folder);
    folder = path.dirname(folder)
  ) {
    const manifest = await readManifest(folder).catch(() => undefined)
    if (manifest !== undefined) return tokenizerOfBuild({ folder, manifest })
  }
  return undefined
}
