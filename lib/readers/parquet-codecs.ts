import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import type { CompressionCodec } from 'hyparquet'
import { createZstdDecoder } from '../storage/zstd-decoder.ts'

/** The codecs of Parquet pages. All are bounded by the page's stated length. */
export interface ParquetCodecs {
  /** Exactly `length` bytes, or it throws. */
  decompress(codec: CompressionCodec, input: Uint8Array, length: number): Uint8Array
  close(): void
}

export async function createCodecs(): Promise<ParquetCodecs> {
  const [{ snappyUncompress }, { decompressLz4, decompressLz4Raw }, zstd] = await Promise.all([
    import('hyparquet'),
    import('hyparquet-compressors'),
    createZstdDecoder(),
  ])
  const decoders: Partial<Record<CompressionCodec, (input: Uint8Array, length: number) => Uint8Array>> = {
    UNCOMPRESSED: (input) => input,
    SNAPPY(input, length) {
      const output = new Uint8Array(length)
      snappyUncompress(input, output)
      return output
    },
    GZIP: (input, length) => gunzipSync(input, { maxOutputLength: Math.max(1, length) }),
    BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: Math.max(1, length) }),
    ZSTD(input, length) {
      const output = new Uint8Array(length)
      let at = 0
      const put = (piece: Uint8Array): void => {
        if (at + piece.length > length) throw new RangeError('zstd: more bytes than the page states')
        output.set(piece, at)
        at += piece.length
      }
      for (const piece of zstd.decode(input)) put(piece)
      const { rest, whole } = zstd.finish()
      put(rest)
      if (!whole) throw new RangeError('zstd: the page ends within a frame')
      return output.subarray(0, at)
    },
    LZ4: decompressLz4,
    LZ4_RAW: decompressLz4Raw,
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
