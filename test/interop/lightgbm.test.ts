/** LightGBM models of every objective, trained and asked by LightGBM itself. */
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parseLightGbm } from '../../filters/models/lightgbm-file.ts'
import { temporaryFolder } from '../build/support.ts'
import { lightgbmCases, predictions } from '../filters/models/lightgbm-cases.ts'
import { modelsPython, pythonJson } from './python.ts'

const python = await modelsPython('lightgbm')
const script = path.resolve(import.meta.dirname, '../filters/models/generate_lightgbm.py')

describe.skipIf(python === undefined)('LightGBM (needs the Python package lightgbm)', async () => {
  const folder = await temporaryFolder()
  afterAll(() => rm(folder, { recursive: true }))
  const cases = lightgbmCases.parse(
    python === undefined
      ? { rows: [], models: {} }
      : await pythonJson(python, await readFile(script, 'utf8'), folder, '25', '15'),
  )

  test.each(Object.keys(cases.models))('%s', async (name) => {
    const { raw, difference } = await predictions(folder, name, cases)
    expect(raw).toEqual(cases.models[name]?.raw)
    expect(difference).toBeLessThanOrEqual(1e-14)
  })

  test('linear trees are refused by name', async () => {
    const bytes = await readFile(path.join(folder, 'lightgbm-linear.txt'))
    expect(() => parseLightGbm(bytes, 'linear.txt')).toThrow(/tree 0: its leaves are linear models/)
  })
})
