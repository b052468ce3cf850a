import { hashedKey, INDEX_KINDS } from '../build/index-keys.ts'
import { shardName } from '../build/shard-name.ts'
import { uidFromHex } from '../documents/uid.ts'
import { MillraceError } from '../errors.ts'
import { BASE_PREFIX } from '../recipe/base-name.ts'
import { baseOf, seenFrom } from './base.ts'
import {
  type FinishedBuild,
  findRecords,
  notFound,
  placementsOf,
  type RecordFacts,
  readPlacement,
  readRecord,
  recordsOf,
} from './records.ts'

/** One place of a document in the outputs. */
export interface Placement {
  /** Segment's folder and shard number: `shards/00-base-2048`, `00000`. */
  readonly folder: string
  readonly shard: string
  /** Row in the shard's documents: the document's number in document formats. */
  readonly document: number
  readonly tokens: number
  readonly pool: string
  readonly epoch: number
  /** Null for held-out documents. */
  readonly segment: number | null
}

/** The final fate of a record. */
export type FinalFate =
  | 'unreadable'
  | 'not-sampled'
  | 'dropped'
  | 'duplicate'
  | 'contaminated'
  | 'held-out'
  | 'emitted'
  | 'not-reached'

export interface DocumentTrail {
  readonly fate: FinalFate
  readonly record: RecordFacts
  readonly placements: readonly Placement[]
  /** Source of the document that it duplicates: of this build, or of its base (`base.web`); else null. */
  readonly duplicateOfSource: string | null
}

/** What to look for: exactly one of these. */
export interface WhereQuery {
  /** 32 hexadecimal digits. */
  readonly doc?: string
  readonly url?: string
  /** A host; `www.` and case do not matter. */
  readonly domain?: string
}

/**
 * Every record that a query finds, with its fate and all its placements. Reads a few rows of the index and of the tables
 * that it names. Throws USAGE for a malformed uid, NOT_FOUND where there is no such record.
 */
export async function where(build: FinishedBuild, query: WhereQuery): Promise<DocumentTrail[]> {
  const trails = await trailsOf(build, query)
  const [kind, value] = Object.entries(query).find(([, asked]) => asked !== undefined) ?? []
  if (trails.length > 0) return trails
  if (kind === 'doc')
    throw notFound(`no document has the uid ${value}`, 'Check the digits, and that this is the build.')
  throw notFound(
    `no record has the ${kind} ${value}`,
    `A source needs fields.url for its records to be found by ${kind}.`,
  )
}

/** Of the build's own records, then of those of its base, with their placements in this build. */
async function trailsOf(build: FinishedBuild, query: WhereQuery): Promise<DocumentTrail[]> {
  const trails: DocumentTrail[] = []
  const placed = async (record: RecordFacts): Promise<Placement[]> => {
    if (record.document === null) return []
    const placements = await placementsOfUid(build, record.uid)
    return placements.filter(({ pool }) => origin(pool) === origin(record.source))
  }
  for (const record of await findBy(build, query)) {
    const placements = await placed(record)
    const duplicateOfSource = record.duplicate && (await sourceOf(build, record.duplicate.duplicateOf))
    trails.push({ fate: finalFate(record, placements), record, placements, duplicateOfSource })
  }
  const base = await baseOf(build)
  for (const trail of base === undefined ? [] : await trailsOf(base, query)) {
    const record = seenFrom(build, base ?? build, trail.record)
    const placements = await placed(record)
    const before = trail.fate === 'emitted' ? 'not-reached' : trail.fate
    const duplicateOfSource = trail.duplicateOfSource && `${BASE_PREFIX}${trail.duplicateOfSource}`
    trails.push({ fate: placements.length > 0 ? 'emitted' : before, record, placements, duplicateOfSource })
  }
  return trails
}

/** Source of a document of the build, or of its base. */
async function sourceOf(build: FinishedBuild, hex: string): Promise<string | null> {
  const uid = uidFromHex(hex)
  const [own] = uid === undefined ? [] : await recordsOf(build, uid)
  if (own !== undefined) return own.facts.source
  const base = await baseOf(build)
  const source = base && (await sourceOf(base, hex))
  return source ? `${BASE_PREFIX}${source}` : null
}

/** `base.` as often as a pool or source is from the base of a base. */
function origin(name: string): string {
  return /^(?:base\.)*/.exec(name)?.[0] ?? ''
}

async function findBy(build: FinishedBuild, { doc, url, domain }: WhereQuery): Promise<RecordFacts[]> {
  if (doc !== undefined) {
    const uid = uidFromHex(doc)
    if (uid === undefined) {
      throw new MillraceError('USAGE', `${doc} is not a document uid`, {
        got: doc,
        fix: 'Give the 32 hexadecimal digits that trace prints, or look the document up by --url.',
      })
    }
    return (await recordsOf(build, uid)).map(({ facts }) => facts)
  }
  const kind = url === undefined ? 'domain' : 'url'
  const value = url ?? domain?.toLowerCase().replace(/^www\./, '')
  if (value === undefined) {
    throw new MillraceError('USAGE', 'nothing to look for', {
      fix: 'Give one of --doc, --url, --domain or --source.',
    })
  }
  const [high, low] = hashedKey(kind, value)
  const found: RecordFacts[] = []
  for (const place of findRecords(build, [high, low], INDEX_KINDS[kind]))
    found.push(await readRecord(build, place))
  return found
}

async function placementsOfUid(build: FinishedBuild, hex: string): Promise<Placement[]> {
  const uid = uidFromHex(hex)
  if (uid === undefined) return []
  const placements: Placement[] = []
  for (const place of await placementsOf(build, uid)) {
    const shard = build.manifest.shards[place.shard]
    if (shard === undefined) continue
    const { tokens, pool, epoch } = await readPlacement(build, place)
    const { folder, number, segment } = shard
    placements.push({
      folder,
      shard: shardName(number),
      document: place.document,
      tokens,
      pool,
      epoch,
      segment,
    })
  }
  return placements
}

function finalFate(record: RecordFacts, placements: readonly Placement[]): FinalFate {
  if (record.fate === 'unreadable' || record.fate === 'not-sampled' || record.fate === 'dropped')
    return record.fate
  if (record.duplicate !== null) return 'duplicate'
  if (record.contaminated?.outcome === 'dropped') return 'contaminated'
  if (placements.some(({ segment }) => segment === null)) return 'held-out'
  return placements.length > 0 ? 'emitted' : 'not-reached'
}
