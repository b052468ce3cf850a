/**
 * The part of Protocol Buffers' wire format that a SentencePiece model needs
 * (protobuf.dev/programming-guides/encoding): a message is a list of fields, each a number with a varint (type 0), 8 bytes
 * (1), length-delimited bytes (2) or 4 bytes (5).
 */

/** `value` is a number for varints (exact below 2^53) and floats, bytes for the rest. */
export interface Field {
  readonly number: number
  readonly value: number | Uint8Array
}

/** @throws RangeError when the bytes end inside a field, or have a wire type that is not one of the above */
export function* readFields(message: Uint8Array): Generator<Field> {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength)
  let at = 0
  const take = (length: number): number => {
    const start = at
    if (length > message.length - start)
      throw new RangeError(`a field of ${length} bytes at ${start} ends past the end`)
    at += length
    return start
  }
  const varint = (): number => {
    let value = 0
    for (let scale = 1; scale <= 2 ** 63; scale *= 128) {
      const byte = view.getUint8(take(1))
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
    throw new RangeError(`a varint before ${at} is longer than 10 bytes`)
  }
  while (at < message.length) {
    const key = varint()
    const number = Math.floor(key / 8)
    const type = key % 8
    if (type === 0) yield { number, value: varint() }
    else if (type === 1) yield { number, value: message.subarray(take(8), at) }
    else if (type === 2) {
      const start = take(varint())
      yield { number, value: message.subarray(start, at) }
    } else if (type === 5) yield { number, value: view.getFloat32(take(4), true) }
    else throw new RangeError(`wire type ${type} before ${at} is unknown`)
  }
}
