import { kindOf, ownValue } from '../own-path.ts'
import type { MappingProblem, Message } from './define-conversation.ts'

/** Keys of a list's turns: `{role, content}`, or `{from, value}`. */
export interface TurnKeys {
  readonly role: string
  readonly content: string
}

/** A list of turns. `name` is the list's key, for problems. */
export function readMessages(
  value: unknown,
  name: string,
  { role: roleKey, content: contentKey }: TurnKeys = { role: 'role', content: 'content' },
): Message[] | MappingProblem {
  if (!Array.isArray(value)) return wrongType(name, 'a list', value)
  if (value.length === 0) return { reason: 'missing-text', detail: `${name} is an empty list` }
  const messages: Message[] = []
  for (const [index, message] of value.entries()) {
    const place = `${name}[${index}]`
    const role = ownValue(message, roleKey)
    if (typeof role !== 'string') return wrongType(`${place}.${roleKey}`, 'a string', role)
    const content = contentOf(ownValue(message, contentKey), `${place}.${contentKey}`)
    if (typeof content !== 'string') return content
    messages.push({ role: knownRoles.get(role) ?? role, content })
  }
  return messages
}

/** Words of published data sets for the usual roles. */
const knownRoles: ReadonlyMap<string, string> = new Map([
  ['human', 'user'],
  ['prompter', 'user'],
  ['gpt', 'assistant'],
  ['chatgpt', 'assistant'],
  ['function_response', 'tool'],
])

/** A string, or a list of `{type: 'text', text}` whose texts are joined with nothing between them. */
function contentOf(content: unknown, name: string): string | MappingProblem {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return wrongType(name, 'a string', content)
  const texts: string[] = []
  for (const [index, part] of content.entries()) {
    const text = ownValue(part, 'text')
    if (typeof text !== 'string') return wrongType(`${name}[${index}].text`, 'a string', text)
    texts.push(text)
  }
  return texts.join('')
}

/** Where a flat record has one question and its answer. */
export interface ExchangeKeys {
  /** Optional in the record: absent, null and empty give no system message. */
  readonly system?: string
  /** The keys of a question; the first that is there is taken. */
  readonly question: readonly string[]
  /** Optional in the record: follows the question after an empty line. */
  readonly input?: string
  readonly answer: string
}

/** The reader of a flat record: system prompt if there is one, question, answer. */
export function readExchange(keys: ExchangeKeys): (record: object) => Message[] | MappingProblem {
  return (record) => {
    const question =
      keys.question.find((key) => ownValue(record, key) !== undefined) ?? keys.question[0] ?? ''
    const asked = ownValue(record, question)
    const answer = ownValue(record, keys.answer)
    if (typeof asked !== 'string') return wrongType(question, 'a string', asked)
    if (typeof answer !== 'string') return wrongType(keys.answer, 'a string', answer)
    const [system, input] = [keys.system, keys.input].map((key) =>
      key === undefined ? '' : (ownValue(record, key) ?? ''),
    )
    if (typeof system !== 'string') return wrongType(keys.system ?? '', 'a string', system)
    if (typeof input !== 'string') return wrongType(keys.input ?? '', 'a string', input)
    return [
      ...(system === '' ? [] : [{ role: 'system', content: system }]),
      { role: 'user', content: input === '' ? asked : `${asked}\n\n${input}` },
      { role: 'assistant', content: answer },
    ]
  }
}

export function wrongType(name: string, wanted: string, value: unknown): MappingProblem {
  if (value === undefined) return { reason: 'missing-text', detail: `${name} is missing` }
  return { reason: 'wrong-type', detail: `${name} is ${kindOf(value)}, not ${wanted}` }
}
