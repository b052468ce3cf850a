import { MillraceError } from '../errors.ts'
import type { FormatDefinition } from './define-format.ts'
import * as registered from './registered.ts'

/** The built-in formats by their name in recipes. */
export const formats: ReadonlyMap<string, FormatDefinition> = new Map(
  Object.values(registered).map((format) => [format.name, format]),
)

/** The format called `name`. Throws USAGE, listing the names, where there is none. */
export function formatByName(name: string): FormatDefinition {
  const format = formats.get(name)
  if (format !== undefined) return format
  const names = [...formats.keys()].join(', ')
  throw new MillraceError('USAGE', `there is no format ${name}`, { got: name, fix: `Use one of: ${names}.` })
}

/** A format, and the path without extension that its `open` takes. */
export interface ShardFile {
  readonly format: FormatDefinition
  readonly base: string
}

/** The extensions of every file that a shard of the format can have. */
function allExtensions({ extensions, lossMask }: FormatDefinition): readonly string[] {
  return typeof lossMask === 'object' ? [...extensions, lossMask.file] : extensions
}

/**
 * The format that a shard's file belongs to, by its extension: any file of the shard will do. The longest that fits counts:
 * `.llmc.bin` is not `.bin`. Undefined for others.
 */
export function formatOfFile(file: string): ShardFile | undefined {
  let found: ShardFile | undefined
  let longest = 0
  for (const format of formats.values()) {
    for (const extension of allExtensions(format)) {
      if (extension.length <= longest || !file.endsWith(extension)) continue
      longest = extension.length
      found = { format, base: file.slice(0, -longest) }
    }
  }
  return found
}
