import { MillraceError } from '../errors.ts'
import { formatByName } from '../formats/index.ts'
import type { Recipe } from '../recipe/schema.ts'

/** Refuses, before any work, shards that a format cannot hold. Throws RECIPE_INVALID with every format that refuses. */
export function requireFormats({ output }: Recipe, vocabularySize: number): void {
  const issues = output.formats.flatMap((name, index) => {
    const reason = formatByName(name).refuses?.({ vocabularySize, shardTokens: output.shardTokens })
    return reason === undefined
      ? []
      : { key: `output.formats[${index}]`, message: `format ${name} ${reason}` }
  })
  const [first] = issues
  if (first === undefined) return
  throw new MillraceError(
    'RECIPE_INVALID',
    first.message,
    { key: first.key, fix: 'Take the format out of output.formats, or change what it cannot hold.' },
    { issues },
  )
}
