#!/usr/bin/env node
import { asMillraceError, MillraceError, systemReason } from '../errors.ts'
import { removeTemporaries } from '../storage/output-file.ts'
import { printError } from './output.ts'
import { createProgram } from './program.ts'

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // `head` and friends close the pipe early: that is the reader's right, not a failure.
  if (error.code === 'EPIPE') process.exit(0)
  const fix = 'Make room, or send the output elsewhere, and run the same command again.'
  const message = `cannot write standard output: ${systemReason(error)}`
  const failure = new MillraceError('OUTPUT_UNWRITABLE', message, { got: error.code, fix })
  printError(failure, { json: false })
  process.exit(failure.exitCode)
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (process.listenerCount(signal) > 1) return // the command ends in its own way, as `build` does
    removeTemporaries()
    process.stderr.write('\ninterrupted; run the same command again\n')
    process.exit(130)
  })
}

try {
  const program = await createProgram(process.argv.slice(2))
  await program.parseAsync()
} catch (error) {
  const known = asMillraceError(error)
  printError(known, { json: process.argv.includes('--json') })
  process.exitCode = known.exitCode
}
