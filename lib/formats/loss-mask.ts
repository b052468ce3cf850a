import { createOutputFile, type WrittenFile } from '../storage/output-file.ts'
import { damaged, openRandomAccess } from '../storage/random-access.ts'
import type { Sequence } from './define-format.ts'

/** Bytes held before a write. */
const BUFFER_BYTES = 2 ** 18

/** How many of `tokens` tokens the loss counts: all, where there is no mask. */
export function learnedOf(tokens: number, learned: Uint8Array | undefined): number {
  if (learned === undefined) return tokens
  let count = 0
  for (const byte of learned) count += byte
  return count
}

/** Tokens of a sequence or document that the loss counts. */
export function countLearned({ pieceLengths, learned }: Omit<Sequence, 'tokens'>): number {
  return learnedOf(
    pieceLengths.reduce((sum, length) => sum + length, 0),
    learned,
  )
}

/** Writes a sequence's loss mask to `into`, from byte `at` on; `into` is zero there. */
export function writeLearned(into: Uint8Array | Int32Array, at: number, sequence: Sequence): void {
  if (sequence.learned === undefined) into.fill(1, at, at + countLearned(sequence))
  else into.set(sequence.learned, at)
}

/** The same as bits, least significant first in a byte, from bit `at` on. */
export function writeLearnedBits(into: Uint8Array, at: number, sequence: Sequence): void {
  if (sequence.learned === undefined) return setBits(into, at, at + countLearned(sequence))
  for (let i = 0; i < sequence.learned.length; i++) {
    const bit = at + i
    if (sequence.learned[i] === 1) into[bit >> 3] = (into[bit >> 3] ?? 0) | (1 << (bit & 7))
  }
}

/** Sets bits [from, to). */
function setBits(bits: Uint8Array, from: number, to: number): void {
  const [first, last] = [from >> 3, to >> 3]
  const [head, tail] = [0xff << (from & 7), (1 << (to & 7)) - 1]
  if (first === last) {
    bits[first] = (bits[first] ?? 0) | (head & tail)
    return
  }
  bits[first] = (bits[first] ?? 0) | head
  bits.fill(0xff, first + 1, last)
  if (tail !== 0) bits[last] = (bits[last] ?? 0) | tail
}

/** A file of a byte a token, 1 where the loss counts it. */
export interface MaskFile {
  /** The mask of the next `count` tokens; undefined: all ones. */
  write(count: number, learned: Uint8Array | undefined): Promise<void> | void
  finish(): Promise<void>
  commit(): Promise<WrittenFile>
  abort(): Promise<void>
}

/** Creates `file`. Throws OUTPUT_UNWRITABLE. */
export async function createMaskFile(file: string): Promise<MaskFile> {
  const output = await createOutputFile(file)
  const buffer = new Uint8Array(BUFFER_BYTES)
  let filled = 0
  const flush = async (): Promise<void> => {
    const bytes = buffer.subarray(0, filled)
    filled = 0
    await output.write(bytes)
  }
  const put = (count: number, learned: Uint8Array | undefined, done: number): void => {
    if (learned === undefined) buffer.fill(1, filled, filled + count)
    else buffer.set(learned.subarray(done, done + count), filled)
    filled += count
  }
  const writeInParts = async (count: number, learned: Uint8Array | undefined): Promise<void> => {
    for (let done = 0; done < count; ) {
      const part = Math.min(count - done, BUFFER_BYTES - filled)
      put(part, learned, done)
      done += part
      if (filled === BUFFER_BYTES) await flush()
    }
  }
  return {
    write(count, learned) {
      if (filled + count > BUFFER_BYTES) return writeInParts(count, learned)
      put(count, learned, 0)
      return undefined
    },
    finish: flush,
    commit: () => output.commit(),
    abort: () => output.abort(),
  }
}

/** Reads parts of a mask file. */
export interface MaskReader {
  read(start: number, length: number): Promise<Uint8Array>
  close(): Promise<void>
}

/** Opens the mask of `tokens` tokens. Throws INPUT_MISSING, and OUTPUT_DAMAGED where it has another size or other bytes. */
export async function openMaskFile(path: string, tokens: number): Promise<MaskReader> {
  const file = await openRandomAccess(path)
  if (file.size !== tokens) {
    await file.close()
    throw damaged(path, `is ${file.size} bytes long, for ${tokens} tokens`)
  }
  return {
    async read(start, length) {
      const mask = await file.read(start, length)
      const wrong = mask.findIndex((byte) => byte > 1)
      if (wrong >= 0) throw damaged(path, `has ${mask[wrong]} at ${start + wrong}, neither 0 nor 1`)
      return mask
    },
    close: () => file.close(),
  }
}
