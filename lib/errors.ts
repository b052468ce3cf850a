/**
 * Errors are data: a closed set of codes, the facts of the case (which file, record or key; what was got and what
 * the limit was) and a `fix`, the way out. The message is for people; programs read the rest (`--json` prints it).
 */

export type ErrorCode =
  | 'USAGE' // bad command-line arguments
  | 'RECIPE_INVALID' // the recipe has issues; `issues` lists all of them
  | 'PLAN_INFEASIBLE' // the pools cannot give what the schedule asks
  | 'INPUT_MISSING' // a file that was named is not there, is a folder, or cannot be opened
  | 'INPUT_DAMAGED' // a file is truncated, corrupt or not of the format it claims
  | 'OUTPUT_UNWRITABLE' // an output could not be created, written or renamed
  | 'OUTPUT_DAMAGED' // a written file does not have the recorded size, hash or content
  | 'OUTPUT_LOCKED' // another process builds into the same folder
  | 'REMOVED_TOO_MUCH' // a source lost more than its maxRemoval
  | 'LEDGER_UNBALANCED' // documents or tokens do not add up
  | 'NOT_FOUND' // a look-up found nothing
  | 'MODEL_INVALID' // a tokenizer or classifier file cannot be used
  | 'INTERNAL'

/** The facts of one failure. Every field but `fix` is present only where it applies. */
export interface Facts {
  readonly file?: string
  /** 1-based line and column in `file`. */
  readonly line?: number
  readonly column?: number
  /** Decompressed byte offset, or row, of the record in `file`. */
  readonly record?: number
  /** Path of a setting, e.g. `stages[0].mix.web`. */
  readonly key?: string
  readonly got?: unknown
  readonly limit?: unknown
  /** What to do about it, as an imperative sentence. */
  readonly fix: string
}

/** One problem among several that are reported together (a recipe's). */
export interface Issue extends Partial<Facts> {
  readonly message: string
}

/** Thrown for everything that a user can act on. `exitCode` is 2 for bad usage or a bad recipe, else 1. */
export class MillraceError extends Error {
  override readonly name = 'MillraceError'
  readonly code: ErrorCode
  readonly facts: Facts
  readonly issues: readonly Issue[]

  constructor(
    code: ErrorCode,
    message: string,
    facts: Facts,
    options: { cause?: unknown; issues?: readonly Issue[] } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.facts = facts
    this.issues = options.issues ?? []
  }

  get exitCode(): 1 | 2 {
    return this.code === 'USAGE' || this.code === 'RECIPE_INVALID' || this.code === 'PLAN_INFEASIBLE' ? 2 : 1
  }
}

/** What crosses a thread boundary or goes to `--json`: an error's own fields, without its class. */
export interface ErrorRecord {
  readonly code: ErrorCode
  readonly message: string
  readonly facts: Facts
  readonly issues: readonly Issue[]
  readonly stack: string | undefined
}

export function toErrorRecord(error: unknown): ErrorRecord {
  const known = asMillraceError(error)
  return {
    code: known.code,
    message: known.message,
    facts: known.facts,
    issues: known.issues,
    stack: error instanceof Error ? error.stack : undefined,
  }
}

export function fromErrorRecord(record: ErrorRecord): MillraceError {
  const error = new MillraceError(record.code, record.message, record.facts, { issues: record.issues })
  if (record.stack !== undefined) error.stack = record.stack
  return error
}

/** Gives any thrown value the shape of a MillraceError; what is not one already becomes `INTERNAL`. */
export function asMillraceError(error: unknown): MillraceError {
  if (error instanceof MillraceError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new MillraceError(
    'INTERNAL',
    message,
    { fix: 'Report this with the command and the recipe that led to it.' },
    { cause: error },
  )
}

/** What a system's code means, as the end of "cannot read FILE: …". */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user has no permission',
  EDQUOT: "this user's quota of the disk is used up",
  EEXIST: 'a file is in the place of the folder',
  EFBIG: 'the file outgrew the limit of this process or of the file system',
  EISDIR: 'it is a folder',
  ELOOP: 'its links lead in a circle',
  EMFILE: 'this process has too many files open',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'it is not there',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EPERM: 'this user has no permission',
  ERR_INVALID_ARG_VALUE: 'its name has a NUL character',
  EROFS: 'the file system is read-only',
}

/** Why the system refused, in words where its code is a common one. */
export function systemReason(error: unknown): string {
  const code = systemCode(error)
  return code === undefined ? String(error) : (REASONS[code] ?? code)
}

/** The system's code of an I/O error (`ENOENT`, `ENOSPC`, …), or undefined for any other value, a MillraceError too. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || error instanceof MillraceError || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
