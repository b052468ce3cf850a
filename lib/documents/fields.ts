import { MillraceError } from '../errors.ts'
import type { Document } from './document.ts'
import { cleanText, type HygieneEdits } from './hygiene.ts'
import { kindOf, ownPath } from './own-path.ts'
import type { MappingProblem, TemplateDefinition } from './templates/define-template.ts'
import { templates } from './templates/index.ts'

/** Where a record has a document's text, id and url: keys, or paths of keys with dots (`meta.url`). */
export interface FieldMap {
  readonly text?: string | undefined
  readonly id?: string | undefined
  readonly url?: string | undefined
}

export interface MapperSettings {
  readonly fields?: FieldMap | undefined
  /** Name of a registered template, which makes the text; `fields.text` is then not used and must not be given. */
  readonly template?: string | undefined
}

export interface Mapped {
  readonly document: Document
  /** The document before its text was cleaned. */
  readonly raw: Document
  readonly edits: HygieneEdits
}

/** A pure function of one record's value. It never throws. */
export type Mapper = (value: unknown) => Mapped | MappingProblem

const MAX_KEYS_SHOWN = 8

/**
 * Makes the function that turns records into documents. Unless mapped, text, id and url are the keys `text`, `id` and
 * `url`. Ids and urls may be strings or numbers, which become strings; null counts as absent. One of another type is a
 * problem where it is mapped, and counts as absent where only the default key has it.
 *
 * Throws RECIPE_INVALID for a template that is not registered, or together with `fields.text`.
 */
export function createMapper({ fields = {}, template }: MapperSettings): Mapper {
  const textOf = template === undefined ? textAt(fields.text ?? 'text') : templateText(template, fields)
  const id = labelAt('id', fields.id)
  const url = labelAt('url', fields.url)
  return (value) => {
    if (typeof value !== 'object' || value === null) {
      return { reason: 'wrong-type', detail: `the record is ${kindOf(value)}, not an object` }
    }
    const text = textOf(value)
    if (typeof text !== 'string') return text
    const ownId = id(value)
    if (typeof ownId === 'object') return ownId
    const ownUrl = url(value)
    if (typeof ownUrl === 'object') return ownUrl
    const raw = { text, id: ownId, url: ownUrl }
    const clean = cleanText(text)
    return { document: clean.text === text ? raw : { ...raw, text: clean.text }, raw, edits: clean.edits }
  }
}

function textAt(path: string): (record: object) => string | MappingProblem {
  return (record) => {
    const text = ownPath(record, path)
    if (typeof text === 'string') return text
    if (text !== undefined && text !== null) {
      return { reason: 'wrong-type', detail: `${path} is ${kindOf(text)}, not a string` }
    }
    return { reason: 'missing-text', detail: `there is no ${path}; the record has ${keysOf(record)}` }
  }
}

function templateText(name: string, fields: FieldMap): TemplateDefinition['render'] {
  const template = Object.hasOwn(templates, name) ? templates[name] : undefined
  if (template === undefined) {
    const fix = `Name one of these templates: ${Object.keys(templates).join(', ')}.`
    throw new MillraceError('RECIPE_INVALID', `there is no template ${JSON.stringify(name)}`, {
      key: 'template',
      got: name,
      fix,
    })
  }
  if (fields.text !== undefined) {
    const fix = 'Give fields.text or template, not both.'
    const message = `the template ${name} makes the text, so that fields.text would not be used`
    throw new MillraceError('RECIPE_INVALID', message, { key: 'fields.text', got: fields.text, fix })
  }
  return template.render
}

function labelAt(
  field: 'id' | 'url',
  path: string | undefined,
): (record: object) => string | undefined | MappingProblem {
  return (record) => {
    const label = ownPath(record, path ?? field)
    if (typeof label === 'string') return label
    if (typeof label === 'number') return String(label)
    if (label === undefined || label === null || path === undefined) return undefined
    return { reason: 'wrong-type', detail: `${path} is ${kindOf(label)}, not a string or a number` }
  }
}

/** Names the keys of a record, so that a mistaken mapping shows its way out. */
function keysOf(record: object): string {
  const keys = Object.keys(record)
  if (keys.length === 0) return 'no keys'
  const shown = keys.slice(0, MAX_KEYS_SHOWN).map((key) => JSON.stringify(key.slice(0, 40)))
  return `${shown.join(', ')}${keys.length > shown.length ? ` and ${keys.length - shown.length} more` : ''}`
}
