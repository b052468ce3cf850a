import { ownPath } from '../../../lib/documents/own-path.ts'
import { textAt } from './define-benchmark.ts'

/**
 * The right choice: `key` holds its label (`C`, looked up in the labels that the record has, else by the alphabet) or its
 * number, counted from `first`. None where the answer is not published.
 */
export function chosen(record: object, choices: readonly string[], key: string, first = 0): string[] {
  const label = textAt(record, key)
  const labels = labelsOf(record)
  const byLabel = labels.indexOf(label)
  const place =
    byLabel >= 0
      ? byLabel
      : /^[A-Z]$/.test(label)
        ? label.charCodeAt(0) - 65
        : /^\d+$/.test(label)
          ? Number(label) - first
          : -1
  const choice = choices[place]
  return choice === undefined ? [] : [choice]
}

function labelsOf(record: object): string[] {
  const listed = ownPath(record, 'choices.label')
  if (Array.isArray(listed)) return listed.map(String)
  const choices = ownPath(record, 'question.choices')
  return Array.isArray(choices) ? choices.map((choice: unknown) => textAt(choice, 'label')) : []
}
