import { z } from 'zod'
import type { Document } from '../lib/documents/document.ts'
import { editText, type TextEdit } from '../lib/documents/text-edits.ts'

/** A recorded value of a filter: what it measured, whether or not it decided by it. */
export type Value = number | string

/** What a filter says of one document. */
export interface Verdict {
  readonly keep: boolean
  /** One of the filter's `reasons`; null when kept. */
  readonly reason: string | null
  /** What was measured against `threshold`; null when kept. */
  readonly value: Value | null
  readonly threshold: Value | null
  /** Recorded values by name, as declared in `values`. A value that could not be measured is left out. */
  readonly values: Readonly<Record<string, Value>>
  /** The text after this filter's edits, where it edits and changed something. */
  readonly text?: string
  /** What was edited, in order and without overlaps, of filters that declare `edits: 'spans'`. */
  readonly edits?: readonly TextEdit[]
}

export function keep(values: Verdict['values'] = {}, text?: string): Verdict {
  const verdict = { keep: true, reason: null, value: null, threshold: null, values }
  return text === undefined ? verdict : { ...verdict, text }
}

/** Keeps a document with these edits of its text: in order, without overlaps. */
export function keepEdited(values: Verdict['values'], text: string, edits: readonly TextEdit[]): Verdict {
  return edits.length === 0 ? keep(values) : { ...keep(values, editText(text, edits)), edits }
}

export function drop(
  reason: string,
  value: Value | null,
  threshold: Value | null,
  values: Verdict['values'] = {},
): Verdict {
  return { keep: false, reason, value, threshold, values }
}

/** What the filters before this one recorded of the document, by filter and value. */
export type EarlierValues = Readonly<Record<string, Verdict['values']>>

export type FilterFunction = (document: Document, earlier?: EarlierValues) => Verdict

/**
 * What is recorded of a document: `first`, values up to the rule that drops it, so that nothing needs to be computed for
 * the rules after it; `all`, the values of every rule.
 */
export type Recording = 'first' | 'all'

/**
 * A rule that compares a recorded number with a setting. It holds while the value is in [`min`, `max`], or in (`min`,
 * `max`) where `exclusive`; null switches it off, 0 does not; a value that was not measured passes.
 */
export interface Rule {
  /** Name of the recorded value. */
  readonly value: string
  readonly min?: number | null
  readonly max?: number | null
  readonly exclusive?: boolean
  /** Documents that the rule is not for, by their recorded values. */
  readonly unless?: (values: Verdict['values']) => boolean
  /** The reason that it gives; null where the reason depends on the document. */
  readonly reason: string | null
  /** The setting that the limit is. */
  readonly setting: string
}

/**
 * A filter: one rule family over one document. `create` gives a pure, synchronous function that is total (any text,
 * the empty one too, gives a verdict; it never throws) and linear in the text's length.
 */
export interface FilterDefinition<Settings extends z.ZodType = z.ZodType, Tables = unknown> {
  /** Name in recipes and on the command line, kebab-case. */
  readonly name: string
  /** One sentence for `--help`: what it drops, and whose rule it is. */
  readonly summary: string
  /** Raised when the same settings would give another verdict than before: what was computed with an older one runs again. */
  readonly revision: number
  /** A `z.strictObject` whose every key has a default and a `.describe()` with the unit and whether the limit is inclusive. */
  readonly settings: Settings
  /**
   * Settings that are paths of files (`tokenizer.model`: one within a setting): a relative one is relative to the recipe,
   * and the file's content is part of what a verdict depends on.
   */
  readonly paths?: readonly string[]
  /** What else a verdict depends on, beside settings, files and Unicode: revisions of what the filter is made of. */
  readonly dependsOn?: (settings: z.output<Settings>) => unknown
  /** Every reason that this filter can give. */
  readonly reasons: readonly string[]
  /** Names and types of the recorded values. One with a full stop (`found.email`) is shown in a group (`found: {email}`). */
  readonly values: Readonly<Record<string, 'number' | 'string'>>
  /** Whether the verdict, at these settings, may depend on the runtime's Unicode tables, whose version then enters the unit's key. */
  readonly unicode: boolean | ((settings: z.output<Settings>) => boolean)
  /**
   * Whether it may edit the text: `spans` says what it edited (`keepEdited`), `text` gives a whole new one. Only the first
   * is for conversations laid out by a template, whose turns have places in the text.
   */
  readonly edits?: 'spans' | 'text' | ((settings: z.output<Settings>) => 'spans' | undefined)
  /**
   * Reads what the filter needs (a model, lists), once a process, on the main thread. What it returns goes to every
   * worker by structured clone: keep large arrays in SharedArrayBuffers, so that they exist once.
   */
  readonly load?: (settings: z.output<Settings>) => Promise<Tables>
  /** Recorded values of earlier filters that it needs, as `filter.value`, with their types: a recipe without them is refused. */
  readonly reads?: (
    settings: z.output<Settings>,
    tables: Tables,
  ) => Readonly<Record<string, 'number' | 'string'>>
  /**
   * The rules that are thresholds over recorded values, in the order in which they are looked at: those that
   * `filter --what-if` decides again. Other settings than theirs may change what is measured.
   */
  readonly rules?: (settings: z.output<Settings>) => readonly Rule[]
  /** Without `recording`: all. */
  readonly create: (settings: z.output<Settings>, tables: Tables, recording?: Recording) => FilterFunction
}

/** The recorded value of documents that a filter would have dropped, and was told to tag: the reason. */
export const TAG = 'tag'
/** Where all is recorded: why a filter would have dropped a document that an earlier one dropped. */
export const REASON = 'reason'

const action = z
  .enum(['drop', 'tag'])
  .default('drop')
  .describe('What becomes of a document that fails: drop it, or keep it and record the reason as `tag`.')

const as = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,63}$/, 'is not a name of small letters, digits and hyphens')
  .optional()
  .describe(
    'Name under which this use records its values and drops documents, for a filter that a source has twice; unless given, the name of the filter.',
  )

/**
 * Declares a filter; add one line to `registered.ts` and it is in recipes, help, and the conformance suite. Its settings get
 * `action` and `as`, which whoever runs filters follows. Throws RangeError where it has a setting of such a name.
 */
export function defineFilter<Settings extends z.ZodType, Tables = undefined>(
  definition: FilterDefinition<Settings, Tables>,
): FilterDefinition<Settings, Tables> {
  const { settings } = definition
  if (!(settings instanceof z.ZodObject)) return definition
  for (const shared of ['action', 'as'])
    if (shared in settings.shape)
      throw new RangeError(`filter ${definition.name}: every filter has \`${shared}\``)
  // What `create` is given has two keys more than it asks for.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return { ...definition, settings: settings.safeExtend({ action, as }) as unknown as Settings }
}

/** Whether and how the filter may edit texts at these settings. */
export function editsOf({ edits }: FilterDefinition, settings: unknown): 'spans' | 'text' | undefined {
  return typeof edits === 'function' ? edits(settings) : edits
}

/** The filter's action in settings as its schema gave them. */
export function actionOf(settings: unknown): 'drop' | 'tag' {
  return typeof settings === 'object' && settings !== null && Reflect.get(settings, 'action') === 'tag'
    ? 'tag'
    : 'drop'
}

/** The name of a filter's use: what its settings say, or the filter's own. */
export function nameOf(name: string, settings: unknown): string {
  const given: unknown =
    typeof settings === 'object' && settings !== null ? Reflect.get(settings, 'as') : undefined
  return typeof given === 'string' ? given : name
}
