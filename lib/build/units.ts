/** Units with their keys: what each step's outputs depend on, and nothing else. A changed setting re-runs exactly those. */
import { benchmarkName, DECONTAMINATION_REVISION } from '../../filters/decontaminate/index.ts'
import { type DedupPasses, dedupMethods, dedupPasses } from '../../filters/dedup/index.ts'
import { filters, usesUnicode } from '../../filters/index.ts'
import { moduleHashOf } from '../../filters/own-filters.ts'
import { conversations } from '../documents/conversations/index.ts'
import { templates } from '../documents/templates/index.ts'
import { formatByName } from '../formats/index.ts'
import type { Completion } from '../journal.ts'
import { readers } from '../readers/index.ts'
import { hashOf } from '../recipe/canonical-json.ts'
import type { Recipe } from '../recipe/schema.ts'
import type { WrittenFile } from '../storage/output-file.ts'
import { stepOf } from './run-unit.ts'
import type { Unit } from './step.ts'
import type { Split } from './survey.ts'
import { modelPaths, type Tables } from './tables.ts'

/** A unit whose key covers its step's revision, its input, and `dependsOn`: settings, and hashes of the files it reads. */
export function unit(step: string, id: string, input: unknown, dependsOn: unknown): Unit {
  const { revision } = stepOf(step)
  return { step, id: `${step}/${id}`, input, key: hashOf({ step, revision, input, dependsOn }) }
}

/**
 * One hash over the content of the files with the given ending, in the order of the completions. A unit that is only
 * foreseen may write any file.
 */
export function contentHash(completions: readonly Completion[], ending = ''): string {
  const foreseen = completions.flatMap((completion) => (completion.foreseen === true ? [completion.id] : []))
  return hashOf([...filesOf(completions, ending).map(({ path, sha256 }) => [path, sha256]), ...foreseen])
}

export function filesOf(completions: readonly Completion[], ending = ''): WrittenFile[] {
  return completions.flatMap(({ files }) => files.filter(({ path }) => path.endsWith(ending)))
}

/** The part of the recipe that refining a split depends on. */
export function refineDependencies(recipe: Recipe, split: Split, models: Tables['modelHashes']): unknown {
  const source = recipe.sources[split.source]
  const used = source?.filters ?? []
  const unicode =
    (source?.hygiene.normalization ?? 'none') !== 'none' ||
    used.some(usesUnicode) ||
    dedupPasses(recipe.dedup).before.names.some((name) => dedupMethods[name]?.unicode)
  return {
    reader: readers[split.reader]?.revision ?? 0,
    fields: source?.fields ?? null,
    template:
      source?.template === undefined
        ? null
        : [source.template, templates[source.template]?.revision, conversationDependencies(source.messages)],
    hygiene: source?.hygiene ?? null,
    sample: source?.sample ?? 1,
    seed: (source?.sample ?? 1) < 1 ? recipe.seed : null,
    record: used.length > 0 ? (source?.record ?? 'first') : null,
    filters: used.map((use) => [
      use,
      filters[use.name]?.revision ?? 0,
      ...[moduleHashOf(use.name), filters[use.name]?.dependsOn?.(use.settings)].filter(
        (part) => part !== undefined,
      ),
      modelPaths(use).map(([, file]) => models[file] ?? ''),
    ]),
    dedup: dedupDependencies(recipe, 'before'),
    // ICU's version too: its dictionaries cut words.
    unicode: unicode ? [process.versions['unicode'] ?? '', process.versions['icu'] ?? ''] : null,
  }
}

/** A source without a declared shape of messages depends on all of them: each record's keys tell which is its. */
function conversationDependencies(name: string | undefined): unknown {
  return (name === undefined ? Object.keys(conversations).toSorted() : [name]).map((each) => [
    each,
    conversations[each]?.revision ?? 0,
  ])
}

/** The part of the recipe that reading a split of token ids depends on. */
export function ingestDependencies(recipe: Recipe, split: Split): unknown {
  const sample = recipe.sources[split.source]?.sample ?? 1
  return { format: formatByName(split.reader).revision, sample, seed: sample < 1 ? recipe.seed : null }
}

/** The methods of one pass of dedup with their settings; the Unicode version where one of them asks for it. */
export function dedupDependencies(recipe: Recipe, pass: keyof DedupPasses): unknown {
  const { first, names } = dedupPasses(recipe.dedup)[pass]
  return names.map((name, at) => {
    const { revision = 0, unicode = false } = dedupMethods[name] ?? {}
    return [recipe.dedup[first + at], revision, unicode ? (process.versions['unicode'] ?? '') : null]
  })
}

/** What is looked for, by the benchmarks' content and not their paths, and what becomes of it. Null: nothing is. */
export function decontaminateDependencies(recipe: Recipe, loaded: Tables['benchmarks']): unknown {
  if (recipe.decontaminate === undefined || loaded === undefined) return null
  const { benchmarks, ...settings } = recipe.decontaminate
  return {
    revision: DECONTAMINATION_REVISION,
    settings,
    benchmarks: benchmarks.map((use, at) => [
      benchmarkName(use),
      use.fields ?? null,
      loaded.revisions[at],
      loaded.hashes[at],
    ]),
    unicode: process.versions['unicode'] ?? '',
  }
}

/** Names and revisions of the output formats. */
export function formatDependencies(recipe: Recipe): unknown {
  return recipe.output.formats.map((name) => [name, formatByName(name).revision])
}
