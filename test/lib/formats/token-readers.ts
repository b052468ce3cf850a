/** Readers of the document formats that are tokens end to end, each written from its trainer's description alone. */
import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import type { Sequence } from '../../../lib/formats/define-format.ts'

/** Numbers of `size` bytes from byte `at` on. */
function numbers(bytes: Buffer, size: number, at = 0): number[] {
  const all: number[] = []
  for (let i = at; i < bytes.length; i += size) {
    all.push(size === 8 ? Number(bytes.readBigUInt64LE(i)) : bytes.readUIntLE(i, size))
  }
  return all
}

function cut(tokens: number[], ends: number[], mask?: Buffer): Sequence[] {
  if ((ends.at(-1) ?? 0) !== tokens.length) throw new Error('tokens after the last document')
  return ends.map((end, d) => {
    const ids = tokens.slice(ends[d - 1] ?? 0, end)
    const learned = mask?.subarray(ends[d - 1] ?? 0, end)
    return { tokens: Uint32Array.from(ids), pieceLengths: [ids.length], learned }
  })
}

/** `.ds` is u16 or u32 as the metadata says, `.ds.index` u64 ends, `.ds.loss` a bool a token. */
export async function readDatatrove(base: string, tokenizerName = 'toy'): Promise<Sequence[]> {
  const [tokenizer, count] = (await readFile(`${base}.ds.metadata`, 'utf8')).split('\n')
  const [name, size] = tokenizer!.split('|')
  const tokens = numbers(await readFile(`${base}.ds`), Number(size))
  const loss = await readFile(`${base}.ds.loss`)
  if (name !== tokenizerName || Number(count) !== tokens.length) throw new Error('metadata')
  if (loss.length !== tokens.length || loss.some((byte) => byte > 1)) throw new Error('loss')
  return cut(tokens, numbers(await readFile(`${base}.ds.index`), 8), loss)
}

/** `.npy` without a header; `.csv.gz` rows start,end,id,src,loc with CRLF; `.label_mask` a bool a token. */
export async function readOlmo(
  base: string,
  { vocabularySize, masked = false }: { vocabularySize: number; masked?: boolean },
): Promise<Sequence[]> {
  const tokens = numbers(await readFile(`${base}.npy`), vocabularySize <= 65_536 ? 2 : 4)
  const lines = gunzipSync(await readFile(`${base}.csv.gz`))
    .toString('utf8')
    .split('\r\n')
  if (lines.pop() !== '') throw new Error('no line end')
  const rows = lines.map((line) => line.split(','))
  for (const [row, [start, , , , loc]] of rows.entries()) {
    if (Number(start) !== Number(rows[row - 1]?.[1] ?? 0) || Number(loc) !== row + 1)
      throw new Error(`row ${row}`)
  }
  return cut(
    tokens,
    rows.map(([, end]) => Number(end)),
    masked ? await readFile(`${base}.label_mask`) : undefined,
  )
}

/** `.ends`: u64 ends, then the bytes of a token and a checksum. */
async function readEnds(file: string, size: number): Promise<number[]> {
  const bytes = await readFile(file)
  if (bytes.readUInt32LE(bytes.length - 8) !== size) throw new Error('bytes of a token')
  return numbers(bytes.subarray(0, -8), 8)
}

/** A headerless stream of uint16. */
export async function readNanogpt(base: string): Promise<Sequence[]> {
  return cut(numbers(await readFile(`${base}.nanogpt.bin`), 2), await readEnds(`${base}.nanogpt.ends`, 2))
}

/** 256 int32: magic, version, number of tokens, zeros; then u16 tokens, or u32 with the other magic. */
export async function readLlmc(base: string): Promise<Sequence[]> {
  const bytes = await readFile(`${base}.llmc.bin`)
  const [magic, version, count, ...rest] = numbers(bytes.subarray(0, 1024), 4)
  const size = magic === 20240520 && version === 1 ? 2 : magic === 20240801 && version === 7 ? 4 : 0
  if (size === 0 || rest.length !== 253 || rest.some((value) => value !== 0)) throw new Error('header')
  const tokens = numbers(bytes, size, 1024)
  if (tokens.length !== count) throw new Error('count')
  return cut(tokens, await readEnds(`${base}.llmc.ends`, size))
}
