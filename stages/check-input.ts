import { type Issue, MillraceError } from '../lib/errors.ts'
import type { PhaseInput, PoolInput, ScheduleInput, StageInput } from './types.ts'

/** @throws MillraceError RECIPE_INVALID with every problem of the input as an issue. */
export function checkInput(input: ScheduleInput): void {
  const issues = [
    ...stageIssues(input.stages, new Set(input.pools.map((pool) => pool.name))),
    ...phaseIssues(input.phases),
    ...input.pools.flatMap((pool, index) => poolIssues(pool, input.pools.slice(0, index))),
  ]
  if (issues.length === 0) issues.push(...sumIssues(input))
  const [first] = issues
  if (first === undefined) return
  const { message, ...facts } = first
  const others = issues.length === 1 ? '' : ` (and ${issues.length - 1} more)`
  throw new MillraceError(
    'RECIPE_INVALID',
    `The schedule cannot be made: ${message}${others}`,
    { ...facts, fix: facts.fix ?? 'Correct the settings named in the issues.' },
    { issues },
  )
}

function stageIssues(stages: readonly StageInput[], pools: ReadonlySet<string>): Issue[] {
  if (stages.length === 0) return [missing('stages', 'stage')]
  return stages.flatMap((stage, index) => {
    const key = `stages[${index}]`
    const entries = Object.entries(stage.mix)
    const issues = isCount(stage.tokens) ? [] : [notACount(`${key}.tokens`, stage.tokens)]
    if (entries.length === 0) issues.push(missing(`${key}.mix`, 'pool with its weight'))
    for (const [pool, weight] of entries) {
      if (!(weight > 0 && Number.isFinite(weight))) issues.push(badWeight(`${key}.mix.${pool}`, weight))
      if (!pools.has(pool)) issues.push(unknownPool(`${key}.mix.${pool}`, pool, pools))
    }
    for (const pool of Object.keys(stage.replay?.mix ?? {})) {
      if (!pools.has(pool)) issues.push(unknownPool(`${key}.replay`, pool, pools))
    }
    return [...issues, ...changeIssues(stage, key, stages.slice(0, index))]
  })
}

function changeIssues(
  { transition, replay }: StageInput,
  key: string,
  before: readonly StageInput[],
): Issue[] {
  const issues: Issue[] = []
  if (transition !== undefined && !isCount(transition.tokens)) {
    issues.push(notACount(`${key}.transition.tokens`, transition.tokens))
  }
  if (replay === undefined) return issues
  if (!(replay.share > 0 && replay.share < 1)) {
    const [at, limit] = [`${key}.replay.share`, 'above 0 and below 1']
    issues.push({
      message: `${at} is ${replay.share}`,
      key: at,
      got: replay.share,
      limit,
      fix: `Write a number ${limit}.`,
    })
  }
  if (replay.mix === undefined && !before.some(({ name }) => name === replay.stage)) {
    const at = `${key}.replay.stage`
    const known = before.map(({ name }) => name).join(', ') || '(there is none)'
    const fix = `Name a stage before this one: ${known}.`
    issues.push({
      message: `${at} names ${replay.stage}, which is no stage before this one`,
      key: at,
      got: replay.stage,
      fix,
    })
  }
  return issues
}

function phaseIssues(phases: readonly PhaseInput[]): Issue[] {
  if (phases.length === 0) return [missing('phases', 'phase')]
  return phases.flatMap((phase, index) => {
    const key = `phases[${index}]`
    const issues = isCount(phase.sequenceLength)
      ? []
      : [notACount(`${key}.sequenceLength`, phase.sequenceLength)]
    if (phase.tokens === 'rest') {
      if (index < phases.length - 1) issues.push(restNotLast(`${key}.tokens`))
    } else if (!isCount(phase.tokens)) issues.push(notACount(`${key}.tokens`, phase.tokens))
    return issues
  })
}

function poolIssues(pool: PoolInput, before: readonly PoolInput[]): Issue[] {
  const key = `pools.${pool.name}`
  const issues: Issue[] = []
  if (!(Number.isSafeInteger(pool.tokens) && pool.tokens >= 0)) {
    issues.push({ ...notACount(`${key}.tokens`, pool.tokens), limit: 'an integer from 0 to 2^53 - 1' })
  }
  if (!(pool.maxEpochs > 0 && Number.isFinite(pool.maxEpochs))) issues.push(badEpochs(pool))
  if (pool.maxShare !== undefined && !(pool.maxShare > 0 && pool.maxShare <= 1)) {
    const at = `${settingsOf(pool)}.maxShare`
    const fix = 'Write a number above 0, and 1 at most.'
    issues.push({ message: `${at} is ${pool.maxShare}`, key: at, got: pool.maxShare, limit: '(0, 1]', fix })
  }
  if (before.some((other) => other.name === pool.name)) {
    issues.push({
      message: `two pools are named ${pool.name}`,
      key,
      fix: 'Give every source and tier its own name.',
    })
  }
  return issues
}

function sumIssues({ stages, phases }: ScheduleInput): Issue[] {
  const run = stages.reduce((sum, stage) => sum + stage.tokens, 0)
  if (!Number.isSafeInteger(run))
    return [{ ...notACount('stages', run), message: 'the stages sum to 2^53 tokens or more' }]
  const fixed = phases.reduce((sum, phase) => sum + (phase.tokens === 'rest' ? 0 : phase.tokens), 0)
  const open = phases.at(-1)?.tokens === 'rest'
  if (open ? fixed < run : fixed === run) return []
  const message = open
    ? `the phases before the last use ${fixed} of the stages' ${run} tokens: nothing is left for tokens: rest`
    : `the phases sum to ${fixed} tokens, the stages to ${run}`
  const fix = open
    ? 'Shorten the phases or lengthen the stages.'
    : 'Make both sums equal, or let the last phase say `tokens: rest`.'
  return [{ message, key: 'phases', got: fixed, limit: run, fix }]
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0
}

function missing(key: string, what: string): Issue {
  return { message: `${key} is empty`, key, fix: `Add at least one ${what}.` }
}

function notACount(key: string, got: unknown): Issue {
  const limit = 'an integer from 1 to 2^53 - 1'
  return { message: `${key} is ${String(got)}`, key, got, limit, fix: `Write ${limit}.` }
}

function badWeight(key: string, got: number): Issue {
  const fix = 'Write a weight above 0, or take the pool out of the mix.'
  return { message: `the weight ${key} is ${got}`, key, got, limit: 'above 0', fix }
}

function badEpochs(pool: PoolInput): Issue {
  const key = `${settingsOf(pool)}.maxEpochs`
  return {
    message: `${key} is ${pool.maxEpochs}`,
    key,
    got: pool.maxEpochs,
    limit: 'above 0',
    fix: 'Write a number above 0.',
  }
}

function restNotLast(key: string): Issue {
  const fix = 'Give this phase a number of tokens; only the last one may say `rest`.'
  return { message: `${key} is rest, but the phase is not the last`, key, got: 'rest', fix }
}

function unknownPool(key: string, got: string, pools: ReadonlySet<string>): Issue {
  const fix = `Name one of: ${[...pools].join(', ') || '(the recipe has no pools)'}.`
  return { message: `${key} names the pool ${got}, which does not exist`, key, got, fix }
}

/** Key of the settings that limit a pool: those of its source, `sources.web` for `web.top`, unless it says otherwise. */
export function settingsOf({ name, settings }: Pick<PoolInput, 'name' | 'settings'>): string {
  const dot = name.indexOf('.')
  return settings ?? `sources.${dot < 0 ? name : name.slice(0, dot)}`
}
