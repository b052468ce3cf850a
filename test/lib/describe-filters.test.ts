import { expect, test } from 'vitest'
import { filters, filterUse } from '../../filters/index.ts'
import { describeFilter, listFilters } from '../../lib/describe-filters.ts'

test('every registered filter is listed, in order', () => {
  expect(listFilters().map(({ name }) => name)).toEqual(Object.keys(filters).toSorted())
})

test.each(Object.keys(filters))(
  '%s is described by its own schema: the defaults shown are those that apply',
  (name) => {
    const { settings, reasons, values } = describeFilter(name)
    const shown = Object.fromEntries(settings.map((setting) => [setting.name, setting.default]))
    expect(filterUse.parse({ [name]: shown })).toEqual(filterUse.parse(name))
    expect(settings.map(({ description }) => description)).not.toContain('')
    expect([reasons, values]).toEqual([filters[name]?.reasons, filters[name]?.values])
  },
)

test('an unknown name says which is near', () => {
  expect(() => describeFilter('gofer-quality')).toThrow(
    expect.objectContaining({
      code: 'USAGE',
      facts: expect.objectContaining({ fix: expect.stringContaining('Did you mean gopher-quality?') }),
    }),
  )
})
