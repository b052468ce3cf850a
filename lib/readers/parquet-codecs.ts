import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import type { CompressionCodec } from 'hyparquet'
import { decodeHadoopLz4, decodeLz4Block } from '../storage/lz4.ts'
import { createZstdDecoder } from '../storage/zstd-decoder.ts'

/** The codecs of Parquet pages. All are bounded by the page's stated length. */
export interface ParquetCodecs {
  /** Exactly `length` bytes, or it throws. */
  decompress(codec: CompressionCodec, input: Uint8Array, length: number): Uint8Array
  close(): void
}

export async function createCodecs(): Promise<ParquetCodecs> {
  const [{ snappyUncompress }, zstd] = await Promise.all([import('hyparquet'), createZstdDecoder()])
  const decoders: Partial<Record<CompressionCodec, (input: Uint8Array, length: number) => Uint8Array>> = {
    UNCOMPRESSED: (input) => input,
    SNAPPY(input, length) {
      const output = new Uint8Array(length)
      snappyUncompress(input, output)
      return output
    },
    GZIP: (input, length) => gunzipSync(input, { maxOutputLength: Math.max(1, length) }),
    BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: Math.max(1, length) }),
    ZSTD: (input, length) => zstd.decodeWhole(input, length),
    LZ4: (input, length) => decodeHadoopLz4(input, length) ?? decodeLz4(input, length),
    LZ4_RAW: decodeLz4,
  }
  return {
    decompress(codec, input, length) {
      const decode = decoders[codec]
      if (decode === undefined) throw new RangeError(`compression ${codec} is not supported`)
      // An empty page (of nulls only) is stored as no bytes, or as an empty frame.
      const output = length === 0 ? new Uint8Array() : decode(input, length)
      if (output.length !== length)
        throw new RangeError(`a page of ${output.length} bytes that states ${length}`)
      return output
    },
    close: () => zstd.close(),
  }
}

function decodeLz4(input: Uint8Array, length: number): Uint8Array {
  const output = new Uint8Array(length)
  return output.subarray(0, decodeLz4Block(input, output, 0))
}
