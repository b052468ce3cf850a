import type { Path, Problem } from './problem.ts'

export function checkTier(
  _path: Path,
  _expression: string,
  _used: ReadonlySet<string | undefined>,
): Problem[] {
  return []
}
