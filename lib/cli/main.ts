#!/usr/bin/env node
import { asMillraceError } from '../errors.ts'
import { printError } from './output.ts'
import { createProgram } from './program.ts'

// `head` and friends close the pipe early: that is the reader's right, not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

try {
  const program = await createProgram(process.argv.slice(2))
  await program.parseAsync()
} catch (error) {
  const known = asMillraceError(error)
  printError(known, { json: process.argv.includes('--json') })
  process.exitCode = known.exitCode
}
