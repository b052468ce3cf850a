import { expect, test } from 'vitest'
import { formatByName, formatOfFile, formats } from '../../../lib/formats/index.ts'

test('formats by name', () => {
  expect([...formats.keys()]).toEqual(expect.arrayContaining(['megatron', 'packed']))
  expect(formatByName('megatron')).toBe(formats.get('megatron'))
  expect(() => formatByName('parquet')).toThrow(
    expect.objectContaining({
      code: 'USAGE',
      facts: expect.objectContaining({ fix: expect.stringContaining('packed') }),
    }),
  )
})

test('a file of any format leads to its shard', () => {
  for (const format of formats.values()) {
    for (const extension of format.extensions) {
      expect(formatOfFile(`/out/base/00000${extension}`)).toEqual({ format, base: '/out/base/00000' })
    }
  }
  expect(formatOfFile('/out/base/00000.txt')).toBeUndefined()
  expect(formatOfFile('/out/base.bin/readme')).toBeUndefined()
})

test('names and extensions are not shared', () => {
  const extensions = [...formats.values()].flatMap((format) => format.extensions)
  expect(new Set(extensions).size).toBe(extensions.length)
})
