/** What a person reads of the difference between a build and a recipe. Plain data in, text out. */
import type { ChangedSetting, PlanDiff } from '../plan-diff.ts'
import { formatCount, renderTable } from './text.ts'

export function renderPlanDiff(diff: PlanDiff): string {
  const { folder, settings, inputs, steps, unchanged, knownTo, refused } = diff
  if (unchanged) return `${folder}: nothing would run again.`
  const changes = [
    ...settings.map(renderSetting),
    ...inputs.map(({ change, source, file }) => `${file} (${source}) ${change}`),
  ]
  const rows = steps.map(({ step, keep, run, added, mayRun, gone, why }) => [
    step,
    formatCount(keep),
    formatCount(run) + (added === 0 ? '' : ` (${formatCount(added)} new)`),
    formatCount(mayRun),
    formatCount(gone),
    why.join(', '),
  ])
  const table = renderTable(
    [
      { heading: 'step' },
      { heading: 'stay', align: 'right' },
      { heading: 'run', align: 'right' },
      { heading: 'may run', align: 'right' },
      { heading: 'go', align: 'right' },
      { heading: 'because of' },
    ],
    rows,
  )
  const notes = [
    ...(steps.some(({ mayRun }) => mayRun > 0)
      ? ['"may run" are at most so many: a unit runs if a step before gives it other content than it gave.']
      : []),
    ...(knownTo === undefined || refused !== undefined
      ? []
      : [`Units after ${knownTo} depend on what it gives; they are counted as they were recorded.`]),
    ...(steps.some(({ added }) => added > 0)
      ? ['What new units give to later steps is not known before they ran, and not counted.']
      : []),
    ...(refused === undefined
      ? []
      : [`! If the pools hold what they held, the build is refused: ${refused.message}\n  → ${refused.fix}`]),
  ]
  return [
    `${folder}, beside the recipe:`,
    ...(changes.length === 0 ? [] : [changes.map((change) => `  ${change}`).join('\n')]),
    table,
    ...(notes.length === 0 ? [] : [notes.join('\n')]),
  ].join('\n\n')
}

function renderSetting({ key, before, after }: ChangedSetting): string {
  return `${key}: ${renderValue(before)} → ${renderValue(after)}`
}

/** Characters of a value that are shown. */
const SHOWN = 60

function renderValue(value: unknown): string {
  const text = value === undefined ? '(not set)' : JSON.stringify(value)
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text
}
