import { ownPath } from '../../../lib/documents/own-path.ts'
import { textsAt } from './define-benchmark.ts'

/** Keys under which a file that is one object lists its records: SQuAD, TriviaQA, the rows of a data set server. */
const LISTS = ['data', 'Data', 'rows', 'examples', 'items', 'questions', 'instances']
/** Keys under which a record may be one level down: rows of a data set server, the training part of MMLU. */
const INNER = ['row', 'train']

/**
 * The records in one that holds nothing by itself: a list of them, or a record one level down; of SQuAD's articles, a record
 * for each question, with its paragraph as the passage. None where it is of no such shape. Each may hold others.
 */
export function nestedRecords(record: object): object[] {
  const inner = INNER.map((key) => ownPath(record, key)).find(isRecord)
  if (inner !== undefined) return [inner]
  const paragraphs = ownPath(record, 'paragraphs')
  if (Array.isArray(paragraphs)) return paragraphs.filter(isRecord).flatMap(questionsOf)
  const list = LISTS.map((key) => ownPath(record, key)).find((value) => Array.isArray(value))
  return Array.isArray(list) ? list.filter(isRecord) : []
}

function questionsOf(paragraph: object): object[] {
  const questions = ownPath(paragraph, 'qas')
  if (!Array.isArray(questions)) return []
  const passage = ownPath(paragraph, 'context')
  return questions
    .filter(isRecord)
    .map((each) => ({ passage, answer: textsAt(each, 'answers').slice(0, 1), ...each }))
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
