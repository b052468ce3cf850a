import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { glob } from 'tinyglobby'
import { systemCode, systemReason } from '../errors.ts'
import { standInFileSystem, withoutStandIns, withStandIns } from './line-end-names.ts'
import { nearest } from './suggest.ts'

/** What one entry of `files` stands for, or what is wrong with it. */
export type ExpandedPattern =
  | { readonly files: readonly string[]; readonly problem?: undefined }
  | { readonly files?: undefined; readonly problem: { readonly message: string; readonly fix: string } }

const UNREADABLE = 'Make it readable for this user, or leave it out.'

/** Characters that make a path segment a pattern. */
const magic = /[*?[\]{}()!+@|\\]/

/**
 * The files of one path, folder, `@LIST` or POSIX glob pattern (`*`, `?`, `[a-z]`, `{a,b}`, `**`), as absolute paths. A name
 * that exists as it stands is taken as it stands, glob characters or not. Patterns do not match names that begin with a dot.
 */
export async function expandPattern(pattern: string, directory: string): Promise<ExpandedPattern> {
  try {
    return await expand(pattern, directory)
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    const place = error instanceof Error && 'path' in error ? ` (${String(error.path)})` : ''
    return problem(`cannot be opened: ${systemReason(error)}${place}`, UNREADABLE)
  }
}

async function expand(pattern: string, directory: string): Promise<ExpandedPattern> {
  const literal = path.resolve(directory, pattern)
  const kind = await kindOf(literal)
  if (kind === 'file') return { files: [literal] }
  if (kind === 'folder') return filesIn(literal)
  if (kind !== undefined) return problem(`cannot be opened: ${kind}`, UNREADABLE)
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(pattern)) {
    return problem('is a URL', 'Copy the files to a local or mounted folder, and name them there.')
  }
  if (pattern.startsWith('!')) {
    return problem('is a negated pattern', 'Leave it out, and narrow the other patterns instead.')
  }
  if (pattern.startsWith('@')) return listed(path.resolve(directory, pattern.slice(1)))
  return magic.test(pattern) ? matches(pattern, directory) : missing(literal)
}

/** All files in a folder and the folders in it, but those whose names begin with a dot. Links that lead in a circle end. */
async function filesIn(folder: string): Promise<ExpandedPattern> {
  const files: string[] = []
  const seen = new Set<string>()
  const folders = [folder]
  for (let at = folders.pop(); at !== undefined; at = folders.pop()) {
    const target = await realpath(at)
    if (seen.has(target)) continue
    seen.add(target)
    for (const name of await readdir(at)) {
      if (name.startsWith('.')) continue
      const full = path.join(at, name)
      const kind = await kindOf(full)
      if (kind === 'folder') folders.push(full)
      else if (kind === 'file') files.push(full)
      else
        return problem(
          `has ${JSON.stringify(name)}, which cannot be opened: ${kind ?? 'it is gone'}`,
          'Remove it.',
        )
    }
  }
  return files.length > 0
    ? { files: files.toSorted() }
    : problem('is a folder without files', 'Leave it out.')
}

/** Bytes; a longer list is no list of files. */
const MAX_LIST_BYTES = 64 << 20

/**
 * The files of a list: a path, folder or pattern a line, relative to the list's own folder. Empty lines, and lines that
 * begin with `#`, say nothing.
 */
async function listed(list: string): Promise<ExpandedPattern> {
  const facts = await stat(list).catch(() => undefined)
  if (facts?.isFile() !== true) return missing(list)
  if (facts.size > MAX_LIST_BYTES) {
    return problem(`is a list of ${facts.size} bytes`, 'Name a list of files, a path a line.')
  }
  const files = new Set<string>()
  const lines = (await readFile(list, 'utf8')).replace(/^\uFEFF/, '').split(/\r?\n/)
  for (const [at, line] of lines.entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const inner = line.startsWith('@')
      ? problem('is a list in a list', 'Put its lines here.')
      : await expandPattern(line, path.dirname(list))
    if (inner.problem !== undefined) {
      const { message, fix } = inner.problem
      return problem(`has ${JSON.stringify(line)} as line ${at + 1}, which ${message}`, fix)
    }
    for (const file of inner.files) files.add(file)
  }
  return files.size > 0 ? { files: [...files].toSorted() } : problem('is a list of no files', 'Leave it out.')
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
    return problem('matches no file', `There is no folder ${root}: correct the path.`)
  }
  const unreadable: Error[] = []
  const found = await glob(withStandIns(segments.slice(firstMagic).join('/')), {
    cwd: withStandIns(root),
    fs: standInFileSystem((error) => unreadable.push(error)),
    absolute: true,
    dot: false,
    expandDirectories: false,
  })
  const [error] = unreadable
  if (error !== undefined) throw error
  if (found.length > 0) return { files: found.map(withoutStandIns).toSorted() }
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
    `Correct the path: looked for ${file}.`,
  )
}

/** `file`, `folder`, undefined where nothing is, or why one cannot tell. */
async function kindOf(file: string): Promise<string | undefined> {
  try {
    return (await stat(file)).isDirectory() ? 'folder' : 'file'
  } catch (error) {
    const code = systemCode(error)
    if (code !== 'ENOENT' && code !== 'ENOTDIR') return systemReason(error)
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
