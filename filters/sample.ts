import { z } from 'zod'
import { UID_BYTES, writeUid } from '../lib/documents/uid.ts'
import { type Key64, keyedHash, unitInterval } from '../lib/kernels/keyed-hash.ts'
import { defineFilter, drop, keep } from './define-filter.ts'

/**
 * Keeps a share of the documents, drawn by a keyed hash of each, so that the draw depends on the document alone: not on
 * order, workers or splits. A larger rate keeps what a smaller one with the same key keeps, and more.
 */
export const sample = defineFilter({
  name: 'sample',
  summary: 'Keeps a share of the documents, drawn by a keyed hash of id, URL and text.',
  revision: 1,
  settings: z.strictObject({
    rate: z.number().min(0).max(1).default(0.5).describe('Share of the documents to keep, in [0, 1].'),
    seed: z.int().min(0).default(0).describe('Key of the draw: another one draws other documents.'),
  }),
  reasons: ['not_sampled'],
  values: { draw: 'number' },
  unicode: false,
  create: ({ rate, seed }) => {
    const hash = keyedHash(seed, 'sample-filter')
    const uid = new Uint8Array(UID_BYTES)
    const words = new Uint32Array(uid.buffer)
    const key: Key64 = { high: 0, low: 0 }
    return (document) => {
      writeUid('', document, uid, 0)
      hash(words, 0, key)
      const draw = unitInterval(key)
      return draw < rate ? keep({ draw }) : drop('not_sampled', draw, rate, { draw })
    }
  },
})
