import {
  type WebAssemblyMemory,
  type WebAssemblyModule,
  webAssembly,
} from '../../lib/kernels/web-assembly.ts'
import type { FastTextModel } from './fasttext-file.ts'
import { KERNEL_MODULE } from './fasttext-kernel-module.ts'

/** What `assembly/index.ts` exports. */
interface KernelExports {
  readonly memory: WebAssemblyMemory
  configure(slots: number, words: number, buckets: number): number
  sumText(bytes: number): number
}

/** As in `assembly/layout.ts`. */
const TOTAL = 0x8100
const WORD_TABLE = 0x10000
const MOST_SLOTS = 1 << 17
const WORD_ENDS = 0x90000
const WORD_BYTES = 0xd0000
const MOST_WORD_BYTES = 1 << 20
const BUCKETS = 0x1d0000
const MOST_BUCKETS = 1 << 22
const ROWS = 0x2e0000
const MOST_ROWS = 1 << 17
const DIM = 16
const TEXT = 0xae0000
const BYTES_PER_UNIT = 3
const ROOM = 128
const SPACE = 0x20

/** UTF-16 units of a text at most. */
export const MOST_UNITS = 1 << 19

export interface FastTextKernel {
  /** Sum of the rows of the text's words, overwritten by the next. */
  readonly total: Float64Array
  /** Sums the rows of a text of at most MOST_UNITS; how many. */
  sum(this: void, text: string): number
}

let compiled: WebAssemblyModule | undefined

/**
 * Sums rows as `wordSums` in `fasttext.ts` does, its plain twin, in models of lid.176.ftz's kind. Undefined for other
 * models, and where the runtime lacks WebAssembly with SIMD, or the memory: 68 MB, of which systems give what is used.
 */
export function createKernel(model: FastTextModel): FastTextKernel | undefined {
  if (!fits(model)) return undefined
  const module = Buffer.from(KERNEL_MODULE, 'base64')
  if (compiled === undefined && !webAssembly.validate(module)) return undefined
  compiled ??= new webAssembly.Module(module)
  const instance = new webAssembly.Instance(compiled, {})
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the module is the project's own
  const kernel = instance.exports as KernelExports
  const { wordTable, wordEnds, wordBytes, words, bucket } = model
  if (kernel.configure(wordTable.length, words, bucket) === 0) return undefined
  // All memory there will ever be: these views stay.
  const { buffer } = kernel.memory
  new Int32Array(buffer, WORD_TABLE).set(wordTable)
  new Int32Array(buffer, WORD_ENDS).set(wordEnds)
  new Uint8Array(buffer, WORD_BYTES).set(wordBytes)
  setRows(buffer, model)
  const bytes = Buffer.from(buffer, TEXT, BYTES_PER_UNIT * MOST_UNITS + ROOM)
  return {
    total: new Float64Array(buffer, TOTAL, DIM),
    sum(text) {
      const end = bytes.write(text)
      bytes.fill(SPACE, end, end + ROOM)
      return kernel.sumText(end)
    },
  }
}

function fits(model: FastTextModel): boolean {
  return (
    model.dim === DIM &&
    model.minn === 2 &&
    model.maxn === 4 &&
    model.wordNgrams < 2 &&
    model.isPruned &&
    model.bucket <= MOST_BUCKETS &&
    model.wordTable.length <= MOST_SLOTS &&
    model.wordBytes.length <= MOST_WORD_BYTES &&
    model.rows.length <= MOST_ROWS * DIM
  )
}

/** The words' rows, then those of the buckets that have one, by bucket: a row is found by the bits before its own. */
function setRows(buffer: ArrayBuffer, { rows, words, bucketBits, bucketRows }: FastTextModel): void {
  const groups = new Int32Array(buffer, BUCKETS, 2 * bucketBits.length)
  const ordered = new Float32Array(buffer, ROWS, MOST_ROWS * DIM)
  ordered.set(rows.subarray(0, words * DIM))
  let row = words
  for (const [group, bits] of bucketBits.entries()) {
    groups[2 * group] = bits
    groups[2 * group + 1] = row - words
    for (let left = bits; left !== 0; left &= left - 1) {
      const index = 32 * group + 31 - Math.clz32(left & -left)
      const from = (bucketRows[index] ?? 0) * DIM
      ordered.set(rows.subarray(from, from + DIM), row * DIM)
      row++
    }
  }
}
