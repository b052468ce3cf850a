import { z } from 'zod'
import type { MappingProblem } from './conversations/define-conversation.ts'
import { repairMojibake } from './mojibake.ts'
import { normalized } from './normalize.ts'

/**
 * What is done to every text of a source before anything looks at it, in this order. The defaults are the least that any
 * text needs; the uid is of the text before. Each edit is counted by record as `hygiene/NAME`.
 */
export const hygieneSettings = z
  .strictObject({
    invalidUtf8: z
      .enum(['refuse', 'replace'])
      .default('refuse')
      .describe(
        'Bytes that are not UTF-8, in records of text formats: refuse makes the record a bad one, replace puts U+FFFD ' +
          'for each fault.',
      ),
    bom: z
      .enum(['remove', 'keep'])
      .default('remove')
      .describe('A byte order mark (U+FEFF) at the start of the text.'),
    loneSurrogates: z
      .enum(['replace', 'refuse'])
      .default('replace')
      .describe('Halves of surrogate pairs, which UTF-8 cannot carry: U+FFFD for each, or a bad record.'),
    mojibake: z
      .enum(['keep', 'repair'])
      .default('keep')
      .describe(
        'UTF-8 that was read as windows-1252 or Latin-1 (`cafÃ©`): repair puts it right where the whole text, written ' +
          'in that encoding, is valid UTF-8, and again while it is.',
      ),
    lineEnds: z
      .enum(['keep', 'lf'])
      .default('keep')
      .describe('CR LF and single CR: lf makes a line feed of each.'),
    nul: z
      .enum(['keep', 'remove', 'refuse'])
      .default('keep')
      .describe('U+0000: keep, remove, or a bad record.'),
    controls: z
      .enum(['keep', 'remove'])
      .default('keep')
      .describe('U+0001 to U+001F but tab, line feed and carriage return, and U+007F to U+009F.'),
    normalization: z
      .enum(['none', 'NFC', 'NFKC'])
      .default('none')
      .describe(
        'Unicode normalization form. 256 and more combining marks in a row are left as they are. By the tables of the ' +
          'Node.js version, which is in the units’ keys.',
      ),
  })
  .describe('Text hygiene: what is done to texts before the filters see them.')

export type HygieneSettings = z.output<typeof hygieneSettings>

/** The edits that can be made to a text, in their order. */
export type HygieneEdit = keyof HygieneSettings

/** How often each edit was made: byte order marks, surrogates, NULs, controls, line ends; 1 where it is of the whole text. */
export type HygieneEdits = Readonly<Partial<Record<HygieneEdit, number>>>

export interface CleanText {
  readonly text: string
  readonly edits: HygieneEdits
}

export const defaultHygiene: HygieneSettings = hygieneSettings.parse({})

const NO_EDITS: HygieneEdits = Object.freeze({})
const BYTE_ORDER_MARK = 0xfeff

/** The function that cleans a source's texts: pure, linear, never throws. */
export function createHygiene(settings: HygieneSettings): (text: string) => CleanText | MappingProblem {
  const { bom, loneSurrogates, mojibake, lineEnds, nul, controls, normalization } = settings
  /** Units that some replacement could be for; a text without any of them is not looked at again. */
  const suspects = new RegExp(
    `[${nul === 'keep' ? '' : '\\0'}${controls === 'keep' ? '' : CONTROLS}${lineEnds === 'keep' ? '' : '\\r'}]`,
  )
  return (raw) => {
    let text = raw
    let edits: Partial<Record<HygieneEdit, number>> | undefined
    const edit = (name: HygieneEdit, times: number, changed: string): void => {
      if (times === 0) return
      edits ??= {}
      edits[name] = times
      text = changed
    }
    if (bom === 'remove' && text.charCodeAt(0) === BYTE_ORDER_MARK) edit('bom', 1, text.slice(1))
    if (!asWellFormed(text).isWellFormed()) {
      const lone = countLoneSurrogates(text)
      if (loneSurrogates === 'refuse') return refused(`${lone} lone surrogates`)
      edit('loneSurrogates', lone, asWellFormed(text).toWellFormed())
    }
    if (mojibake === 'repair') {
      const repaired = repairMojibake(text)
      edit('mojibake', repaired === text ? 0 : 1, repaired)
    }
    if (suspects.test(text)) {
      if (lineEnds === 'lf') edit('lineEnds', count(text, /\r\n?/g), text.replace(/\r\n?/g, '\n'))
      const nuls = nul === 'keep' ? 0 : count(text, /\0/g)
      if (nuls > 0 && nul === 'refuse') return refused(`${nuls} NUL characters`)
      edit('nul', nuls, text.replaceAll('\0', ''))
      if (controls === 'remove')
        edit('controls', count(text, controlCharacters), text.replace(controlCharacters, ''))
    }
    if (normalization !== 'none') {
      const composed = normalized(text, normalization)
      edit('normalization', composed === text ? 0 : 1, composed)
    }
    return edits === undefined ? { text, edits: NO_EDITS } : { text, edits }
  }
}

/** The units of `controls`, for a class of a regular expression. */
export const CONTROLS = '\\u0001-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f'
const controlCharacters = new RegExp(`[${CONTROLS}]`, 'g')

function count(text: string, pattern: RegExp): number {
  let found = 0
  pattern.lastIndex = 0
  while (pattern.test(text)) found++
  return found
}

function refused(what: string): MappingProblem {
  return { reason: 'refused', detail: `the text has ${what}` }
}

function countLoneSurrogates(text: string): number {
  let lone = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.codePointAt(at) ?? 0
    if (code > 0xffff) at++
    else if (code >= 0xd800 && code <= 0xdfff) lone++
  }
  return lone
}

interface WellFormed {
  isWellFormed(): boolean
  toWellFormed(): string
}

/** Every supported Node has these two methods; the types of ES2023 do not. */
function asWellFormed(text: string): WellFormed {
  return Object(text)
}
