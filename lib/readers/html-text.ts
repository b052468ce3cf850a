import { compile, type DomNode, type FormatCallback } from 'html-to-text'
import { Parser } from 'htmlparser2'

/** What is no text of the page. Forms are: some sites put whole pages into one. */
const SKIPPED = [
  'title',
  'nav',
  'footer',
  'aside',
  'button',
  'select',
  'label',
  'textarea',
  'script',
  'style',
  'noscript',
  'template',
  'svg',
  'img',
  'iframe',
]
/**
 * Elements open at once, at most: pages have a twentieth of it, browsers stop at 512. The parser looks through those that
 * are open at every tag, and the converter recurses.
 */
const MAX_DEPTH = 500
/**
 * Elements, comments and the like of a page, at most: a tenth of it is much. Each costs the converter half a kilobyte and
 * microseconds, and 16 MiB could hold four million.
 */
const MAX_NODES = 1 << 20

/** Elements of a cell that make it more than a cell: such tables lay out pages. */
const BLOCKS = new Set(['p', 'div', 'table', 'ul', 'ol', 'dl', 'pre', 'blockquote', 'section', 'article'])

const isCell = ({ name }: DomNode) => name === 'td' || name === 'th'

/** A row: a line of cells, or its cells as blocks. Spans are not laid out, so that none can ask for memory. */
const row: FormatCallback = (element, walk, builder) => {
  const cells = element.children.filter(isCell)
  const asBlocks = cells.some(({ children }) => children.some(({ name }) => BLOCKS.has(name ?? '')))
  builder.openBlock({ leadingLineBreaks: 1 })
  for (const child of element.children) {
    const cell = isCell(child)
    if (cell && asBlocks) builder.openBlock({ leadingLineBreaks: 2 })
    else if (cell && child !== cells[0]) builder.addInline(' | ')
    walk([child], builder)
    if (cell && asBlocks) builder.closeBlock({ trailingLineBreaks: 2 })
  }
  builder.closeBlock({ trailingLineBreaks: 1 })
}

const convert = compile({
  wordwrap: false,
  limits: { maxDepth: MAX_DEPTH, ellipsis: '', maxInputLength: 2 ** 30 },
  baseElements: { selectors: ['main'], orderBy: 'occurrence', returnDomByDefault: true },
  formatters: { row },
  selectors: [
    { selector: 'a', options: { ignoreHref: true } },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
    { selector: 'table', format: 'block', options: { leadingLineBreaks: 2, trailingLineBreaks: 2 } },
    { selector: 'tr', format: 'row' },
    { selector: 'ul', options: { itemPrefix: '- ' } },
    ...SKIPPED.map((selector) => ({ selector, format: 'skip' })),
  ],
})

/**
 * The text of a page: paragraphs, headings, lists, tables (a row a line) and preformatted blocks apart, without what
 * surrounds it; of its `main` element where it has one. Throws RangeError where elements are nested deeper than MAX_DEPTH, or
 * there are more nodes than MAX_NODES.
 */
export function htmlToText(html: string): string {
  checkNodes(html)
  return convert(html).trim()
}

function checkNodes(html: string): void {
  let depth = 0
  let nodes = 0
  const count = () => {
    nodes += 1
    if (nodes > MAX_NODES) throw new RangeError(`more than ${MAX_NODES} elements`)
  }
  const parser = new Parser({
    onopentagname() {
      count()
      depth += 1
      if (depth > MAX_DEPTH) throw new RangeError(`elements nested deeper than ${MAX_DEPTH}`)
    },
    onclosetag() {
      depth -= 1
    },
    oncomment: count,
    oncdatastart: count,
    onprocessinginstruction: count,
  })
  parser.end(html)
}
