/** What a person reads of a build: the counted pools' schedule, and the tables after. Plain data in, text out. */

import { usage } from '../../stages/feasibility.ts'
import type { Schedule } from '../../stages/schedule.ts'
import type { Manifest } from '../build/manifest.ts'
import type { Ledger } from '../ledger.ts'
import { formatCount, formatShare, renderTable } from './text.ts'

/** The plan over counted pools: tokens and epochs by segment and pool. */
export function renderSchedule(schedule: Schedule): string {
  const rows = usage(schedule).map((row) => {
    const segment = schedule.segments[row.segment]
    return [
      segment?.stageName ?? '',
      String(segment?.sequenceLength ?? ''),
      row.pool,
      formatShare(segment?.shares[row.pool] ?? 0),
      formatCount(row.asked),
      `${row.epochStart.toFixed(3)} – ${row.epochEnd.toFixed(3)}`,
    ]
  })
  return renderTable(
    [
      { heading: 'stage' },
      { heading: 'sequence', align: 'right' },
      { heading: 'pool' },
      { heading: 'share', align: 'right' },
      { heading: 'tokens', align: 'right' },
      { heading: 'epochs of the pool', align: 'right' },
    ],
    rows,
  )
}

/** The finished build: documents by fate, tokens by segment and pool, packing by segment. */
export function renderLedger(ledger: Ledger): string {
  return [
    'Documents by fate',
    renderFates(ledger),
    ...(Object.keys(ledger.benchmarks).length === 0 ? [] : ['', 'Benchmarks', renderBenchmarks(ledger)]),
    '',
    'Tokens by stage and source',
    renderMix(ledger),
    '',
    'Packing',
    renderPacking(ledger),
    ...renderCuts(ledger),
  ].join('\n')
}

/** What the tokenizer made of each source's text; nothing where no source is text. */
export function renderTokenized(tokenized: Manifest['tokenized']): string[] {
  const rows = Object.entries(tokenized).map(([source, { bytes, tokens }]) => [
    source,
    formatCount(bytes),
    formatCount(tokens),
    (tokens / bytes).toFixed(4),
    (bytes / tokens).toFixed(2),
  ])
  if (rows.length === 0) return []
  const columns = ['UTF-8 bytes', 'tokens', 'tokens a byte', 'bytes a token'].map((heading) => ({
    heading,
    align: 'right' as const,
  }))
  return ['', 'Text of each source, tokenized', renderTable([{ heading: 'source' }, ...columns], rows)]
}

function renderFates({ documents }: Ledger): string {
  const rows = Object.entries(documents).flatMap(([source, { records, fates, edits, tags }]) => [
    [source, 'records', formatCount(records), ''],
    ...Object.entries(fates)
      .toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
      .map(([fate, count]) => ['', fate, formatCount(count), formatShare(count / records)]),
    ...Object.entries(edits).map(([edit, count]) => {
      return ['', `(edited by ${edit})`, formatCount(count), formatShare(count / records)]
    }),
    ...Object.entries(tags).map(([tag, count]) => {
      return ['', `(tagged ${tag})`, formatCount(count), formatShare(count / records)]
    }),
  ])
  return renderTable(
    [
      { heading: 'source' },
      { heading: 'fate' },
      { heading: 'documents', align: 'right' },
      { heading: 'share', align: 'right' },
    ],
    rows,
  )
}

function renderBenchmarks({ benchmarks }: Ledger): string {
  const rows = Object.entries(benchmarks).map(([name, { items, uncheckable, found, documents, tokens }]) => [
    name,
    formatCount(items),
    formatCount(uncheckable),
    formatCount(found),
    formatShare(items === 0 ? 0 : found / items),
    formatCount(documents),
    formatCount(tokens),
  ])
  return renderTable(
    [
      { heading: 'benchmark' },
      { heading: 'items', align: 'right' },
      { heading: 'uncheckable', align: 'right' },
      { heading: 'found', align: 'right' },
      { heading: 'share', align: 'right' },
      { heading: 'documents', align: 'right' },
      { heading: 'tokens removed', align: 'right' },
    ],
    rows,
  )
}

function renderMix({ segments }: Ledger): string {
  const masked = segments.some(({ pools }) =>
    Object.values(pools).some((pool) => pool.learned !== pool.emitted),
  )
  const rows = segments.flatMap(({ stage, sequenceLength, pools }) => {
    const total = Object.values(pools).reduce((sum, { emitted }) => sum + emitted, 0)
    return Object.entries(pools).map(([pool, { share, asked, emitted, learned, documents }], at) => [
      at === 0 ? stage : '',
      at === 0 ? String(sequenceLength) : '',
      pool,
      formatCount(asked),
      formatCount(emitted),
      formatShare(share),
      formatShare(total === 0 ? 0 : emitted / total),
      formatCount(documents),
      ...(masked ? [formatCount(learned)] : []),
    ])
  })
  return renderTable(
    [
      { heading: 'stage' },
      { heading: 'sequence', align: 'right' },
      { heading: 'source' },
      { heading: 'asked', align: 'right' },
      { heading: 'realised', align: 'right' },
      { heading: 'asked %', align: 'right' },
      { heading: 'realised %', align: 'right' },
      { heading: 'documents', align: 'right' },
      ...(masked ? [{ heading: 'learned', align: 'right' as const }] : []),
    ],
    rows,
  )
}

function renderPacking({ segments }: Ledger): string {
  const rows = segments.flatMap(({ stage, sequenceLength, formats }) =>
    Object.entries(formats).map(([format, { items, tokens, padding, truncated, roundedOff, tail }]) => [
      stage,
      String(sequenceLength),
      format,
      formatCount(items),
      formatCount(tokens),
      formatCount(padding),
      formatShare(tokens + padding === 0 ? 1 : tokens / (tokens + padding)),
      formatCount(truncated),
      formatCount(roundedOff),
      formatCount(tail),
    ]),
  )
  return renderTable(
    [
      { heading: 'stage' },
      { heading: 'sequence', align: 'right' },
      { heading: 'format' },
      { heading: 'items', align: 'right' },
      { heading: 'tokens', align: 'right' },
      { heading: 'padding', align: 'right' },
      { heading: 'efficiency', align: 'right' },
      { heading: 'truncated', align: 'right' },
      { heading: 'rounded off', align: 'right' },
      { heading: 'tail', align: 'right' },
    ],
    rows,
  )
}

/** What packing did to the documents; nothing without a sequence format. */
function renderCuts({ segments }: Ledger): string[] {
  const rows = segments.flatMap(({ stage, sequenceLength, packing }) =>
    packing === undefined
      ? []
      : [
          [
            stage,
            String(sequenceLength),
            formatCount(packing.cutNeeded),
            formatCount(packing.cutNeedless),
            formatCount(packing.fragments),
            formatCount(packing.truncated),
            packing.documentsPerSequence.toFixed(2),
            packing.meanUsableContext.toFixed(1),
          ],
        ],
  )
  if (rows.length === 0) return []
  const columns = [
    'cut: too long',
    'cut: would fit',
    'pieces of them',
    'truncated',
    'pieces a sequence',
    'usable context',
  ].map((heading) => ({ heading, align: 'right' as const }))
  const table = renderTable([{ heading: 'stage' }, { heading: 'sequence', align: 'right' }, ...columns], rows)
  return ['', 'Documents in sequences', table]
}
