import { integers, requireBytes, toNumber } from './arrow-integers.ts'
import type { FlatType } from './arrow-schema.ts'
import { isoDate, isoTimestamp } from './rows.ts'

/** The values of a column whose values have one width. Throws TableDamage where the buffer has fewer. */
export function flatAt(type: FlatType, buffer: Buffer, length: number): (row: number) => unknown {
  switch (type.kind) {
    case 'int': {
      const values = integers(type, buffer, length)
      return (row) => toNumber(values[row] ?? 0)
    }
    case 'ticks': {
      const values = integers({ bits: type.bits, signed: true }, buffer, length)
      return (row) => toNumber(values[row] ?? 0)
    }
    case 'timestamp': {
      const values = integers({ bits: 64, signed: true }, buffer, length)
      return (row) => isoTimestamp(BigInt(values[row] ?? 0), type.perSecond)
    }
    case 'date': {
      const values = integers({ bits: type.unit === 'day' ? 32 : 64, signed: true }, buffer, length)
      const perDay = type.unit === 'day' ? 1 : 86_400_000
      return (row) => isoDate(Math.floor(Number(values[row]) / perDay))
    }
    case 'float': {
      requireBytes(buffer, (length * type.bits) / 8, 'floats')
      return (row) => {
        const value = floatAt(type.bits, buffer, row)
        return Number.isFinite(value) ? value : null
      }
    }
    case 'bool':
      requireBytes(buffer, (length + 7) >> 3, 'booleans')
      return (row) => ((buffer[row >> 3] ?? 0) & (1 << (row & 7))) !== 0
    case 'decimal': {
      requireBytes(buffer, length * type.bytes, 'decimals')
      return (row) => {
        const digits = wideInteger(buffer.subarray(row * type.bytes, (row + 1) * type.bytes))
        return Number(`${digits}e${-type.scale}`)
      }
    }
    case 'fixed-bytes':
      requireBytes(buffer, length * type.bytes, 'values')
      return (row) => ({ base64: buffer.toString('base64', row * type.bytes, (row + 1) * type.bytes) })
    case 'interval':
      break
  }
  return intervalAt(type.parts, buffer, length)
}

function intervalAt(count: 1 | 2 | 3, buffer: Buffer, length: number): (row: number) => unknown {
  requireBytes(buffer, length * (count === 3 ? 16 : 4 * count), 'intervals')
  if (count === 1) return (row) => ({ months: buffer.readInt32LE(4 * row) })
  if (count === 2)
    return (row) => ({ days: buffer.readInt32LE(8 * row), milliseconds: buffer.readInt32LE(8 * row + 4) })
  return (row) => ({
    months: buffer.readInt32LE(16 * row),
    days: buffer.readInt32LE(16 * row + 4),
    nanoseconds: toNumber(buffer.readBigInt64LE(16 * row + 8)),
  })
}

/** A little-endian integer in two's complement. */
function wideInteger(bytes: Buffer): bigint {
  const digits = Buffer.from(bytes.toReversed()).toString('hex')
  return BigInt.asIntN(8 * bytes.length, BigInt(`0x${digits || '0'}`))
}

function floatAt(bits: 16 | 32 | 64, buffer: Buffer, row: number): number {
  if (bits === 64) return buffer.readDoubleLE(8 * row)
  return bits === 32 ? buffer.readFloatLE(4 * row) : halfFloat(buffer.readUInt16LE(2 * row))
}

/** IEEE 754 binary16: a sign, 5 bits of exponent with a bias of 15, 10 bits of fraction. */
function halfFloat(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023]
  if (exponent === 31) return Number.NaN // an infinity is no value either
  const size = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15)
  return bits & 0x8000 ? -size : size
}
