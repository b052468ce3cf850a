/**
 * What is measured over the texts: each filter at each of its variants and words, and what else looks at a whole text on its
 * way through a build. A use is { label, name, create }: `create` gives a function of a text.
 */
import path from 'node:path'
import {
  createDecontaminator,
  createIndexBuilder,
  decontaminateSettings,
} from '../../../dist/filters/decontaminate/index.js'
import { pieceHasher, withoutCuts } from '../../../dist/filters/dedup/blocks.js'
import { dedupMethods } from '../../../dist/filters/dedup/index.js'
import { filters } from '../../../dist/filters/index.js'
import { createHygiene, hygieneSettings } from '../../../dist/lib/documents/hygiene.js'
import { htmlToText } from '../../../dist/lib/readers/html-text.js'

const fixture = (name) => path.resolve(import.meta.dirname, '../../filters/models/fixtures', name)
/** Beside the defaults, or in their place: what makes a filter do most. */
const SETTINGS = {
  lightgbm: { model: fixture('lightgbm-binary.txt') },
  onnx: {
    model: fixture('onnx-mean.onnx'),
    tokenizer: { type: 'huggingface', model: fixture('onnx-tokenizer.json') },
    labels: ['plain', 'sale', 'chat'],
  },
  'code-exclusion': { blocks: 'cut', maxScore: null, maxCodeShare: null },
  boilerplate: { maxShare: null },
  language: { minLineShare: 0.5, minLineLength: null },
  'line-quality': { maxRemovedWords: null },
  url: {
    blockDomains: ['a.example'],
    hardWords: ['x'],
    softWords: ['y'],
    subWords: ['zzz'],
    blockUrls: ['b'],
  },
}

const filterUses = Object.entries(filters).flatMap(([name, { settings, load, create }]) => {
  const shape = settings.shape ?? {}
  const kinds = shape.words === undefined ? [undefined] : ['spacy', 'unicode', 'whitespace']
  const variants = shape.variant?.unwrap?.().options ?? [undefined]
  return variants.flatMap((variant) =>
    kinds
      .filter((_, i) => i === 0 || variant === undefined || variant === 'datatrove')
      .map((words) => {
        const given = { ...(variant && { variant }), ...(words && { words }) }
        return {
          label: [name, ...Object.values(given)].join(' '),
          name,
          async create() {
            const parsed = settings.parse({ ...SETTINGS[name], ...given })
            const judge = create(parsed, await load?.(parsed))
            const earlier = new Proxy({}, { get: () => ({}) })
            // The url filter reads nothing but this.
            const urlOf = (text) => (name === 'url' ? `https://a.${text}` : undefined)
            return (text) => judge({ text, id: undefined, url: urlOf(text) }, earlier)
          },
        }
      }),
  )
})

const hygiene = (given) => {
  const clean = createHygiene(hygieneSettings.parse(given))
  return (text) => clean(text)
}

function dedup(name, given = {}) {
  const { settings, compares, create } = dedupMethods[name]
  const method = create(settings.parse(given))
  if (compares === 'blocks') {
    const hash = pieceHasher(method.minCharacters)
    const into = new Uint32Array(16)
    return (text) => {
      const bytes = Buffer.from(text)
      const ends = method.split(bytes)
      const cuts = []
      for (let at = method.width - 1; at < ends.length; at++) {
        const start = at < method.width ? 0 : ends[at - method.width]
        if (hash(bytes, start, ends[at], into, 0)) cuts.push([start, ends[at]])
      }
      withoutCuts(bytes, cuts)
    }
  }
  if (method.exact !== undefined) return (text) => method.exact.features({ text })
  const sketch = new Uint32Array(method.sketchWords)
  const keys = new Uint32Array(2 * method.maxKeys)
  return (text) => {
    method.sketch({ text, url: name === 'url' ? `https://a.${text}` : undefined }, sketch, 0)
    method.keys(sketch, 0, keys, 0)
  }
}

/** Items that texts of repeated words, lines and marks share most with. */
const ITEMS = [
  'word ',
  'a ',
  'a line. ',
  'a dot b at c dot d ',
  'a@b.com ',
  '本',
  'a b ',
  '1 2 ',
  'text ',
].map((part) => part.repeat(40))

function decontamination(given) {
  const settings = decontaminateSettings.parse({ benchmarks: [{ file: 'none' }], ...given })
  const builder = createIndexBuilder(settings)
  builder.begin('made')
  for (const question of ITEMS)
    builder.add({ id: undefined, question, answers: [], passage: '', choices: [] })
  const decide = createDecontaminator(builder.finish(), settings)
  return (text) => decide(Buffer.from(text))
}

const stepUses = Object.entries({
  'hygiene all': () =>
    hygiene({ mojibake: 'repair', lineEnds: 'lf', nul: 'remove', controls: 'remove', normalization: 'NFKC' }),
  'hygiene NFC': () => hygiene({ normalization: 'NFC' }),
  html: () => (text) => {
    try {
      htmlToText(text)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
    }
  },
  'dedup url': () => dedup('url'),
  'dedup exact': () => dedup('exact'),
  'dedup minhash': () => dedup('minhash'),
  'dedup minhash jaccard': () => dedup('minhash', { verify: 'jaccard' }),
  'dedup lines': () => dedup('lines'),
  'dedup paragraphs': () => dedup('paragraphs'),
  'dedup spans': () => dedup('spans'),
  'decontaminate cut': () => decontamination({ action: 'cut' }),
  'decontaminate drop': () => decontamination({ action: 'drop' }),
}).map(([label, create]) => ({ label, name: label.split(' ')[0], create }))

export const uses = [...filterUses, ...stepUses]
