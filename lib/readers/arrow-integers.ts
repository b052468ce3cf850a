import { TableDamage } from './rows.ts'

export interface IntegerType {
  readonly bits: number
  readonly signed: boolean
}

export type Integers =
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array

export function requireBytes(buffer: Buffer, bytes: number, what: string): void {
  if (buffer.length < bytes)
    throw new TableDamage('corrupt', `${what} of ${buffer.length} bytes, where ${bytes} are needed`)
}

/** A buffer's first `length` integers, in place where they are aligned. Throws TableDamage where it has fewer. */
export function integers({ bits, signed }: IntegerType, buffer: Buffer, length: number): Integers {
  const bytes = (length * bits) / 8
  requireBytes(buffer, bytes, 'integers')
  const { buffer: memory, byteOffset } =
    buffer.byteOffset % (bits / 8) === 0
      ? buffer
      : Buffer.from(new Uint8Array(buffer.subarray(0, bytes)).buffer)
  if (bits === 8)
    return signed ? new Int8Array(memory, byteOffset, length) : new Uint8Array(memory, byteOffset, length)
  if (bits === 16)
    return signed ? new Int16Array(memory, byteOffset, length) : new Uint16Array(memory, byteOffset, length)
  if (bits === 32)
    return signed ? new Int32Array(memory, byteOffset, length) : new Uint32Array(memory, byteOffset, length)
  return signed
    ? new BigInt64Array(memory, byteOffset, length)
    : new BigUint64Array(memory, byteOffset, length)
}

export type Places = Int32Array | Float64Array

/** `length` sizes or places, none negative. 64-bit ones become doubles. Throws TableDamage. */
export function sizesOf(buffer: Buffer, length: number, bits: number): Places {
  const stored = integers({ bits, signed: true }, buffer, length)
  const places = stored instanceof Int32Array ? stored : Float64Array.from(stored, Number)
  for (let index = 0; index < length; index++) {
    const place = places[index] ?? -1
    if (!(place >= 0 && place <= Number.MAX_SAFE_INTEGER))
      throw new TableDamage('corrupt', `a place of ${place}`)
  }
  return places
}

/** `length + 1` places that never fall. No rows may have no places at all. Throws TableDamage. */
export function placesOf(buffer: Buffer, length: number, bits: number): Places {
  if (length === 0 && buffer.length === 0) return Int32Array.of(0)
  const places = sizesOf(buffer, length + 1, bits)
  for (let index = 0; index < length; index++) {
    if ((places[index + 1] ?? 0) < (places[index] ?? 0))
      throw new TableDamage('corrupt', `places that fall, from ${places[index]} to ${places[index + 1]}`)
  }
  return places
}

/** A number where a double holds it exactly, else its digits. */
export function toNumber(value: number | bigint): number | string {
  if (typeof value === 'number') return value
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : String(value)
}
