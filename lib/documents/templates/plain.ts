import { kindOf, ownValue } from '../own-path.ts'
import { defineTemplate, type MappingProblem } from './define-template.ts'

/**
 * The layout is `Role: content` for each message, with an empty line between messages and no line end at the end:
 *
 *     System: Be brief.
 *
 *     User: How many are left?
 *
 *     Assistant: Three.
 *
 * The role is the record's own word, its first letter in upper case; the content is not changed. It reads
 *
 * - `messages: [{role, content}]`, where `content` is a string or a list of `{type: 'text', text}`, whose texts are joined
 *   with nothing between them;
 * - otherwise `instruction`, `input` (optional) and `output`, which are `User: INSTRUCTION`, an empty line and INPUT if there
 *   is one, then `Assistant: OUTPUT`.
 */
export const plain = defineTemplate({
  name: 'plain',
  summary: 'Each message as "Role: content", an empty line between messages.',
  revision: 1,
  render(record) {
    const messages = ownValue(record, 'messages')
    if (messages === undefined) return renderInstruction(record)
    if (!Array.isArray(messages)) return wrongType('messages', 'a list', messages)
    if (messages.length === 0) return { reason: 'missing-text', detail: 'messages is an empty list' }
    const turns: string[] = []
    for (const [index, message] of messages.entries()) {
      const turn = renderMessage(message, `messages[${index}]`)
      if (typeof turn !== 'string') return turn
      turns.push(turn)
    }
    return turns.join('\n\n')
  },
})

function renderMessage(message: unknown, name: string): string | MappingProblem {
  const role = ownValue(message, 'role')
  if (typeof role !== 'string') return wrongType(`${name}.role`, 'a string', role)
  const content = contentOf(ownValue(message, 'content'), `${name}.content`)
  return typeof content === 'string' ? turnOf(role, content) : content
}

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

function renderInstruction(record: object): string | MappingProblem {
  const [instruction, input, output] = ['instruction', 'input', 'output'].map((key) => ownValue(record, key))
  if (instruction === undefined && output === undefined) {
    return { reason: 'missing-text', detail: 'the record has neither messages nor instruction and output' }
  }
  if (typeof instruction !== 'string') return wrongType('instruction', 'a string', instruction)
  if (typeof output !== 'string') return wrongType('output', 'a string', output)
  const more = input ?? ''
  if (typeof more !== 'string') return wrongType('input', 'a string', more)
  const question = more === '' ? instruction : `${instruction}\n\n${more}`
  return `${turnOf('user', question)}\n\n${turnOf('assistant', output)}`
}

function turnOf(role: string, content: string): string {
  return `${role.charAt(0).toUpperCase()}${role.slice(1)}: ${content}`
}

function wrongType(name: string, wanted: string, value: unknown): MappingProblem {
  if (value === undefined) return { reason: 'missing-text', detail: `${name} is missing` }
  return { reason: 'wrong-type', detail: `${name} is ${kindOf(value)}, not ${wanted}` }
}
