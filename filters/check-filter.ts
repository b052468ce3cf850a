import { z } from 'zod'
import type { FilterDefinition, Verdict } from './define-filter.ts'
import { failedLimit } from './threshold-rules.ts'

/** Texts that break filters: none, odd ends of lines, lone surrogates, long runs, markup, other scripts. */
const TEXTS: readonly string[] = [
  '',
  ' ',
  '\n',
  '\0',
  '\ud83d',
  'a',
  'The quick brown fox jumps over the lazy dog.',
  'One line.\r\nAnother line…\n\n\nA paragraph with 1,024 numbers – and “quotes”.\u2028End',
  '日本語の文章です。句読点もあります。',
  '0123456789 2024-01-31 12:00 3.14159 +49 30 901820',
  'Straße, naïve, Ελληνικά, русский, العربية, עברית, ไทย',
  '😀👍🏽👩‍👩‍👧 \u200b\ufeff\u00ad',
  '<p>Some <b>markup</b></p><script>let x = {a: [1, 2]};</script>',
  'x = 1; y = 2;\nfor (;;) { x += y }',
  'word '.repeat(2000),
  'a'.repeat(20_000),
  'the same line again\n'.repeat(500),
  '\t \t \n \t'.repeat(500),
  '{"a":[1,2,{"b":null}]}'.repeat(200),
  '(a.b@c:d/e?f=g&h)'.repeat(300),
]

/**
 * What is wrong with a filter, as sentences; none for one that keeps the contract: its settings are a strict object in
 * which everything has a default and a description, and over texts that break filters its function is total,
 * deterministic whatever came before, and gives no reason or value that it does not declare. `given`: settings of a filter
 * that needs a file.
 */
export async function checkFilter(definition: FilterDefinition, given: object = {}): Promise<string[]> {
  const defaults = definition.settings.safeParse(given)
  if (!defaults.success)
    return [`its settings need a default each: ${defaults.error.issues[0]?.message ?? ''}`]
  const problems = settingProblems(definition)
  const tables = await definition.load?.(defaults.data)
  const [one, other] = [definition.create(defaults.data, tables), definition.create(defaults.data, tables)]
  for (const text of [...TEXTS, ...TEXTS.toReversed()]) {
    const shown = JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)
    try {
      const document = { text, id: undefined, url: undefined }
      const [verdict, again, fresh] = [one(document), one(document), other(document)]
      if (JSON.stringify([again, fresh]) !== JSON.stringify([verdict, verdict])) {
        problems.push(`it gives different verdicts of ${shown}`)
      }
      problems.push(...verdictProblems(definition, verdict).map((problem) => `of ${shown} ${problem}`))
    } catch (error) {
      problems.push(`it throws on ${shown}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  if (problems.length === 0) problems.push(...thresholdProblems(definition, tables, given))
  return [...new Set(problems)]
}

/**
 * Limits are settings named `min…` and `max…`, and those of `rules`: each can be 0, and null switches it off. What the
 * filter decides is what its rules say of the values that it records, so that they can be decided again.
 */
function thresholdProblems(
  { settings, rules, create }: FilterDefinition,
  tables: unknown,
  given: object,
): string[] {
  const problems: string[] = []
  const limits = limitsOf(settings)
  const changes = [{}, ...limits.flatMap((name) => [{ [name]: 0 }, { [name]: null }])]
  for (const change of changes) {
    const shown = Object.entries(change).map(([name, limit]) => `${name} ${String(limit)}`)
    const parsed = settings.safeParse({ ...given, ...change })
    if (!parsed.success) {
      problems.push(`${shown.join('')} is refused: 0 is a limit, null is none`)
      continue
    }
    const decide = create(parsed.data, tables)
    const own = rules?.(parsed.data) ?? []
    for (const text of TEXTS) {
      const { keep, reason, values } = decide({ text, id: undefined, url: undefined })
      const failed = own.find((rule) => failedLimit(rule, values) !== undefined)
      const isRule = own.some((rule) => rule.reason === reason)
      if (keep ? failed !== undefined : isRule && failed?.reason !== reason) {
        problems.push(`with ${shown.join('') || 'its defaults'} it does not follow its own \`rules\``)
      }
    }
  }
  return problems
}

function limitsOf(settings: z.ZodType): string[] {
  const { properties = {} } = z.toJSONSchema(settings, { io: 'input' })
  return Object.entries(properties).flatMap(([name, setting]) => {
    if (typeof setting !== 'object') return []
    const isNumber = [setting, ...(setting.anyOf ?? [])].some(
      (option) => typeof option === 'object' && (option.type === 'number' || option.type === 'integer'),
    )
    return isNumber && /^(?:min|max)[A-Z]/.test(name) ? [name] : []
  })
}

function settingProblems({ settings }: FilterDefinition): string[] {
  const problems = settings.safeParse({ noSuchSetting: 1 }).success
    ? ['its settings take unknown keys: use z.strictObject']
    : []
  const { properties = {} } = z.toJSONSchema(settings, { io: 'input' })
  for (const [name, setting] of Object.entries(properties)) {
    if (typeof setting !== 'object' || setting.description === undefined) {
      problems.push(`its setting ${name} has no description: add .describe('…')`)
    }
  }
  return problems
}

function verdictProblems({ reasons, values: declared }: FilterDefinition, verdict: Verdict): string[] {
  const { keep, reason, values } = verdict
  const problems: string[] = []
  if (keep && reason !== null) problems.push(`it keeps, and gives the reason ${reason}`)
  if (!keep && !reasons.includes(reason ?? ''))
    problems.push(`it gives the reason ${reason ?? 'null'}, which \`reasons\` does not declare`)
  for (const [name, value] of Object.entries(values)) {
    const type = declared[name]
    if (type === undefined) problems.push(`it records ${name}, which \`values\` does not declare`)
    else if (typeof value !== type)
      problems.push(`it records ${name} as ${typeof value}, declared as ${type}`)
    else if (Number.isNaN(value))
      problems.push(`it records NaN as ${name}: leave out what cannot be measured`)
  }
  return problems
}
