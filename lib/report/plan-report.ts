/** What a person reads of a plan. Plain data in, text out. */
import type { OutlineSegment } from '../../stages/outline.ts'
import type { PoolEstimate } from '../build/plan.ts'
import type { Pilot } from '../pilot.ts'
import type { Plan } from '../plan.ts'
import { DEFAULT_RATES, type PlannedStep, type Range } from '../plan-steps.ts'
import { formatQuantity } from '../recipe/quantity.ts'
import { renderMixBars } from './mix-picture.ts'
import { formatBytes, formatCount, formatDuration, formatItems, formatShare, renderTable } from './text.ts'

/** The plan ahead of the data: the mix over the run, what each segment takes of each pool, sizes, and what to mind. */
export function renderPlan(plan: Plan): string {
  const { name, tokens, segments, pools, disk, pilot } = plan
  const space = `${formatBytes(disk.shards)} of shards in ${formatItems(disk.shardFiles, 'file')}, about ${formatBytes(disk.intermediates)} of intermediate files`
  return [
    `${name}: ${formatItems(tokens, 'token')} in ${formatItems(segments.length, 'segment')}`,
    renderMixBars(plan),
    renderSegments(segments),
    renderPools(plan, pools),
    ...(pilot === undefined ? [] : [renderPilot(pilot)]),
    `Disk: ${space}. Steps and shards count real tokens; padding comes on top.`,
    renderSteps(plan.steps),
    ...renderRemarks(plan),
  ].join('\n\n')
}

function renderSegments(segments: readonly OutlineSegment[]): string {
  const rows = segments.flatMap(({ stage, sequenceLength, packing, steps, pools }) =>
    pools.map(({ pool, weight, share, tokens, unique, epochs }, at) => [
      at === 0 ? stage : '',
      at === 0 ? String(sequenceLength) : '',
      at === 0 ? packing : '',
      at === 0 && steps !== undefined ? formatCount(steps.count) : '',
      at === 0 && steps !== undefined ? formatCount(steps.leftoverTokens) : '',
      pool,
      weight === null ? '' : String(weight),
      formatShare(share),
      formatCount(tokens),
      formatCount(unique),
      epochs.map((epoch) => (Number.isFinite(epoch) ? epoch.toFixed(3) : '?')).join(' – '),
    ]),
  )
  return renderTable(
    [
      { heading: 'stage' },
      { heading: 'sequence', align: 'right' },
      { heading: 'packing' },
      { heading: 'steps', align: 'right' },
      { heading: 'rounded off', align: 'right' },
      { heading: 'pool' },
      { heading: 'weight', align: 'right' },
      { heading: 'share', align: 'right' },
      { heading: 'tokens', align: 'right' },
      { heading: 'unique', align: 'right' },
      { heading: 'epochs of the pool', align: 'right' },
    ],
    rows,
  )
}

function renderPools({ segments, pilot }: Plan, pools: readonly PoolEstimate[]): string {
  const asked = (name: string): number =>
    segments.reduce((sum, segment) => sum + (segment.pools.find(({ pool }) => pool === name)?.tokens ?? 0), 0)
  const isHeldOut = pools.some(({ heldOut }) => heldOut > 0)
  const rows = pools.map(({ name, tokens, heldOut, basis, maxEpochs }) => {
    const range = pilot?.pools[name]
    const between =
      basis === 'pilot' && range ? ` (${formatCount(range.low)} – ${formatCount(range.high)})` : ''
    const size = `${basis === 'declared' || basis === 'token files' ? '' : '~'}${formatCount(tokens + heldOut)}${between}`
    const held = isHeldOut ? [formatCount(heldOut)] : []
    return [name, formatCount(asked(name)), size, ...held, basis, String(maxEpochs)]
  })
  return renderTable(
    [
      { heading: 'pool' },
      { heading: 'asked', align: 'right' },
      { heading: pilot === undefined ? 'before filters' : 'before dedup', align: 'right' },
      ...(isHeldOut ? [{ heading: 'held out', align: 'right' as const }] : []),
      { heading: 'from' },
      { heading: 'max epochs', align: 'right' },
    ],
    rows,
  )
}

function renderPilot({ sources }: Pilot): string {
  const rows = Object.entries(sources).map(([name, { sampled, kept, records, seconds }]) => [
    name,
    formatCount(sampled),
    formatShare(sampled === 0 ? 0 : kept / sampled),
    `~${formatCount(records)}`,
    formatDuration(seconds.refine),
    formatDuration(seconds.tokenize),
  ])
  return renderTable(
    [
      { heading: 'pilot' },
      { heading: 'records run', align: 'right' },
      { heading: 'kept', align: 'right' },
      { heading: 'records in all', align: 'right' },
      { heading: 'refine, one core', align: 'right' },
      { heading: 'tokenize, one core', align: 'right' },
    ],
    rows,
  )
}

/** What each step leaves and takes; the rates behind it, where the benches' stand for measured ones. */
function renderSteps(steps: readonly PlannedStep[]): string {
  const rows = steps.map(({ step, bytes, files, seconds, rate }) => [
    step,
    renderRange(bytes, formatBytes),
    renderRange(files, formatCount),
    renderRange(seconds, formatDuration),
    rate,
  ])
  const defaults = Object.entries(DEFAULT_RATES).map(([name, { perSecond, of, bench }]) => {
    const speed =
      of === 'documents' ? formatItems(perSecond, 'document') : `${formatBytes(perSecond)} of ${of}`
    return `${name} ${speed} (bench ${bench})`
  })
  const table = renderTable(
    [
      { heading: 'step' },
      { heading: 'disk', align: 'right' },
      { heading: 'files', align: 'right' },
      { heading: 'time, one core', align: 'right' },
      { heading: 'rate from' },
    ],
    rows,
  )
  return `${table}\nDefault rates, a second of one core: ${defaults.join('; ')}. Times by these reach from half to twice.`
}

function renderRange([low, high]: Range, format: (value: number) => string): string {
  const [from, to] = [format(low), format(high)]
  return from === to ? from : `${from} – ${to}`
}

function renderRemarks({ shortfalls, warnings }: Plan): string[] {
  const remarks = [
    ...shortfalls.map(({ pool, asked, available, runTokens }) => {
      const more = `${pool} may fall short: ${formatCount(asked)} asked, ~${formatCount(available)} available`
      const fix = `A build that counts so few ends before it emits: raise maxEpochs, set onExhausted, or end the run at ${formatQuantity(runTokens)}.`
      return `! ${more}\n  → ${fix}`
    }),
    ...warnings.map(
      ({ message, fix, source }) => `! ${message}${source === undefined ? '' : ` (${source})`}\n  → ${fix}`,
    ),
  ]
  return remarks.length === 0 ? [] : [remarks.join('\n')]
}
