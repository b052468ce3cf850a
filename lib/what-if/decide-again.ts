import type { FilterDefinition, Recording, Rule, Value } from '../../filters/define-filter.ts'
import { actionOf, editsOf, REASON, TAG } from '../../filters/define-filter.ts'
import { failedLimit } from '../../filters/threshold-rules.ts'
import { MillraceError } from '../errors.ts'

/** A filter of a chain, with its rules as they were and as they would be: the same rules in the same order. */
export interface Redecided {
  readonly definition: FilterDefinition
  readonly isTag: boolean
  /** It may edit the texts that it keeps. */
  readonly isEditor: boolean
  readonly before: readonly Rule[]
  readonly after: readonly Rule[]
  /** Places of the rules whose limits differ. */
  readonly changed: readonly number[]
}

/** As the recipe says; `each`: all, and every filter judged the text as it came in (what `filter` gives). */
export type Recorded = Recording | 'each'

/** A document as it was judged. */
export interface JudgedDocument {
  /** The filter that dropped it, by its place in the chain, and why; undefined where it was kept. */
  readonly dropped: { readonly filter: number; readonly reason: string } | undefined
  /** What a filter recorded, by the filter's place; `tag` among it. */
  readonly values: (filter: number) => Readonly<Record<string, Value>>
}

export interface Fate {
  /** `kept`, or `dropped/FILTER/REASON`. */
  readonly fate: string
  /** `FILTER/REASON` of filters that tag. */
  readonly tags: readonly string[]
}

/** Which rule's new limit lets a document pass whose further fate was not recorded. */
export interface Undecidable {
  readonly filter: Redecided
  readonly rule: Rule
}

export function redecided(definition: FilterDefinition, before: unknown, after: unknown): Redecided {
  const rules = { before: definition.rules?.(before) ?? [], after: definition.rules?.(after) ?? [] }
  const changed = rules.after.flatMap((rule, at) => {
    const { min, max } = rules.before[at] ?? {}
    return rule.min === min && rule.max === max ? [] : [at]
  })
  const isEditor = editsOf(definition, before) !== undefined
  return { definition, isTag: actionOf(before) === 'tag', isEditor, ...rules, changed }
}

/**
 * The fate of a document under the new limits. A limit that is tightened decides from what is recorded; one that is
 * loosened may ask what was never looked at: rules and filters after the first that failed (unless all was recorded), and
 * what follows an edit that was not made.
 *
 * @param reach told of each document that a changed rule judges, with whether it passes
 */
export function decideAgain(
  chain: readonly Redecided[],
  document: JudgedDocument,
  recorded: Recorded,
  reach: (filter: Redecided, rule: Rule, value: number, passes: boolean) => void,
): Fate | Undecidable {
  const tags: string[] = []
  /** The last rule that dropped the document and no longer does. */
  let loosened: Undecidable | undefined
  for (const [place, filter] of chain.entries()) {
    const isUnseen = document.dropped !== undefined && place > document.dropped.filter && recorded === 'first'
    if (isUnseen && loosened !== undefined) return loosened
    const values = document.values(place)
    const reason = reasonOf(document, place, filter)
    const now = judgeAgain(filter, values, reason, recorded)
    tell(filter, values, reach)
    if (now === undefined) {
      const rule = ruleOf(filter.before, values, reason) ?? filter.after[filter.changed[0] ?? 0]
      if (rule !== undefined) return { filter, rule }
    }
    if (typeof now === 'string' && !filter.isTag)
      return { fate: `dropped/${filter.definition.name}/${now}`, tags }
    const tag = filter.isTag ? now : values[TAG]
    if (typeof tag === 'string') tags.push(`${filter.definition.name}/${tag}`)
    const rule = reason === null || filter.isTag ? undefined : ruleOf(filter.before, values, reason)
    if (rule !== undefined) loosened = { filter, rule }
  }
  return { fate: 'kept', tags }
}

/** Why a filter dropped the document, tagged it, or would have, had an earlier one not dropped it; null: it passed. */
function reasonOf({ dropped, values }: JudgedDocument, place: number, { isTag }: Redecided): string | null {
  if (dropped?.filter === place) return dropped.reason
  const reason = values(place)[isTag ? TAG : REASON]
  return reason === undefined ? null : String(reason)
}

/** The reason under the new limits, or null; undefined where that cannot be told. */
function judgeAgain(
  { definition, isTag, isEditor, before, after, changed }: Redecided,
  values: Readonly<Record<string, Value>>,
  reason: string | null,
  recorded: Recorded,
): string | null | undefined {
  if (changed.length === 0) return reason
  const failed = reason === null ? undefined : ruleOf(before, values, reason)
  requireSame(definition, before, reason, failed, values)
  // Dropped for something that is no threshold: no limit changes that.
  if (reason !== null && failed === undefined) return reason
  const now = after.find((rule) => failedLimit(rule, values) !== undefined)
  const isEdited = isEditor && recorded !== 'each'
  // A tagged document is not edited: those after it would have seen another text.
  if (now !== undefined)
    return isTag && isEdited && reason === null ? undefined : (now.reason ?? reason ?? now.setting)
  if (failed === undefined) return null
  const rest = after.slice(before.indexOf(failed) + 1)
  const isMissing = (rule: Rule): boolean => hasLimit(rule) && values[rule.value] === undefined
  const isUnknown = recorded === 'first' && !isTag && rest.some(isMissing) // what tags records all of its own
  return isEdited || isUnknown ? undefined : null
}

/** Throws USAGE where the old rules do not say what was decided: the settings are not those of the run. */
function requireSame(
  { name }: FilterDefinition,
  before: readonly Rule[],
  reason: string | null,
  failed: Rule | undefined,
  values: Readonly<Record<string, Value>>,
): void {
  const rule =
    reason === null
      ? before.find((each) => failedLimit(each, values) !== undefined)
      : before.find((each) => failed === undefined && each.reason === reason)
  if (rule === undefined) return
  const key = `${name}.${rule.setting}`
  throw new MillraceError('USAGE', `documents were judged with another ${key} than is given`, {
    key,
    got: rule.min ?? rule.max ?? null,
    fix: 'Give the settings of the run with --set, or its recipe with --recipe.',
  })
}

function ruleOf(
  rules: readonly Rule[],
  values: Readonly<Record<string, Value>>,
  reason: string | null,
): Rule | undefined {
  const failed = rules.find((rule) => failedLimit(rule, values) !== undefined)
  return failed !== undefined && (failed.reason === null || failed.reason === reason) ? failed : undefined
}

function hasLimit({ min, max }: Rule): boolean {
  return typeof min === 'number' || typeof max === 'number'
}

/** Tells of the changed rules, up to the first of the filter's rules that fails now. */
function tell(
  filter: Redecided,
  values: Readonly<Record<string, Value>>,
  reach: (filter: Redecided, rule: Rule, value: number, passes: boolean) => void,
): void {
  const end = filter.after.findIndex((rule) => failedLimit(rule, values) !== undefined)
  for (const place of filter.changed) {
    const rule = filter.after[place]
    const value = rule === undefined ? undefined : values[rule.value]
    if (rule === undefined || typeof value !== 'number' || (end !== -1 && place > end)) continue
    if (hasLimit(rule) && rule.unless?.(values) !== true) reach(filter, rule, value, place !== end)
  }
}
