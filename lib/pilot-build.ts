/**
 * What dedup, shuffle, emit and index take on this machine, with the recipe's methods, packing and formats: a build of a
 * pilot's documents in a temporary folder.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { build } from './build/build.ts'
import type { LoadedRecipe } from './recipe/load.ts'
import { resolveRecipe } from './recipe/load.ts'
import type { Use } from './recipe/use-schema.ts'
import { writeWhole } from './storage/output-file.ts'

/** A second of one core: documents of dedup; tokens of the pools for shuffle and index, of the run for emit. */
export interface PilotRates {
  readonly dedup: number
  readonly shuffle: number
  readonly emit: number
  readonly index: number
}

/** Text that is built from, in copies of the documents where these are less; of short ones, no more than so many. */
const [TEXT_BYTES, MOST_DOCUMENTS] = [8 << 20, 16_384]
/** Bytes of text for each token that is emitted: about two epochs, as a token of text is about four bytes. */
const BYTES_A_TOKEN = 2
/** Steps whose time is not that of dedup. */
const OTHER_STEPS = new Set(['refine', 'tokenize', 'shuffle', 'emit', 'index', 'account'])

/** Undefined where there is no document. */
export async function measureSteps(
  loaded: LoadedRecipe,
  texts: readonly string[],
): Promise<PilotRates | undefined> {
  const { recipe, directory } = loaded
  const [phase] = recipe.phases
  const bytes = texts.reduce((sum, text) => sum + text.length, 0)
  if (phase === undefined || bytes === 0) return undefined
  const copies = Math.ceil(Math.min(TEXT_BYTES / bytes, MOST_DOCUMENTS / texts.length))
  const folder = await mkdtemp(path.join(tmpdir(), 'millrace-pilot-'))
  try {
    await writeWhole(path.join(folder, 'pilot.jsonl'), linesOf(texts, copies))
    const { sequenceLength, unit, packing } = phase
    const { formats, shardTokens, documents } = recipe.output
    const tokens = Math.ceil((bytes * copies) / BYTES_A_TOKEN)
    const small = await resolveRecipe(
      {
        name: 'pilot',
        tokenizer: recipe.tokenizer,
        sources: {
          pilot: {
            files: [path.join(folder, 'pilot.jsonl')],
            license: 'NOASSERTION',
            acquisition: 'other',
            filters: [],
            maxEpochs: 8,
            onExhausted: 'stop',
            maxRemoval: 1,
          },
        },
        dedup: recipe.dedup.map(asInput),
        stages: [{ name: 'pilot', tokens, mix: { pilot: 1 } }],
        phases: [{ sequenceLength, unit, packing: asInput(packing) }],
        output: { formats, shardTokens, documents },
      },
      { directory },
    )
    return await measure(small, path.join(folder, 'out'), texts.length * copies)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Copies have a number after every fourth word, so that no five words in a row are those of another. */
function linesOf(texts: readonly string[], copies: number): Buffer {
  const lines: string[] = []
  for (let copy = 0; copy < copies; copy++) {
    for (const text of texts) {
      let space = 0
      const own = copy === 0 ? text : text.replaceAll(' ', () => (++space % 4 === 0 ? ` ${copy} ` : ' '))
      lines.push(`${JSON.stringify({ id: lines.length, text: `${copy} ${own}` })}\n`)
    }
  }
  return Buffer.from(lines.join(''))
}

function asInput({ name, settings }: Use): Record<string, unknown> {
  return { [name]: settings }
}

async function measure(loaded: LoadedRecipe, out: string, documents: number): Promise<PilotRates> {
  const seconds: Record<string, number> = {}
  let [pooled, emitted] = [0, 0]
  let step = 'survey'
  let since = process.cpuUsage()
  const next = (name: string): void => {
    const { user, system } = process.cpuUsage(since)
    seconds[step] = (seconds[step] ?? 0) + (user + system) / 1e6
    since = process.cpuUsage()
    step = name
  }
  await build(loaded, {
    out,
    workers: 0,
    onEvent: (event) => {
      if (event.kind === 'step') next(OTHER_STEPS.has(event.step) ? event.step : 'dedup')
    },
    onSchedule: ({ pools, tokens }) => {
      pooled = pools.reduce((sum, pool) => sum + pool.tokens, 0)
      emitted = tokens
    },
  })
  const rate = (amount: number, name: string): number => amount / Math.max(1e-3, seconds[name] ?? 0)
  return {
    dedup: rate(documents, 'dedup'),
    shuffle: rate(pooled, 'shuffle'),
    emit: rate(emitted, 'emit'),
    index: rate(pooled, 'index'),
  }
}
