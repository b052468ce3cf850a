import {
  type BenchmarkIndex,
  createDecontaminator,
  createIndexBuilder,
  type Decontaminator,
  matchSettings,
} from '../../../filters/decontaminate/index.ts'

/** An index of questions, one benchmark `test`. */
export function indexOf(
  questions: readonly string[],
  settings: object = {},
  ignore: string[] = [],
): BenchmarkIndex {
  const builder = createIndexBuilder(matchSettings.parse(settings), ignore)
  builder.begin('test')
  for (const question of questions) {
    builder.add({ id: undefined, question, answers: [], passage: '', choices: [] })
  }
  return builder.finish()
}

export function finder(
  questions: readonly string[],
  settings: object = {},
  action: 'drop' | 'cut' | 'report' = 'drop',
  margin = 0,
): Decontaminator {
  return createDecontaminator(indexOf(questions, settings), { action, margin })
}

/** Words that are different from each other, and from those of another `from`. */
export function someWords(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, at) => `w${letters(from + at)}`)
}

function letters(number: number): string {
  return String(number).replaceAll(/\d/g, (digit) => 'abcdefghij'[Number(digit)] ?? '')
}
