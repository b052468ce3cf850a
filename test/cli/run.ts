import { spawn } from 'node:child_process'
import path from 'node:path'

/** The compiled command line. */
export const MAIN = path.resolve(import.meta.dirname, '../../dist/lib/cli/main.js')

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the compiled command line in `cwd`, as an installed package would be. */
export async function millrace(
  cwd: string,
  args: readonly string[],
  input: string | Uint8Array = '',
): Promise<Outcome> {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd })
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  // A command that fails may not read its input to the end.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  return { code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }
}

/** Runs it, reads one chunk of its output and closes the pipe, as `| head` does. */
export async function millraceCutOff(cwd: string, args: readonly string[], input: string): Promise<Outcome> {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd })
  const stderr: Buffer[] = []
  let stdout = ''
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  child.stdout.once('data', (chunk: Buffer) => {
    stdout = chunk.toString()
    child.stdout.destroy()
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', resolve)
  })
  return { code, stdout, stderr: Buffer.concat(stderr).toString() }
}

/** Whatever JSON holds: what is not there shows when a test looks at it. */
export type Parsed = ReturnType<typeof JSON.parse>

export function jsonLines(text: string): Parsed[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}
