/** How large the components of dedup are: what a person looks at to see whether a method takes too much. */

/** Components of [2^(place - 1) + 1, 2^place] documents: 1, 2, 3–4, 5–8, …. */
export interface SizeClass {
  readonly components: number
  readonly documents: number
  /** Of them, those that went. */
  readonly removed: number
}

export interface LargeComponent {
  /** Of the build; those of a finished corpus are not counted. */
  readonly documents: number
  readonly removed: number
  /** Uid (hex) of its first document by priority, which is kept. */
  readonly uid: string
}

export interface Clusters {
  /** Methods that joined the documents. */
  readonly methods: readonly string[]
  /** By size, as {@link SizeClass} says, up to the largest one there is. */
  readonly sizes: readonly SizeClass[]
  /** The largest components of several documents, the largest first. */
  readonly largest: readonly LargeComponent[]
}

/** Components that are listed one by one. */
const MOST_LISTED = 10

/** Counts components, and lists the largest ones. */
export interface ClusterTally {
  add(component: LargeComponent): void
  result(): Omit<Clusters, 'methods'>
}

export function createClusterTally(): ClusterTally {
  const sizes: (SizeClass | undefined)[] = []
  let largest: LargeComponent[] = []
  return {
    add(component) {
      addTo(sizes, Math.ceil(Math.log2(component.documents)), { components: 1, ...component })
      if (component.documents < 2) return
      const least = largest.at(-1)
      if (largest.length === MOST_LISTED && least !== undefined && compare(component, least) > 0) return
      largest = [...largest, component].toSorted(compare).slice(0, MOST_LISTED)
    },
    result: () => ({ sizes: Array.from(sizes, (size) => size ?? NONE), largest }),
  }
}

/** The components of several units, and documents that are alone. */
export function mergeClusters(
  all: readonly Omit<Clusters, 'methods'>[],
  alone: number,
): Omit<Clusters, 'methods'> {
  const sizes: (SizeClass | undefined)[] = []
  addTo(sizes, 0, { components: alone, documents: alone, removed: 0 })
  for (const each of all) for (const [place, size] of each.sizes.entries()) addTo(sizes, place, size)
  const largest = all.flatMap((each) => each.largest).toSorted(compare)
  return { sizes: Array.from(sizes, (size) => size ?? NONE), largest: largest.slice(0, MOST_LISTED) }
}

const NONE: SizeClass = { components: 0, documents: 0, removed: 0 }

function addTo(sizes: (SizeClass | undefined)[], place: number, more: SizeClass): void {
  const { components, documents, removed } = sizes[place] ?? NONE
  sizes[place] = {
    components: components + more.components,
    documents: documents + more.documents,
    removed: removed + more.removed,
  }
}

/** Larger ones first; the uid makes the order one of the content alone. */
function compare(a: LargeComponent, b: LargeComponent): number {
  return b.documents - a.documents || (a.uid < b.uid ? -1 : 1)
}
