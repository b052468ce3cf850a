import type { TemplateDefinition } from './define-template.ts'
import * as registered from './registered.ts'

/** All templates by name. */
export const templates: Readonly<Record<string, TemplateDefinition>> = Object.fromEntries(
  Object.values(registered).map((template) => [template.name, template]),
)
