import { describe, expect, expectTypeOf, test } from 'vitest'
import { type Recipe, type RecipeInput, recipeJsonSchema, recipeSchema } from '../../../lib/recipe/schema.ts'

interface JsonSchema {
  readonly type?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: JsonSchema | boolean
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly required?: readonly string[]
}

/** Every property in a JSON Schema with its path; `*` stands for any key, `[]` for any item. */
function propertiesOf(schema: JsonSchema, path = ''): [string, JsonSchema][] {
  const inside: [string, JsonSchema][] = [
    ...Object.entries(schema.properties ?? {}).map(([key, value]): [string, JsonSchema] => [
      `${path}.${key}`,
      value,
    ]),
    ...(typeof schema.additionalProperties === 'object'
      ? [[`${path}.*`, schema.additionalProperties] satisfies [string, JsonSchema]]
      : []),
  ]
  const below = [...inside, ...(schema.items === undefined ? [] : [[`${path}[]`, schema.items] as const])]
  return [
    ...inside,
    ...below.flatMap(([place, each]) => propertiesOf(each, place)),
    ...(schema.anyOf ?? []).flatMap((each) => propertiesOf(each, path)),
  ]
}

describe('the JSON Schema', () => {
  const schema: JsonSchema = JSON.parse(JSON.stringify(recipeJsonSchema()))
  const properties = propertiesOf(schema)

  test('is of the recipe as it is written', () => {
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      additionalProperties: false,
      required: ['name', 'sources', 'stages', 'phases'],
    })
  })

  test('describes every property, those of filters, dedup methods and tokenizers too', () => {
    const paths = properties.map(([path]) => path)
    expect(paths).toEqual(
      expect.arrayContaining([
        '.sources.*.filters[].language.keep',
        '.dedup[].minhash.threshold',
        '.tokenizer.model',
        '.stages[].mix.*',
        '.output.documents.bos',
      ]),
    )
    const named = ['.sources.*.tiers.*', '.tokenizer.type'] // described by what they are in
    const bare = properties.filter(
      ([path, { description }]) => description === undefined && !named.includes(path),
    )
    expect(bare.map(([path]) => path)).toEqual([])
  })

  test('lets no key be left unchecked', () => {
    const open = [['', schema] as const, ...properties].filter(
      ([, each]) => each.type === 'object' && each.additionalProperties === undefined,
    )
    expect(open.map(([path]) => path)).toEqual([])
  })

  test('is plain JSON', () => {
    expect(schema).toEqual(recipeJsonSchema())
  })
})

describe('the types', () => {
  test('are inferred: quantities are numbers, defaults are there', () => {
    expectTypeOf<Recipe['stages'][number]['tokens']>().toEqualTypeOf<number>()
    expectTypeOf<Recipe['phases'][number]['tokens']>().toEqualTypeOf<number | 'rest'>()
    expectTypeOf<Recipe['sources'][string]['maxEpochs']>().toEqualTypeOf<number>()
    expectTypeOf<RecipeInput['stages'][number]['tokens']>().toEqualTypeOf<number | string | undefined>()
    expectTypeOf<RecipeInput['seed']>().toEqualTypeOf<number | undefined>()
    expectTypeOf<Recipe['output']['documents']>().toEqualTypeOf<{ bos: boolean; eos: boolean }>()
  })

  test('a filter has its settings, defaults included', () => {
    const parsed = recipeSchema.parse({
      name: 'x',
      sources: {
        a: {
          files: ['a'],
          license: 'MIT',
          acquisition: 'other',
          filters: ['language', { language: { minScore: 0 } }],
        },
      },
      stages: [{ name: 's', tokens: 1, mix: { a: 1 } }],
      phases: [{ sequenceLength: 2 }],
    })
    expect(parsed.sources['a']?.filters).toMatchObject([
      { name: 'language', settings: { keep: ['en'], minScore: 0.65 } },
      { name: 'language', settings: { keep: ['en'], minScore: 0 } },
    ])
  })
})
