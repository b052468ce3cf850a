import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { parseOwnJson } from '../../lib/storage/own-json.ts'

const run = promisify(execFile)
const root = path.resolve(import.meta.dirname, '../..')

/** Installs a reader on its first call, which takes minutes, and prints the path of its Python. */
const installer = path.resolve(root, '../shared/bin/readers-up')

/**
 * The Python that has a trainer's own reader, or undefined: `$MILLRACE_READERS/NAME/bin/python`, else what the
 * installer beside the checkout gives.
 */
export async function readerPython(name: string): Promise<string | undefined> {
  const folder = process.env['MILLRACE_READERS']
  if (folder !== undefined) {
    const python = path.join(folder, name, 'bin', 'python')
    return existsSync(python) ? python : undefined
  }
  if (!existsSync(installer)) return undefined
  return run(installer, [name]).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  )
}

const peersInstaller = path.resolve(root, '../shared/bin/peers-up')

/** `$MILLRACE_FILTERS_PYTHON` has datatrove and spacy; else what the installer beside the checkout gives. */
export async function peersPython(): Promise<string | undefined> {
  const named = process.env['MILLRACE_FILTERS_PYTHON']
  if (named !== undefined) return existsSync(named) ? named : undefined
  if (!existsSync(peersInstaller)) return undefined
  return run(peersInstaller).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  )
}

/** The same, where it has a package too that is installed without what it asks for; it is not loaded to see that. */
export async function filtersPython(name: string): Promise<string | undefined> {
  const python = await peersPython()
  if (python === undefined) return undefined
  const find = `import importlib.util, sys; sys.exit(importlib.util.find_spec('${name}') is None)`
  return run(python, ['-c', find], { cwd: tmpdir() }).then(
    () => python,
    () => undefined,
  )
}

/** Any Python 3, for scripts that need nothing but its standard library. */
export async function plainPython(): Promise<string | undefined> {
  return run('python3', ['-c', 'pass']).then(
    () => 'python3',
    () => undefined,
  )
}

/** Runs a script that prints JSON; not in the checkout, whose folders Python would take for packages (`tokenizers`). */
export async function pythonJson<Value = unknown>(
  python: string,
  script: string,
  ...args: string[]
): Promise<Value> {
  const { stdout } = await run(python, ['-c', script, ...args], { maxBuffer: 2 ** 28, cwd: tmpdir() })
  return parseOwnJson<Value>(stdout)
}

/** A Python with what makes classifiers, as a variable names it; undefined without the package. */
async function pythonWith(variable: string, name: string): Promise<string | undefined> {
  const python = process.env[variable]
  if (python === undefined) return undefined
  return run(python, ['-c', `import ${name}`]).then(
    () => python,
    () => undefined,
  )
}

/** `$MILLRACE_MODELS_PYTHON` has fasttext-wheel, lightgbm and dolma, which want numpy 1. */
export const modelsPython = (name: string): Promise<string | undefined> =>
  pythonWith('MILLRACE_MODELS_PYTHON', name)

/** `$MILLRACE_ONNX_PYTHON` has onnx, onnxruntime and tokenizers, which want numpy 2. */
export const onnxPython = (): Promise<string | undefined> => pythonWith('MILLRACE_ONNX_PYTHON', 'onnxruntime')
