import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { parseOwnJson } from '../storage/own-json.ts'
import type { RefinedPart } from './refine-part.ts'
import type { StepContext } from './step.ts'

let last: { file: string; text: string; parts: readonly RefinedPart[] } | undefined

/**
 * The parts that refining made, in the inventory's order, from the list in `file` (relative to the build's folder). Units
 * name the list instead of carrying it, since a large build has 100,000 parts; a worker parses it once.
 */
export async function readParts(
  context: Pick<StepContext, 'folder'>,
  file: string,
): Promise<readonly RefinedPart[]> {
  const full = path.join(context.folder, file)
  const text = await readFile(full, 'utf8')
  if (last?.file !== full || last.text !== text)
    last = { file: full, text, parts: parseOwnJson<RefinedPart[]>(text) }
  return last.parts
}
