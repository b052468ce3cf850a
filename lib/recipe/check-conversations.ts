import { filters } from '../../filters/index.ts'
import { templates } from '../documents/templates/index.ts'
import { formats } from '../formats/index.ts'
import { nameOfUse } from './check-uses.ts'
import { entriesOf, listOf, type Path, type Problem, valueAt } from './problem.ts'

/**
 * Sources whose template lays out turns: no filter may give a whole new text, in which the turns would have no places, and
 * each output format has to hold their loss mask, and that of token ids which have one.
 */
export function checkConversations(raw: unknown): Problem[] {
  return entriesOf(valueAt(raw, ['sources'])).flatMap(([source, settings]) => {
    const path = ['sources', source]
    const template = valueAt(settings, ['template'])
    const loss = valueAt(settings, ['loss'])
    const hasTurns = typeof template === 'string' && laidOut.includes(template)
    if (loss === 'answers' && valueAt(settings, ['tokenized']) !== undefined) {
      return checkFormats(raw, [...path, 'loss'], 'answers', 'the source')
    }
    if (!hasTurns) return loss === 'answers' ? [noAnswers([...path, 'loss'])] : []
    return [
      ...listOf(valueAt(settings, ['filters'])).flatMap((use, index) =>
        checkFilter([...path, 'filters', index], use),
      ),
      ...(loss === undefined || loss === 'answers'
        ? checkFormats(raw, [...path, 'template'], template, template)
        : []),
    ]
  })
}

const laidOut: readonly string[] = Object.values(templates).flatMap(({ name, layout }) =>
  layout === undefined ? [] : [name],
)

function noAnswers(path: Path): Problem {
  return {
    path,
    at: 'value',
    message: 'answers are told apart only by a template with turns, or by the loss mask of token files',
    got: 'answers',
    fix: `Set \`template\` to one of: ${laidOut.join(', ')}; or leave \`loss\` out.`,
  }
}

function checkFilter(path: Path, use: unknown): Problem[] {
  const name = nameOfUse(use)
  if (name === undefined || !Object.hasOwn(filters, name) || filters[name]?.edits !== 'text') return []
  return [
    {
      path,
      at: 'value',
      message: `the filter ${name} edits texts as a whole, so that the turns of a conversation would lose their places`,
      got: name,
      fix: 'Take the filter out of this source, or use `template: plain`, whose documents are text.',
    },
  ]
}

function checkFormats(raw: unknown, path: Path, got: string, subject: string): Problem[] {
  const without = listOf(valueAt(raw, ['output', 'formats'])).filter(
    (name) => typeof name === 'string' && formats.get(name)?.lossMask === false,
  )
  if (without.length === 0) return []
  const able = [...formats.values()].flatMap(({ name, lossMask }) => (lossMask === false ? [] : [name]))
  return [
    {
      path,
      at: 'value',
      message: `${subject} learns only the answers, and ${without.join(', ')} cannot say which tokens these are`,
      got,
      fix: `Set \`loss: all\` on the source, use \`template: plain\`, or write formats with a loss mask: ${able.join(', ')}.`,
    },
  ]
}
