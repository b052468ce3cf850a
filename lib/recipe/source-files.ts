import { lstat, readdir, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { glob } from 'tinyglobby'
import { systemCode } from '../errors.ts'
import { nearest } from './suggest.ts'

/** What one entry of `files` stands for, or what is wrong with it. */
export type ExpandedPattern =
  | { readonly files: readonly string[]; readonly problem?: undefined }
  | { readonly files?: undefined; readonly problem: { readonly message: string; readonly fix: string } }

/** Characters that make a path segment a pattern. */
const magic = /[*?[\]{}()!+@|\\]/

/**
 * The files of one path or POSIX glob pattern (`*`, `?`, `[a-z]`, `{a,b}`, `**`), as absolute paths. A name that exists as it
 * stands is taken as it stands, glob characters or not. Patterns do not match names that begin with a dot, and `**` matches
 * none with a line feed (`*` does).
 */
export async function expandPattern(pattern: string, directory: string): Promise<ExpandedPattern> {
  const literal = path.resolve(directory, pattern)
  const kind = await kindOf(literal)
  if (kind === 'file') return { files: [literal] }
  if (kind === 'folder') {
    return problem(
      'is a folder',
      `Name the files in it by a pattern, e.g. ${path.posix.join(pattern, '**/*.jsonl')}.`,
    )
  }
  if (kind !== undefined)
    return problem(`cannot be opened: ${kind}`, 'Make it readable for the user who builds.')
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(pattern)) {
    return problem('is a URL', 'Copy the files to a local or mounted folder, and name them there.')
  }
  if (pattern.startsWith('!')) {
    return problem('is a negated pattern', 'Leave it out, and narrow the other patterns instead.')
  }
  return magic.test(pattern) ? matches(pattern, directory) : missing(literal)
}

/**
 * A source's files without doubles, in the order of their names (by code units). A file that several names lead to,
 * through links or overlapping patterns, is read once, by its shortest name.
 */
export async function distinctFiles(files: Iterable<string>): Promise<string[]> {
  const byTarget = new Map<string, string>()
  for (const file of new Set(files)) {
    const target = await realpath(file)
    const known = byTarget.get(target)
    if (known === undefined || file.length < known.length || (file.length === known.length && file < known)) {
      byTarget.set(target, file)
    }
  }
  return [...byTarget.values()].toSorted()
}

async function matches(pattern: string, directory: string): Promise<ExpandedPattern> {
  // The leading segments without glob characters are a plain path, so that `..` and odd folder names just work.
  const segments = pattern.split('/')
  const firstMagic = segments.findIndex((segment) => magic.test(segment))
  const root = path.resolve(
    directory,
    segments.slice(0, firstMagic).join('/') || (pattern.startsWith('/') ? '/' : '.'),
  )
  if ((await kindOf(root)) !== 'folder') {
    return problem(
      'matches no file',
      `There is no folder ${root}: correct the path, relative to the recipe’s folder.`,
    )
  }
  const found = await glob(segments.slice(firstMagic).join('/'), {
    cwd: root,
    absolute: true,
    dot: false,
    expandDirectories: false,
  })
  if (found.length > 0) return { files: found.toSorted() }
  const near = (await readdir(root)).filter((name) => !name.startsWith('.')).toSorted()
  const there =
    near.length === 0 ? 'is empty' : `has ${near.slice(0, 5).join(', ')}${near.length > 5 ? ', …' : ''}`
  return problem('matches no file', `Correct the pattern: ${root} ${there}.`)
}

async function missing(file: string): Promise<ExpandedPattern> {
  const folder = path.dirname(file)
  const names = await readdir(folder).catch(() => undefined)
  if (names === undefined) return problem('is not there', `There is no folder ${folder}: correct the path.`)
  const near = nearest(path.basename(file), names.toSorted())
  return problem(
    near === undefined ? 'is not there' : `is not there; did you mean "${near}"?`,
    `Correct the path, relative to the recipe’s folder: looked for ${file}.`,
  )
}

/** `file`, `folder`, undefined where nothing is, or the system's code of why one cannot tell. */
async function kindOf(file: string): Promise<string | undefined> {
  try {
    return (await stat(file)).isDirectory() ? 'folder' : 'file'
  } catch (error) {
    const code = systemCode(error)
    if (code !== 'ENOENT' && code !== 'ENOTDIR') return code ?? String(error)
    const isBrokenLink = await lstat(file).then(
      (link) => link.isSymbolicLink(),
      () => false,
    )
    return isBrokenLink ? 'the link leads nowhere' : undefined
  }
}

function problem(message: string, fix: string): ExpandedPattern {
  return { problem: { message, fix } }
}
