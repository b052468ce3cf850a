import { z } from 'zod'

// PLACEHOLDERS until the registries are there.
export const readerNames = ['jsonl', 'text', 'markdown']
export const templateNames = ['plain']
export const formatNames = ['megatron', 'packed']
export const packingNames = ['best-fit', 'concat']
export const tokenizerSchema = z.union([
  z.enum(['mistral-v1', 'mistral-v2', 'mistral-v3', 'tekken']),
  z.looseObject({ type: z.enum(['sentencepiece', 'tekken']) }),
])
export const dedupMethods: Record<string, { name: string; summary: string; settings: z.ZodType }> = {
  exact: { name: 'exact', summary: '', settings: z.strictObject({}) },
  minhash: {
    name: 'minhash',
    summary: '',
    settings: z.strictObject({ threshold: z.number().min(0).max(1).default(0.8).describe('x') }),
  },
}
export const dedupUse: z.ZodType<{ name: string; settings: unknown }> = z.unknown().transform((use) => ({
  name: typeof use === 'string' ? use : (Object.keys(use as object)[0] ?? ''),
  settings: {},
}))
