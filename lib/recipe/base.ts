/** The finished build that a recipe goes on from (`base`): found, and checked against the recipe as it is written. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { stageMixes } from '../../stages/mixes.ts'
import { toNumber } from '../../stages/rational.ts'
import { type Manifest, readManifest } from '../build/manifest.ts'
import { asMillraceError, MillraceError } from '../errors.ts'
import type { Ledger } from '../ledger.ts'
import { parseOwnJson } from '../storage/own-json.ts'
import { BASE_PREFIX } from './base-name.ts'
import { type Path, type Problem, valueAt } from './problem.ts'
import type { Stage } from './schema.ts'
import { unknownName } from './unknown-name.ts'

/** A finished build as those that go on from it see it. */
export interface Base {
  /** Absolute. */
  readonly folder: string
  readonly manifest: Manifest
  readonly ledger: Ledger
}

/**
 * Opens a finished build to go on from. Throws NOT_FOUND where there is none, OUTPUT_DAMAGED where its manifest or ledger
 * are not what it wrote; the files that they name are compared when they are used.
 */
export async function openBase(folder: string): Promise<Base> {
  const manifest = await readManifest(folder)
  const file = path.join(folder, 'ledger.json')
  const text = await readFile(file).catch(() => Buffer.alloc(0))
  const sha256 = createHash('sha256').update(text).digest('hex')
  if (sha256 !== manifest.files.find((written) => written.path === 'ledger.json')?.sha256) {
    throw new MillraceError('OUTPUT_DAMAGED', `${file} is not what the build wrote`, {
      file,
      fix: 'Run that build again: it writes its ledger anew from its completion records.',
    })
  }
  return { folder, manifest, ledger: parseOwnJson<Ledger>(text.toString()) }
}

/** The base that a recipe names, valid or not; what is wrong with it are problems of the recipe. */
export async function findBase(
  raw: unknown,
  directory: string,
): Promise<{ base: Base | undefined; problems: Problem[] }> {
  const given = valueAt(raw, ['base'])
  const folder = typeof given === 'string' ? given : valueAt(given, ['folder'])
  if (typeof folder !== 'string' || folder === '') return { base: undefined, problems: [] }
  const place = typeof given === 'string' ? ['base'] : ['base', 'folder']
  try {
    const base = await openBase(path.resolve(directory, folder))
    return { base, problems: checkBase(raw, base) }
  } catch (error) {
    const { message, facts } = asMillraceError(error)
    const fix = `${facts.fix} A base that was moved is found again by its new folder.`
    return { base: undefined, problems: [{ path: place, at: 'value', message, got: folder, fix }] }
  }
}

/** What a recipe must have as its base has it. */
function checkBase(raw: unknown, { manifest }: Base): Problem[] {
  const problems: Problem[] = []
  for (const special of ['bos', 'eos'] as const) {
    const at = ['output', 'documents', special]
    const got = valueAt(raw, at) ?? true
    const asked = manifest.recipe.output.documents[special]
    if (got === asked) continue
    const message = `is ${JSON.stringify(got)}, and the documents of the base have ${special} ${asked}`
    problems.push({ path: at, at: 'value', message, got, fix: `Set output.documents.${special}: ${asked}.` })
  }
  const known = Object.keys(sourcesOf(manifest))
  const given = valueAt(raw, ['base', 'sources'])
  for (const name of Object.keys(typeof given === 'object' && given !== null ? given : {})) {
    if (known.includes(name)) continue
    problems.push(unknownName(['base', 'sources', name], 'key', 'source of the base', name, known))
  }
  return problems
}

/** The sources that a build's pools are of, those of its own base included. */
function sourcesOf({ pools }: Manifest): Record<string, true> {
  return Object.fromEntries(pools.map(({ source }) => [source, true as const]))
}

/** Whether a name in a mix is one of the base's. */
export function isOfBase(raw: unknown, pool: string): boolean {
  return valueAt(raw, ['base']) !== undefined && pool.startsWith(BASE_PREFIX)
}

/** Without a base that could be opened, which is a problem already, nothing is known of its pools. */
export function checkBasePool(place: Path, pool: string, base: Base | undefined): Problem[] {
  if (base === undefined) return []
  const known = base.manifest.pools.map(({ name }) => `${BASE_PREFIX}${name}`)
  return known.includes(pool) ? [] : [unknownName(place, 'key', 'pool of the base', pool, known)]
}

/** Names of the base's stages in a replay; undefined where it could not be opened, so that no name can be told wrong. */
export function baseStages(raw: unknown, base: Base | undefined): readonly string[] | undefined {
  if (base === undefined) return valueAt(raw, ['base']) === undefined ? [] : undefined
  return base.manifest.recipe.stages.map(({ name }) => `${BASE_PREFIX}${name}`)
}

/** Stages that replay one of the base have its mix, which the schedule is made from ever after. */
export function withBaseMixes(stages: readonly Stage[], base: Base | undefined): Stage[] {
  if (base === undefined) return [...stages]
  const earlier = base.manifest.recipe.stages
  const mixes = stageMixes(earlier)
  return stages.map((stage) => {
    const { replay } = stage
    const at = earlier.findIndex(({ name }) => `${BASE_PREFIX}${name}` === replay?.stage)
    const mix = mixes[at]
    if (replay === undefined || mix === undefined) return stage
    const shares = [...mix].map(([pool, share]) => [`${BASE_PREFIX}${pool}`, toNumber(share)] as const)
    const shared = Object.fromEntries(shares.filter(([, share]) => share > 0))
    return { ...stage, replay: { ...replay, mix: shared } }
  })
}
