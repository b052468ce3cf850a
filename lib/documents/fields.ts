import { MillraceError } from '../errors.ts'
import { createCleaner } from './clean-document.ts'
import type { ConversationDefinition, MappingProblem } from './conversations/define-conversation.ts'
import { conversationOf, conversations } from './conversations/index.ts'
import type { Document } from './document.ts'
import { defaultHygiene, type HygieneEdits, type HygieneSettings } from './hygiene.ts'
import { OPT_OUT_KEYS, type OptOutPaths, optOutOf, optOutPlaces } from './opt-out.ts'
import { kindOf, ownPath } from './own-path.ts'
import type { Rendered, TemplateDefinition } from './templates/define-template.ts'
import { templates } from './templates/index.ts'

/** Where a record has a document's text, id and url: keys, or paths of keys with dots (`meta.url`). */
export interface FieldMap extends OptOutPaths {
  readonly text?: string | undefined
  readonly id?: string | undefined
  readonly url?: string | undefined
}

export interface MapperSettings {
  readonly fields?: FieldMap | undefined
  /** Name of a registered template, which makes the text; `fields.text` is then not used and must not be given. */
  readonly template?: string | undefined
  /** Name of a registered conversation: the shape of the template's records. Unless given, each record's keys tell. */
  readonly messages?: string | undefined
  readonly hygiene?: HygieneSettings | undefined
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

/** A record's text, and the key of its id where the shape has another one than `id`. */
type TextOf = (record: object) => (Rendered & { readonly id?: string | undefined }) | MappingProblem

/**
 * Makes the function that turns records into documents. Unless mapped, text, id and url are the keys `text`, `id` and
 * `url`. Ids and urls may be strings or numbers, which become strings; null counts as absent. One of another type is a
 * problem where it is mapped, and counts as absent where only the default key has it.
 *
 * Throws RECIPE_INVALID for a template or conversation that is not registered, for a template together with
 * `fields.text`, and for `messages` without a template.
 */
export function createMapper({
  fields = {},
  template,
  messages,
  hygiene = defaultHygiene,
}: MapperSettings): Mapper {
  const textOf =
    template === undefined
      ? textAt(fields.text ?? 'text', messages)
      : templateText(registered('template', templates, template), fields, messages)
  const clean = createCleaner(hygiene)
  return (value) => {
    if (typeof value !== 'object' || value === null) {
      return { reason: 'wrong-type', detail: `the record is ${kindOf(value)}, not an object` }
    }
    const made = textOf(value)
    if ('reason' in made) return made
    const id = labelAt(value, fields.id, made.id ?? 'id')
    if (typeof id === 'object') return id
    const url = labelAt(value, fields.url, 'url')
    if (typeof url === 'object') return url
    const optOut = optOutOf(value, fields)
    const raw = {
      text: made.text,
      id,
      url,
      ...(optOut !== undefined && { optOut }),
      ...(made.turns !== undefined && { turns: made.turns }),
    }
    const cleaned = clean(raw)
    return 'reason' in cleaned ? cleaned : { raw, ...cleaned }
  }
}

/** The keys of a record at its top that a mapper with these settings looks at; undefined where it may be any. */
export function columnsOf({ fields = {}, template }: MapperSettings): ReadonlySet<string> | undefined {
  if (template !== undefined) return undefined
  const keys = ['text', 'id', 'url'] as const
  const paths = [
    ...keys.map((key) => fields[key] ?? key),
    ...OPT_OUT_KEYS.flatMap((key) => optOutPlaces(key, fields)),
  ]
  // A path may be a key that has dots itself.
  return new Set(paths.flatMap((path) => [path, path.split('.', 1)[0] ?? path]))
}

function textAt(path: string, messages: string | undefined): TextOf {
  if (messages !== undefined) {
    const fix = 'Add a template, e.g. plain, which lays the messages out as text.'
    const message = 'messages are read only for a template'
    throw new MillraceError('RECIPE_INVALID', message, { key: 'messages', got: messages, fix })
  }
  return (record) => {
    const text = ownPath(record, path)
    if (typeof text === 'string') return { text }
    if (text !== undefined && text !== null) {
      return { reason: 'wrong-type', detail: `${path} is ${kindOf(text)}, not a string` }
    }
    return { reason: 'missing-text', detail: `there is no ${path}; the record has ${keysOf(record)}` }
  }
}

function templateText(
  { name, render }: TemplateDefinition,
  fields: FieldMap,
  messages: string | undefined,
): TextOf {
  if (fields.text !== undefined) {
    const fix = 'Give fields.text or template, not both.'
    const message = `the template ${name} makes the text, so that fields.text would not be used`
    throw new MillraceError('RECIPE_INVALID', message, { key: 'fields.text', got: fields.text, fix })
  }
  const declared = messages === undefined ? undefined : registered('messages', conversations, messages)
  return (record) => {
    const conversation: ConversationDefinition | undefined = declared ?? conversationOf(record)
    if (conversation === undefined) {
      const detail = `no known conversation has these keys; name one by \`messages\`; the record has ${keysOf(record)}`
      return { reason: 'wrong-shape', detail }
    }
    const turns = conversation.read(record)
    if (!Array.isArray(turns)) return turns
    const rendered = render(turns)
    return 'reason' in rendered ? rendered : { ...rendered, id: conversation.id }
  }
}

function registered<T>(key: 'template' | 'messages', registry: Readonly<Record<string, T>>, name: string): T {
  const found = Object.hasOwn(registry, name) ? registry[name] : undefined
  if (found !== undefined) return found
  const what = key === 'template' ? 'template' : 'shape of messages'
  const fix = `Name one of these: ${Object.keys(registry).join(', ')}.`
  throw new MillraceError('RECIPE_INVALID', `there is no ${what} ${JSON.stringify(name)}`, {
    key,
    got: name,
    fix,
  })
}

function labelAt(
  record: object,
  mapped: string | undefined,
  key: string,
): string | undefined | MappingProblem {
  const label = ownPath(record, mapped ?? key)
  if (typeof label === 'string') return label
  if (typeof label === 'number') return String(label)
  if (label === undefined || label === null || mapped === undefined) return undefined
  return { reason: 'wrong-type', detail: `${mapped} is ${kindOf(label)}, not a string or a number` }
}

/** Names the keys of a record, so that a mistaken mapping shows its way out. */
function keysOf(record: object): string {
  const keys = Object.keys(record)
  if (keys.length === 0) return 'no keys'
  const shown = keys.slice(0, MAX_KEYS_SHOWN).map((key) => JSON.stringify(key.slice(0, 40)))
  return `${shown.join(', ')}${keys.length > shown.length ? ` and ${keys.length - shown.length} more` : ''}`
}
