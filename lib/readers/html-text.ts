import { compile } from 'html-to-text'

/** What is no text of the page. */
const SKIPPED = [
  'nav',
  'footer',
  'form',
  'button',
  'select',
  'script',
  'style',
  'noscript',
  'template',
  'svg',
  'img',
  'iframe',
]
/** Elements below this depth are left out: pages have a tenth of it, and the converter recurses. */
const MAX_DEPTH = 200

const convert = compile({
  wordwrap: false,
  limits: { maxDepth: MAX_DEPTH, ellipsis: '', maxInputLength: 2 ** 30 },
  selectors: [
    { selector: 'a', options: { ignoreHref: true } },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
    { selector: 'table', format: 'dataTable', options: { uppercaseHeaderCells: false } },
    { selector: 'ul', options: { itemPrefix: '- ' } },
    ...SKIPPED.map((selector) => ({ selector, format: 'skip' })),
  ],
})

/** The text of a page: paragraphs, headings, lists, tables and preformatted blocks apart, without what surrounds it. */
export function htmlToText(html: string): string {
  return convert(html).trim()
}
