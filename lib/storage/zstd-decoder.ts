import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type WebAssemblyMemory, type WebAssemblyModule, webAssembly } from '../kernels/web-assembly.ts'

/**
 * Streaming Zstandard decoder (RFC 8878): any number of frames, skippable ones too, windows up to 128 MiB, checksums
 * verified. It is one WebAssembly build of the reference decoder on every Node version, although newer ones have a
 * native decoder: damaged files must give the same bytes everywhere, and the speed is close.
 *
 * Only the binary of the package `zstddec` is used, because its own class hides the decoder's error codes.
 */
export interface ZstdDecoder {
  /**
   * Yields what `input` decodes to, in pieces of 128 to 256 KiB, which the caller owns. Throws ZstdDamage where the
   * bytes are corrupt, after everything that comes before the damaged block was given by `finish`.
   */
  decode(input: Uint8Array): Generator<Uint8Array, void>
  /** The rest of what was decoded; `whole` is false when the input ended within a frame. */
  finish(): { rest: Uint8Array; whole: boolean }
  /** Exactly `length` bytes from frames that are whole. Throws ZstdDamage or RangeError; the decoder is then of no more use. */
  decodeWhole(input: Uint8Array, length: number): Uint8Array
  /** Gives the memory back. Safe to call twice. */
  close(): void
}

/** Thrown by `decode`; `finish` still gives what was decoded before. */
export class ZstdDamage extends Error {
  override readonly name = 'ZstdDamage'
}

interface Exports {
  readonly memory: WebAssemblyMemory
  malloc(bytes: number): number
  free(address: number): void
  ZSTD_createDCtx(): number
  ZSTD_freeDCtx(context: number): void
  /** Takes two structs of three 32-bit words, {address, size, position}; gives bytes wanted next, 0 at a frame's end, or -error. */
  ZSTD_decompressStream(context: number, output: number, input: number): number
}

/** Bytes: a block decodes to at most 128 KiB, so that one always fits behind a buffer that is at most half full. */
const MAX_BLOCK = 128 << 10
const OUTPUT_BYTES = 2 * MAX_BLOCK
const INPUT_BYTES = 64 << 10
/** Bytes that the decoder asks for at the start of a frame. */
const FRAME_START = 5
/** Bytes of a block's header, which the decoder adds to what it asks for, to read ahead. */
const BLOCK_HEADER = 3
/** Bytes; an instance whose memory grew beyond is dropped instead of being used again. */
const MAX_IDLE_MEMORY = 64 << 20
const MAX_IDLE = 4

const MESSAGES: Readonly<Record<number, string>> = {
  10: 'not a zstd frame (unknown first bytes)',
  14: 'a frame header that this version of zstd does not support',
  16: 'a window of more than 128 MiB',
  20: 'a corrupt block',
  22: 'a checksum that does not match',
  24: 'a corrupt literals section',
  32: 'a dictionary is needed',
  64: 'no memory for its window',
}

let compiled: Promise<WebAssemblyModule> | undefined
const idle: Exports[] = []

/** A decoder for one file. `close` it, also after an error. */
export async function createZstdDecoder(): Promise<ZstdDecoder> {
  compiled ??= compile()
  const wasm = idle.pop() ?? (await instantiate(await compiled))
  const context = wasm.ZSTD_createDCtx()
  const input = wasm.malloc(INPUT_BYTES)
  const output = wasm.malloc(OUTPUT_BYTES)
  const structs = wasm.malloc(24)
  let filled = 0
  let wanted = 0
  let open = true

  const take = (): Uint8Array => {
    const bytes = new Uint8Array(wasm.memory.buffer, output, filled).slice()
    filled = 0
    return bytes
  }

  /** Feeds [position, end) of the input buffer; at most one block is decoded, so that an error loses no whole block. */
  const step = (position: number, end: number): void => {
    const words = new Uint32Array(wasm.memory.buffer, structs, 6)
    words.set([output, OUTPUT_BYTES, filled, input, end, position])
    const status = wasm.ZSTD_decompressStream(context, structs, structs + 12)
    if (status < 0 && status > -200) {
      throw new ZstdDamage(MESSAGES[-status] ?? `zstd error ${-status}`)
    }
    const after = new Uint32Array(wasm.memory.buffer, structs, 6) // the memory may have grown
    filled = after[2] ?? 0
    wanted = status >>> 0
  }

  const decodePart = function* (part: Uint8Array): Generator<Uint8Array, void> {
    new Uint8Array(wasm.memory.buffer).set(part, input)
    for (let position = 0; position < part.length; ) {
      const want = wanted === 0 ? FRAME_START : wanted
      const end = Math.min(part.length, position + (want > BLOCK_HEADER ? want - BLOCK_HEADER : want))
      step(position, end)
      position = end
      if (filled > OUTPUT_BYTES - MAX_BLOCK) yield take()
    }
  }

  const decode = function* (bytes: Uint8Array): Generator<Uint8Array, void> {
    for (let at = 0; at < bytes.length; at += INPUT_BYTES)
      yield* decodePart(bytes.subarray(at, at + INPUT_BYTES))
  }

  return {
    decode,
    finish: () => ({ rest: take(), whole: wanted === 0 }),
    decodeWhole(bytes, length) {
      const decoded = new Uint8Array(length)
      let at = 0
      const put = (piece: Uint8Array): void => {
        if (at + piece.length > length)
          throw new RangeError(`zstd: more than the ${length} bytes that are stated`)
        decoded.set(piece, at)
        at += piece.length
      }
      for (const piece of decode(bytes)) put(piece)
      put(take())
      if (wanted !== 0) throw new RangeError('zstd: the bytes end within a frame')
      if (at !== length) throw new RangeError(`zstd: ${at} bytes where ${length} are stated`)
      return decoded
    },
    close() {
      if (!open) return
      open = false
      wasm.ZSTD_freeDCtx(context)
      for (const address of [input, output, structs]) wasm.free(address)
      if (idle.length < MAX_IDLE && wasm.memory.buffer.byteLength <= MAX_IDLE_MEMORY) idle.push(wasm)
    },
  }
}

async function compile(): Promise<WebAssemblyModule> {
  const source = await readFile(fileURLToPath(import.meta.resolve('zstddec/stream')), 'utf8')
  const [, base64] = /"([A-Za-z0-9+/]{10000,}={0,2})"/.exec(source) ?? []
  if (base64 === undefined)
    throw new TypeError('zstddec holds no WebAssembly binary: was its version changed?')
  return webAssembly.compile(Buffer.from(base64, 'base64'))
}

async function instantiate(module: WebAssemblyModule): Promise<Exports> {
  const { exports } = await webAssembly.instantiate(module, {
    env: { emscripten_notify_memory_growth: () => 0 },
  })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the binary is of one pinned version
  return exports as Exports
}
