import type { Layout } from '../documents/templates/define-template.ts'
import { templates } from '../documents/templates/index.ts'
import type { Recipe } from '../recipe/schema.ts'

type Source = Pick<Recipe['sources'][string], 'template' | 'loss' | 'tokenized'>

/** How the source's conversations become ids; undefined where its documents are text. */
export function layoutOf(source: Source | undefined): Layout | undefined {
  return source?.template === undefined ? undefined : templates[source.template]?.layout
}

/** Whether the loss counts only some tokens of the source's documents: the answers, where its template or its files tell them. */
export function isMasked(source: Source | undefined): boolean {
  if (source?.tokenized !== undefined) return source.loss === 'answers'
  return layoutOf(source) !== undefined && source?.loss !== 'all'
}
