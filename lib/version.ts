import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** The version of this package, from its own package.json (found by name, so that it works from source and from dist/). */
export function packageVersion(): string {
  const file = createRequire(import.meta.url).resolve('millrace/package.json')
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'))
  if (typeof content === 'object' && content !== null && 'version' in content) return String(content.version)
  return '0.0.0'
}
