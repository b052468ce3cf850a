import {
  type WebAssemblyMemory,
  type WebAssemblyModule,
  webAssembly,
} from '../../lib/kernels/web-assembly.ts'
import { KERNEL_MODULE } from './kernel-module.ts'
import type { Permutations } from './permutations.ts'
import { astralWordForm, wordUnits } from './word-characters.ts'

/** What `assembly/index.ts` exports. */
interface KernelExports {
  readonly memory: WebAssemblyMemory
  configure(ngram: number, permutations: number): number
  start(): void
  add(units: number): void
  finish(): void
}

/** As in `assembly/index.ts`. */
const FORMS = 0x10000
const TEXT = 0x30000
const TEXT_UNITS = 0x10000
const FACTORS = 0x60000
const TERMS = 0x80000
const MINIMA = 0xa0000

/** The minima of a text's shingles, a view that is valid until the next call: Int32Array, padded as `factors`. */
export type Minimiser = (text: string) => Int32Array

let compiled: WebAssemblyModule | undefined

/** The kernel for n-grams of so many words; undefined where the runtime lacks WebAssembly with SIMD. */
export function createKernel(ngram: number, { factors, terms }: Permutations): Minimiser | undefined {
  const module = Buffer.from(KERNEL_MODULE, 'base64')
  if (compiled === undefined && !webAssembly.validate(module)) return undefined
  compiled ??= new webAssembly.Module(module)
  const instance = new webAssembly.Instance(compiled, { words: { astralForm: astralWordForm } })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the module is the project's own
  const kernel = instance.exports as KernelExports
  if (kernel.configure(ngram, factors.length) === 0) return undefined
  // All memory there will ever be: these views stay.
  const { buffer } = kernel.memory
  new Uint16Array(buffer, FORMS).set(wordUnits())
  new Int32Array(buffer, FACTORS).set(factors)
  new Int32Array(buffer, TERMS).set(terms)
  const minima = new Int32Array(buffer, MINIMA, factors.length)
  const units = Buffer.from(buffer, TEXT, 2 * TEXT_UNITS)
  return (text) => {
    kernel.start()
    for (let at = 0; at < text.length; ) {
      const end = wholeEnd(text, at + TEXT_UNITS)
      units.write(at === 0 && end === text.length ? text : text.slice(at, end), 'utf16le')
      kernel.add(end - at)
      at = end
    }
    kernel.finish()
    return minima
  }
}

/** `end`, or one less where it would cut a pair of surrogates; the text's length at most. */
function wholeEnd(text: string, end: number): number {
  if (end >= text.length) return text.length
  return (text.charCodeAt(end - 1) & 0xfc00) === 0xd800 ? end - 1 : end
}
