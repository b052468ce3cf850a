/** What a person reads of deduplication: how much went of each source, and how large the components are. */
import type { Clusters } from '../build/clusters.ts'
import type { Ledger } from '../ledger.ts'
import { formatCount, formatItems, formatShare, renderTable } from './text.ts'

/** Share that each source lost, and the components; nothing where nothing was compared. */
export function renderDedup({ documents }: Ledger, clusters: readonly Clusters[]): string[] {
  if (clusters.length === 0) return []
  const rows = Object.entries(documents).flatMap(([source, { fates }]) => {
    const all = Object.entries(fates)
    const came = sum(all.filter(([fate]) => isLater(fate)))
    const went = sum(all.filter(([fate]) => fate.startsWith('duplicate/')))
    if (came === 0) return []
    return [[source, formatCount(came), formatCount(went), formatShare(went / came)]]
  })
  const columns = ['documents', 'removed', 'share'].map((heading) => ({ heading, align: 'right' as const }))
  return [
    '',
    'Deduplication',
    renderTable([{ heading: 'source' }, ...columns], rows),
    ...renderClusters(clusters),
  ]
}

export function renderClusters(clusters: readonly Clusters[]): string[] {
  const columns = ['components', 'documents', 'removed'].map((heading) => ({
    heading,
    align: 'right' as const,
  }))
  return clusters.flatMap(({ methods, sizes, largest }) => {
    const rows = sizes.flatMap(({ components, documents, removed }, place) =>
      components === 0
        ? []
        : [[sizeOf(place), formatCount(components), formatCount(documents), formatCount(removed)]],
    )
    const listed = largest.map(({ documents, removed, uid }) => {
      return `  ${formatItems(documents, 'document')}, of which ${formatCount(removed)} went; with ${uid}`
    })
    return [
      '',
      `Documents that share keys of ${methods.join(', ')}, by the size of their component`,
      renderTable([{ heading: 'size', align: 'right' }, ...columns], rows),
      ...(listed.length === 0 ? [] : ['Largest components', ...listed]),
    ]
  })
}

/** `1`, `2`, `3–4`, `5–8`, …. */
function sizeOf(place: number): string {
  const [least, most] = [2 ** (place - 1) + 1, 2 ** place]
  return place < 2 ? formatCount(most) : `${formatCount(least)}–${formatCount(most)}`
}

/** Fates of documents that came to dedup: refining gave the others. */
function isLater(fate: string): boolean {
  return /^(duplicate\/|contaminated\/|held-out$|emitted$|not-reached$|dropped\/empty$)/.test(fate)
}

function sum(fates: readonly [string, number][]): number {
  return fates.reduce((total, [, count]) => total + count, 0)
}
