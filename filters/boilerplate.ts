import { z } from 'zod'
import { defineFilter, drop, keep } from './define-filter.ts'

/** What web pages say around their text, in lower case: cookie and consent notices, scripts, accounts, sharing, legal lines. */
const PHRASES = [
  'uses cookies',
  'use cookies',
  'use of cookies',
  'accept cookies',
  'accept all cookies',
  'cookie policy',
  'cookie settings',
  'cookie preferences',
  'privacy policy',
  'terms of use',
  'terms of service',
  'terms and conditions',
  'all rights reserved',
  'enable javascript',
  'javascript is disabled',
  'requires javascript',
  'javascript enabled',
  'your browser does not support',
  'sign up for our newsletter',
  'subscribe to our newsletter',
  'log in to comment',
  'sign in to comment',
  'leave a comment',
  'leave a reply',
  'share this',
  'share on facebook',
  'share on twitter',
  'tweet this',
  'email this',
  'click here to',
  'read more',
  'skip to content',
  'skip to main content',
  'back to top',
  'items in cart',
  'add to cart',
  'follow us on',
  'powered by wordpress',
  'your email address will not be published',
  'diese website verwendet cookies',
  'ce site utilise des cookies',
  'este sitio utiliza cookies',
  'questo sito utilizza',
  'alle rechte vorbehalten',
  'tous droits réservés',
  'todos los derechos reservados',
]

/** Lines that web pages have around their text: removed, or counted against a limit. */
export const boilerplate = defineFilter({
  name: 'boilerplate',
  summary:
    'Removes lines of cookie notices, share buttons and the like, and drops texts that are mostly such.',
  revision: 1,
  settings: z.strictObject({
    removeLines: z.boolean().default(true).describe('Remove these lines from texts that are kept.'),
    maxShare: z
      .number()
      .min(0)
      .nullable()
      .default(0.4)
      .describe('Greatest share of such lines among lines that are not blank, inclusive. null: no limit.'),
    maxLineLength: z
      .int()
      .min(0)
      .nullable()
      .default(200)
      .describe('Longer lines are prose whatever they mention; in UTF-16 units, inclusive. null: no limit.'),
    phrases: z
      .array(z.string().min(1))
      .default([])
      .describe('More phrases that such a line has, in any case.'),
  }),
  reasons: ['boilerplate'],
  values: { lines: 'number', boilerplateLines: 'number', share: 'number' },
  unicode: true, // toLowerCase
  edits: 'text',
  rules: ({ maxShare }) => [{ value: 'share', max: maxShare, setting: 'maxShare', reason: 'boilerplate' }],
  create: ({ removeLines, maxShare, maxLineLength, phrases }) => {
    const all = [...PHRASES, ...phrases.map((phrase) => phrase.toLowerCase())]
    const shortest = Math.min(...all.map((phrase) => phrase.length))
    const isBoilerplate = (line: string): boolean => {
      if (maxLineLength !== null && line.length > maxLineLength) return false
      const lower = line.toLowerCase()
      return lower.length >= shortest && all.some((phrase) => lower.includes(phrase))
    }
    return ({ text }) => {
      let filled = 0
      let boilerplateLines = 0
      /** What stands between the lines of boilerplate, which are few beside all lines. */
      const kept: string[] = []
      let from = 0
      for (let start = 0; start <= text.length; ) {
        const feed = text.indexOf('\n', start)
        const end = feed === -1 ? text.length : feed
        const line = text.slice(start, end)
        if (line.trim() !== '') filled++
        if (isBoilerplate(line)) {
          boilerplateLines++
          if (start > from) kept.push(text.slice(from, start - 1))
          from = end + 1
        }
        start = end + 1
      }
      if (from <= text.length) kept.push(text.slice(from))
      const share = filled === 0 ? 0 : boilerplateLines / filled
      const values = { lines: filled, boilerplateLines, share }
      if (maxShare !== null && share > maxShare) return drop('boilerplate', share, maxShare, values)
      return removeLines && boilerplateLines > 0 ? keep(values, kept.join('\n')) : keep(values)
    }
  },
})
