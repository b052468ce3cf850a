import { z } from 'zod'
import type { TextEdit } from '../lib/documents/text-edits.ts'
import { defineFilter, drop, keepEdited, TAG } from './define-filter.ts'
import { findEmails } from './pii/email.ts'
import { type Finding, KINDS, type Kind, merged } from './pii/finding.ts'
import { findNumbers } from './pii/numbers.ts'
import { findSecrets } from './pii/secret.ts'

const mode = (what: string) =>
  z
    .enum(['mask', 'tag', 'drop'])
    .nullable()
    .default('mask')
    .describe(
      `${what}: mask replaces it, tag leaves it and tags the document, drop removes it. null: not looked for.`,
    )

const settings = z.strictObject({
  email: mode('E-mail addresses, under any registered top-level domain, and written as name (at) domain'),
  phone: mode('Phone numbers: international ones, and national ones in shapes or after words that tell'),
  ip: mode('Public IP addresses, v4 and v6; not those of private and reserved ranges, nor versions'),
  iban: mode('International bank account numbers, by country length and checksum'),
  card: mode('Payment card numbers, by issuer, length and checksum'),
  secret: mode('API keys and tokens by their known prefixes, private keys in PEM, and passwords in URLs'),
  placeholder: z
    .string()
    .default('<{kind}-{n}>')
    .describe(
      'What a masked finding becomes: {kind} is EMAIL, PHONE, …, and {n} numbers the different ones of a document from 1.',
    ),
})

/**
 * Personal data and secrets, found by hand-written scanners with their checksums. The replacement depends on the document
 * alone: the same address is the same placeholder wherever it stands in the document, and nothing of it is in the name.
 */
export const pii = defineFilter({
  name: 'pii',
  summary: 'Masks, counts or drops by e-mail addresses, phone numbers, IPs, IBANs, card numbers and secrets.',
  revision: 6,
  settings,
  reasons: KINDS,
  values: {
    [TAG]: 'string',
    'found.email': 'number',
    'found.phone': 'number',
    'found.ip': 'number',
    'found.iban': 'number',
    'found.card': 'number',
    'found.secret': 'number',
  },
  unicode: false,
  edits: 'spans',
  create: (settings) => {
    const dropping = KINDS.find((kind) => settings[kind] === 'drop') !== undefined
    return ({ text }) => {
      const findings = findPii(text, (kind) => settings[kind] !== null)
      const values = counts(findings, settings)
      const fatal = dropping
        ? KINDS.find((kind) => settings[kind] === 'drop' && values[`found.${kind}`] !== 0)
        : undefined
      if (fatal !== undefined) return drop(fatal, values[`found.${fatal}`] ?? null, 0, values)
      const tagged = KINDS.find((kind) => settings[kind] === 'tag' && values[`found.${kind}`] !== 0)
      const recorded = tagged === undefined ? values : { ...values, [TAG]: tagged }
      const masked = findings.filter(({ kind }) => settings[kind] === 'mask')
      return keepEdited(recorded, text, mask(text, masked, settings.placeholder))
    }
  },
})

/** What is in a text, in its order, without overlaps. */
export function findPii(text: string, isWanted: (kind: Kind) => boolean = () => true): readonly Finding[] {
  const numbers = {
    iban: isWanted('iban'),
    ip: isWanted('ip'),
    card: isWanted('card'),
    phone: isWanted('phone'),
  }
  return merged([
    isWanted('secret') ? findSecrets(text) : [],
    isWanted('email') ? findEmails(text) : [],
    Object.values(numbers).includes(true) ? findNumbers(text, numbers) : [],
  ])
}

function counts(
  findings: readonly Finding[],
  settings: Readonly<Record<Kind, string | null>>,
): Record<string, number> {
  const values: Record<string, number> = {}
  for (const kind of KINDS) if (settings[kind] !== null) values[`found.${kind}`] = 0
  for (const { kind } of findings) values[`found.${kind}`] = (values[`found.${kind}`] ?? 0) + 1
  return values
}

/** A placeholder for each finding, equal ones for equal findings: numbers count each kind's different ones. */
function mask(text: string, findings: readonly Finding[], placeholder: string): TextEdit[] {
  const known = new Map<string, string>()
  const different: Partial<Record<Kind, number>> = {}
  return findings.map(({ kind, start, end }) => {
    const key = `${kind} ${sameness(text.slice(start, end))}`
    let name = known.get(key)
    if (name === undefined) {
      const number = (different[kind] ?? 0) + 1
      different[kind] = number
      name = placeholder.replaceAll('{kind}', kind.toUpperCase()).replaceAll('{n}', String(number))
      known.set(key, name)
    }
    return { start, end, text: name }
  })
}

/** Findings that differ in case or separators alone are the same one. */
function sameness(found: string): string {
  return found.replace(/[A-Z]/g, (letter) => letter.toLowerCase()).replace(/[\s().-]/g, '')
}
