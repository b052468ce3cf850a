/** ONNX text classifiers, among them a small transformer, beside onnxruntime in Python. */
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../build/support.ts'
import { onnxCases, onnxDifference } from '../filters/models/onnx-cases.ts'
import { onnxPython, pythonJson } from './python.ts'

const python = await onnxPython()
const script = path.resolve(import.meta.dirname, '../filters/models/generate_onnx.py')

describe.skipIf(python === undefined)('onnxruntime (needs $MILLRACE_ONNX_PYTHON)', async () => {
  const folder = await temporaryFolder()
  afterAll(() => rm(folder, { recursive: true }))
  const cases =
    python === undefined
      ? undefined
      : onnxCases.parse(await pythonJson(python, await readFile(script, 'utf8'), folder))

  test.each([
    ['mean', 'softmax'],
    ['fixed', 'sigmoid'],
    ['grade', 'none'],
    ['transformer', 'none'],
    ['transformer', 'softmax'],
  ] as const)('%s, as %s', async (name, activation) => {
    expect(cases && (await onnxDifference(folder, name, cases, activation))).toBeLessThan(1e-5)
  })
})
