/** Each preset can be planned as it is, before there is a file, and has the budgets and shares that its report gives. */
import path from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { planOf } from '../../lib/plan.ts'
import { resolveRecipe } from '../../lib/recipe/load.ts'
import * as presets from '../../stages/presets/registered.ts'

const directory = path.join(import.meta.dirname, 'no-such-folder')
const planned = async (recipe: string) => {
  const loaded = await resolveRecipe(parse(recipe), { directory, declaredFiles: true })
  return planOf(loaded, [], 32_000, { surveySeconds: 0 })
}

test.each(Object.values(presets))(
  '$name can be planned, and says what is not published',
  async ({ recipe }) => {
    const { shortfalls, warnings } = await planned(recipe)
    expect(shortfalls).toEqual([])
    expect(warnings.filter(({ code }) => code === 'many-epochs' || code === 'short-stage')).toEqual([])
    expect(recipe.replaceAll('\n# ', ' ')).toMatch(/set\s+your own/)
  },
)

test.each<[string, [tokens: number, web: number][]]>([
  [
    'danube-1.8b',
    [
      [0.7e12, 0.85],
      [0.1e12, 0.85],
      [0.1e12, 0.85],
      [0.1e12, 0.85],
    ],
  ],
  [
    'danube2-1.8b',
    [
      [1e12, 0.845],
      [0.95e12, 0.728],
      [0.05e12, 0.555],
    ],
  ],
  [
    'danube2-small',
    [
      [1e9, 0.845],
      [0.95e9, 0.728],
      [0.05e9, 0.555],
    ],
  ],
  [
    'danube3-4b',
    [
      [4.6e12, 0.906],
      [1.35e12, 0.817],
      [0.05e12, 0.516],
    ],
  ],
  [
    'danube3-500m',
    [
      [2.8e12, 0.906],
      [1.15e12, 0.817],
      [0.05e12, 0.516],
    ],
  ],
])('%s has the budgets and web shares of its report', async (name, segments) => {
  const { recipe = '' } = Object.values(presets).find((preset) => preset.name === name) ?? {}
  const plan = await planned(recipe)
  const found = plan.segments.map(({ start, end, pools }) => [
    end - start,
    pools.find(({ pool }) => pool === 'web')?.share,
  ])
  expect(found).toEqual(segments)
})

test('smollm3 has the steps of its configurations', async () => {
  const plan = await planned(presets.smollm3.recipe)
  expect(plan.segments.map(({ sequenceLength, steps }) => [sequenceLength, steps])).toEqual([
    [4096, { count: 3_450_000, leftoverTokens: 0 }],
    [4096, { count: 748_000, leftoverTokens: 0 }],
    [4096, { count: 522_000, leftoverTokens: 0 }],
    [32_768, { count: 20_000, leftoverTokens: 0 }],
    [65_536, { count: 22_000, leftoverTokens: 0 }],
  ])
})
