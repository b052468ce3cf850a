import {
  type WebAssemblyMemory,
  type WebAssemblyModule,
  webAssembly,
} from '../../lib/kernels/web-assembly.ts'
import { KERNEL_MODULE } from './kernel-module.ts'
import { CHAIN_WORDS, type Permutations, placeOf } from './permutations.ts'
import { wordForms } from './word-characters.ts'

/** What `assembly/index.ts` exports. */
interface KernelExports {
  readonly memory: WebAssemblyMemory
  configure(ngram: number, chains: number): number
  start(): void
  add(units: number): void
  finish(): void
}

/** As in `assembly/index.ts`. */
const FORMS = 0x10000
const TEXT = 0x50000
const TEXT_UNITS = 0x4000
const CHAINS = 0x70000
const MINIMA = 0x80000
const LANES = 4

/** The minima of a text's shingles, by value of the signature: an array that is valid until the next call. */
export type Minimiser = (text: string) => Int32Array

let compiled: WebAssemblyModule | undefined

/** The kernel for n-grams of so many words; undefined where the runtime lacks WebAssembly with SIMD. */
export function createKernel(ngram: number, { count, chains }: Permutations): Minimiser | undefined {
  const module = Buffer.from(KERNEL_MODULE, 'base64')
  if (compiled === undefined && !webAssembly.validate(module)) return undefined
  compiled ??= new webAssembly.Module(module)
  let forms = new Uint32Array()
  const words = {
    fillForms: (page: number) => forms.set(wordForms(page), page * 256),
    formOf: (codePoint: number) => wordForms(codePoint >>> 8)[codePoint & 0xff] ?? 0,
  }
  const instance = new webAssembly.Instance(compiled, { words })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the module is the project's own
  const kernel = instance.exports as KernelExports
  if (kernel.configure(ngram, chains.length / CHAIN_WORDS) === 0) return undefined
  // All memory there will ever be: these views stay.
  const { buffer } = kernel.memory
  forms = new Uint32Array(buffer, FORMS, 0x10000)
  new Int32Array(buffer, CHAINS).set(chains)
  const places = Int32Array.from({ length: count }, (_, value) => LANES * placeOf(value))
  const minima = new Int32Array(buffer, MINIMA)
  const signature = new Int32Array(count)
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
    for (let value = 0; value < count; value++) signature[value] = minima[places[value] ?? 0] ?? 0
    return signature
  }
}

/** `end`, or one less where it would cut a pair of surrogates; the text's length at most. */
function wholeEnd(text: string, end: number): number {
  if (end >= text.length) return text.length
  return (text.charCodeAt(end - 1) & 0xfc00) === 0xd800 ? end - 1 : end
}
