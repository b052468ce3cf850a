/**
 * A setting that is a path of a vocabulary file may instead name one that millrace brings: `builtin:mistral-v1`. The
 * prefix keeps a file of that name in the folder from being meant.
 */
const PREFIX = 'builtin:'

export function builtInPath(name: string): string {
  return PREFIX + name
}

/** The name after `builtin:`, or undefined for a real path. */
export function builtInName(path: string): string | undefined {
  return path.startsWith(PREFIX) ? path.slice(PREFIX.length) : undefined
}
