import type { BadRecord } from './define-reader.ts'
import { excerpt } from './excerpt.ts'

/** Levels of arrays and objects in a record; data has a few, and what walks deeper ones may run out of stack. */
const MAX_DEPTH = 1000

/** A record's object, or why its text is none: `invalid-json`, `not-an-object`. */
export function parseRecord(text: string): { value: object } | Pick<BadRecord, 'reason' | 'detail'> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    // The engine's message is left out: it differs between versions, and entries must not.
    if (error instanceof RangeError) return tooDeep(text)
    return { reason: 'invalid-json', detail: `not JSON: ${excerpt(text)}` }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { reason: 'not-an-object', detail: `a JSON value that is not an object: ${excerpt(text)}` }
  }
  return text.length > 2 * MAX_DEPTH && isTooDeep(value) ? tooDeep(text) : { value }
}

function tooDeep(text: string): Pick<BadRecord, 'reason' | 'detail'> {
  return { reason: 'invalid-json', detail: `nested deeper than ${MAX_DEPTH} levels: ${excerpt(text)}` }
}

/** Whether arrays and objects lie more than MAX_DEPTH levels deep. Level by level, so that no depth needs a stack. */
export function isTooDeep(value: unknown): boolean {
  let level: object[] = typeof value === 'object' && value !== null ? [value] : []
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return true
    level = level.flatMap((each) =>
      Object.values(each).filter((inner) => typeof inner === 'object' && inner !== null),
    )
  }
  return false
}
