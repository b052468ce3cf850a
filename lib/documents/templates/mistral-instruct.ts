import { defineTemplate, type LaidPiece } from './define-template.ts'
import { BETWEEN, joinTurns } from './join-turns.ts'

/**
 * Mistral's instruct format, id for id as mistral-common 1.13.1 gives it for conversations without tools.
 *
 * With `[INST]` and `[/INST]` among the tokenizer's control tokens, as from mistral-v2 and in tekken (the system prompt
 * stands in the last question; spaces at an answer's end are left out):
 *
 *     BOS [INST] question [/INST] answer EOS [INST] system, empty line, question [/INST] answer EOS
 *
 * Without, as in mistral-v1, where the two are written out as text (the system prompt stands in the first question):
 *
 *     BOS "[INST] system, empty line, question [/INST]" "answer" EOS "[INST] question [/INST]" "answer" EOS
 *
 * Each stretch between ids is encoded by itself. Answers and the EOS after each are learned, all else is not.
 */
export const mistralInstruct = defineTemplate({
  name: 'mistral-instruct',
  summary: 'Mistral’s instruct format with its control tokens; only the answers are learned.',
  revision: 1,
  render: joinTurns,
  layout: {
    revision: 1,
    refuses: ({ bos, eos }) =>
      bos === undefined || eos === undefined
        ? 'needs a tokenizer with BOS and EOS, around a conversation and after each answer'
        : undefined,
    lay(turns, { bos, eos, control }) {
      const begin = control?.('[INST]')
      const end = control?.('[/INST]')
      const written = begin === undefined || end === undefined
      const system = turns.find(({ role }) => role === 'system')?.text
      const prompted = written
        ? turns.findIndex(({ role }) => role === 'user')
        : turns.findLastIndex(({ role }) => role === 'user')
      const pieces: LaidPiece[] = []
      const id = (value: number | undefined, learned: boolean): void => {
        if (value !== undefined) pieces.push({ id: value, learned })
      }
      id(bos, false)
      for (const [index, { role, text }] of turns.entries()) {
        if (role === 'user') {
          const question = index === prompted && system !== undefined ? [system, between, text] : [text]
          if (written) pieces.push({ text: joined([opening, ...question, closing]), learned: false })
          else {
            id(begin, false)
            pieces.push({ text: joined(question), learned: false })
            id(end, false)
          }
        } else if (role === 'assistant') {
          pieces.push({ text: written ? text : withoutEndSpaces(text), learned: true })
          id(eos, true)
        }
      }
      return pieces
    },
  },
})

const between = Buffer.from(BETWEEN)
const opening = Buffer.from('[INST] ')
const closing = Buffer.from(' [/INST]')

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)
}

function withoutEndSpaces(text: Uint8Array): Uint8Array {
  let end = text.length
  while (end > 0 && text[end - 1] === 0x20) end--
  return text.subarray(0, end)
}
