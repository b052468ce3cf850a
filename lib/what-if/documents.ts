import path from 'node:path'
import { TAG, type Value } from '../../filters/define-filter.ts'
import { type FilterUse, registerFilters } from '../../filters/index.ts'
import { uidToHex } from '../documents/uid.ts'
import { MillraceError } from '../errors.ts'
import { readInputs } from '../inputs.ts'
import type { FinishedBuild } from '../provenance/records.ts'
import { openTable } from '../storage/arrow-table.ts'
import type { JudgedDocument, Recorded, Redecided } from './decide-again.ts'
import type { NearDocument } from './nearest.ts'

/** Documents that one chain of filters judged. */
export interface JudgedSource {
  readonly source: string
  readonly chain: readonly Redecided[]
  readonly recorded: Recorded
  readonly records: AsyncIterable<JudgedRecord> | Iterable<JudgedRecord>
}

export interface JudgedRecord {
  /** `kept`, `dropped/FILTER/REASON`, or why no filter saw it. */
  readonly before: string
  readonly beforeTags: readonly string[]
  /** Undefined where no filter saw it. */
  readonly document: JudgedDocument | undefined
  readonly name: () => Pick<NearDocument, 'uid' | 'id'>
}

/** The records of a build, part by part. Throws USAGE for a source that it has not. */
export async function* buildDocuments(
  { folder, manifest }: FinishedBuild,
  only: string | undefined,
  chainOf: (uses: readonly FilterUse[]) => Redecided[],
): AsyncGenerator<JudgedSource> {
  const { recipe } = manifest
  const names = Object.keys(recipe.sources)
  if (only !== undefined && !names.includes(only)) {
    const fix = `Give --source with one of: ${names.join(', ')}.`
    throw new MillraceError('USAGE', `the build has no source ${only}`, { key: '--source', got: only, fix })
  }
  await registerFilters(recipe.modules, path.resolve(folder, manifest.directory))
  for (const [source, { filters: uses, record }] of Object.entries(recipe.sources)) {
    if (only !== undefined && source !== only) continue
    const chain = chainOf(uses)
    for (const part of manifest.parts) {
      if (part.source !== source || part.tokenized !== undefined) continue
      const file = path.join(folder, `${part.path}.records.arrow`)
      yield { source, chain, recorded: record, records: recordsOf(file, chain) }
    }
  }
}

async function* recordsOf(file: string, chain: readonly Redecided[]): AsyncGenerator<JudgedRecord> {
  const table = await openTable(file)
  try {
    for (let at = 0; at < table.batches; at++) {
      const batch = await table.batch(at)
      const text = (column: string, row: number): string | null => {
        const value = batch.column(column).get(row)
        return typeof value === 'string' ? value : null
      }
      const columns = chain.map(({ definition: { name } }) =>
        table.columnNames.flatMap((column) =>
          column.startsWith(`${name}.`)
            ? [{ value: column.slice(name.length + 1), column: batch.column(column) }]
            : [],
        ),
      )
      for (let row = 0; row < batch.rows; row++) {
        const [fate, filter, reason] = [text('fate', row), text('filter', row), text('reason', row)]
        const values = columns.map((own) => {
          const found: Record<string, Value> = {}
          for (const { value, column } of own) {
            const recorded = column.get(row)
            if (typeof recorded === 'number' || typeof recorded === 'string') found[value] = recorded
          }
          return found
        })
        const isJudged = fate === 'kept' || fate === 'dropped'
        const dropper = chain.findIndex(({ definition }) => definition.name === filter)
        yield {
          before: [fate, filter, reason].filter((word) => word !== null).join('/'),
          beforeTags: tagsOf(chain, (place) => values[place] ?? {}),
          document: isJudged
            ? {
                dropped: fate === 'dropped' ? { filter: dropper, reason: reason ?? '' } : undefined,
                values: (place) => values[place] ?? {},
              }
            : undefined,
          name: () => {
            const uid = batch.column('uid').get(row)
            return { uid: uid instanceof Uint8Array ? uidToHex(uid) : null, id: text('id', row) }
          },
        }
      }
    }
  } finally {
    await table.close()
  }
}

function tagsOf(
  chain: readonly Redecided[],
  valuesOf: (place: number) => Readonly<Record<string, Value>>,
): string[] {
  return chain.flatMap(({ definition }, place) => {
    const tag = valuesOf(place)[TAG]
    return tag === undefined ? [] : [`${definition.name}/${tag}`]
  })
}

/** The documents of the output of `filter`, where every filter judged every document. */
export async function* runDocuments(
  inputs: readonly string[],
  chain: readonly Redecided[],
): AsyncGenerator<JudgedSource> {
  for await (const { file, items } of readInputs(inputs.length === 0 ? ['-'] : inputs)) {
    const records = items.map((item): JudgedRecord => {
      const value = item.kind === 'bad' ? undefined : item.value
      return runRecord(value, file, item.offset, chain)
    })
    yield { source: file, chain, recorded: 'each', records }
  }
}

function runRecord(value: unknown, file: string, offset: number, chain: readonly Redecided[]): JudgedRecord {
  const id = at(value, 'id')
  const name = (): Pick<NearDocument, 'uid' | 'id'> => ({
    uid: null,
    id: typeof id === 'string' || typeof id === 'number' ? String(id) : `${file}:${offset}`,
  })
  const verdicts = at(value, 'verdicts')
  if (typeof verdicts !== 'object' || verdicts === null)
    return { before: 'unreadable', beforeTags: [], document: undefined, name }
  const judged = chain.map(({ definition }) => {
    const verdict = at(verdicts, definition.name)
    if (verdict !== undefined) return { verdict, values: flat(at(verdict, 'values')) }
    throw new MillraceError('USAGE', `${file} has a document that ${definition.name} did not judge`, {
      file,
      record: offset,
      key: `verdicts.${definition.name}`,
      fix: 'Give --filters (and --set) of the run that wrote the file.',
    })
  })
  const reasons = judged.map(({ verdict }) =>
    at(verdict, 'keep') === false ? String(at(verdict, 'reason')) : undefined,
  )
  const dropper = reasons.findIndex((reason) => reason !== undefined)
  const values = judged.map((one, place) =>
    place > dropper && dropper !== -1 && reasons[place] !== undefined
      ? { ...one.values, reason: reasons[place] }
      : one.values,
  )
  const valuesOf = (place: number): Readonly<Record<string, Value>> => values[place] ?? {}
  const dropped = dropper === -1 ? undefined : { filter: dropper, reason: reasons[dropper] ?? '' }
  return {
    before: dropped === undefined ? 'kept' : `dropped/${chain[dropper]?.definition.name}/${dropped.reason}`,
    beforeTags: tagsOf(chain, valuesOf),
    document: { dropped, values: valuesOf },
    name,
  }
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : []
}

/** `{found: {email: 2}}` → `{'found.email': 2}` */
function flat(values: unknown): Record<string, Value> {
  const found: Record<string, Value> = {}
  for (const [name, value] of entriesOf(values)) {
    if (typeof value === 'number' || typeof value === 'string') found[name] = value
    for (const [rest, inner] of Object.entries(flat(value))) found[`${name}.${rest}`] = inner
  }
  return found
}
