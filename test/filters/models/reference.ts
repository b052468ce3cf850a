/**
 * fastText's prediction in its plainest form, and a writer of small model files: what the kernel in
 * filters/models/fasttext.ts is compared with where the built-in model does not reach (dense rows, nothing pruned,
 * softmax, other n-gram lengths).
 */

export interface PlainModel {
  readonly dim: number
  readonly minn: number
  readonly maxn: number
  readonly bucket: number
  readonly loss: 'hs' | 'softmax' | 'ova'
  readonly wordNgrams?: number
  readonly words: readonly string[]
  /** With the count of each, descending. */
  readonly labels: readonly (readonly [name: string, count: number])[]
  /** `words.length + bucket` rows. */
  readonly input: readonly (readonly number[])[]
  /** A row a label. */
  readonly output: readonly (readonly number[])[]
}

const utf8 = (text: string): Buffer => Buffer.from(text, 'utf8')

function hash(text: string): number {
  let value = 2166136261n
  for (const byte of utf8(text)) {
    const signed = byte > 127 ? BigInt(byte) + 0xffffff00n : BigInt(byte)
    value = ((value ^ signed) * 16777619n) & 0xffffffffn
  }
  return Number(value)
}

/** Rows of the n-grams of up to n words, by hashes of 64 bits. */
function wordGramRows(model: PlainModel, words: readonly string[]): number[] {
  const hashes = words.map((word) => BigInt.asUintN(64, BigInt(hash(word) | 0)))
  return hashes.flatMap((first, from) => {
    let value = first
    return hashes.slice(from + 1, from + (model.wordNgrams ?? 1)).map((next) => {
      value = BigInt.asUintN(64, value * 116049371n + next)
      return model.words.length + Number(value % BigInt(model.bucket))
    })
  })
}

/** Row numbers of a line, in fastText's order. */
function rowsOf(model: PlainModel, text: string): number[] {
  const rows: number[] = []
  const read: string[] = []
  for (const word of [...text.split(/[ \t\n\v\f\r\0]+/).filter((word) => word !== ''), '</s>']) {
    const known = model.words.indexOf(word)
    if (known >= 0) rows.push(known)
    if (!word.startsWith('__label__')) read.push(word)
    if (word === '</s>') break
    if (word.startsWith('__label__')) continue
    const marked = Array.from(`<${word}>`)
    for (let from = 0; from < marked.length; from++) {
      for (let n = Math.max(model.minn, 1); n <= model.maxn && from + n <= marked.length; n++) {
        if (n === 1 && (from === 0 || from === marked.length - 1)) continue
        rows.push(model.words.length + (hash(marked.slice(from, from + n).join('')) % model.bucket))
      }
    }
  }
  return [...rows, ...wordGramRows(model, read)]
}

/** fastText's table of the sigmoid: 32 steps a unit. */
function tabledSigmoid(logit: number): number {
  if (logit < -8) return 0
  return logit > 8 ? 1 : 1 / (1 + Math.exp(-(Math.floor((logit + 8) * 32) / 32 - 8)))
}

/** Probability of each label, by name. */
export function plainProbabilities(model: PlainModel, text: string): Map<string, number> {
  const rows = rowsOf(model, text)
  const hidden = Array.from(
    { length: model.dim },
    (_, d) => rows.reduce((sum, row) => sum + model.input[row]![d]!, 0) / rows.length,
  )
  const logits = model.output.map((row) => row.reduce((sum, value, d) => sum + value * hidden[d]!, 0))
  const names = model.labels.map(([name]) => name)
  if (model.loss === 'softmax') {
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0)
    return new Map(names.map((name, i) => [name, Math.exp(logits[i]!) / total + 1e-5]))
  }
  if (model.loss === 'ova') {
    return new Map(names.map((name, i) => [name, tabledSigmoid(logits[i]!) + 1e-5]))
  }
  // Huffman: join the two lightest until one is left; the i-th join is inner node i. Of equal labels the last goes first.
  interface Node {
    weight: number
    add: (probability: number) => void
  }
  const result = new Map<string, number>()
  let nodes: Node[] = model.labels
    .map(([name, weight]) => ({ weight, add: (p: number) => void result.set(name, p) }))
    .toReversed()
  for (let inner = 0; inner < model.labels.length - 1; inner++) {
    nodes = nodes.toSorted((a, b) => a.weight - b.weight)
    const [left, right, ...rest] = nodes
    const toRight = 1 / (1 + Math.exp(-logits[inner]!))
    const add = (p: number): void => {
      left!.add(p * (1 - toRight + 1e-5))
      right!.add(p * (toRight + 1e-5))
    }
    nodes = [...rest, { weight: left!.weight + right!.weight, add }]
  }
  nodes[0]!.add(1)
  return result
}

/** The bytes of a fastText `.bin`, version 12. `change` makes it one that is not supported. */
export function writeModel(
  model: PlainModel,
  change: Partial<
    Record<'magic' | 'version' | 'kind' | 'wordNgrams' | 'loss' | 'quantisedOutput', number>
  > = {},
): Uint8Array {
  const parts: Buffer[] = []
  const int32 = (...values: number[]): void => {
    parts.push(Buffer.from(Int32Array.from(values).buffer))
  }
  const int64 = (...values: number[]): void => {
    parts.push(Buffer.from(BigInt64Array.from(values, BigInt).buffer))
  }
  const matrix = (rows: readonly (readonly number[])[]): void => {
    int64(rows.length, model.dim)
    parts.push(Buffer.from(Float32Array.from(rows.flat()).buffer))
  }
  const loss = change.loss ?? { hs: 1, softmax: 3, ova: 4 }[model.loss]
  int32(change.magic ?? 793712314, change.version ?? 12)
  int32(
    model.dim,
    5,
    5,
    1,
    5,
    change.wordNgrams ?? model.wordNgrams ?? 1,
    loss,
    change.kind ?? 3,
    model.bucket,
    model.minn,
    model.maxn,
    100,
  )
  parts.push(Buffer.from(Float64Array.of(1e-4).buffer))
  int32(model.words.length + model.labels.length, model.words.length, model.labels.length)
  int64(1000, -1)
  for (const word of model.words) {
    parts.push(utf8(`${word}\0`))
    int64(1)
    parts.push(Buffer.of(0))
  }
  for (const [name, count] of model.labels) {
    parts.push(utf8(`__label__${name}\0`))
    int64(count)
    parts.push(Buffer.of(1))
  }
  parts.push(Buffer.of(0))
  matrix(model.input)
  parts.push(Buffer.of(change.quantisedOutput ?? 0))
  matrix(model.output)
  return Buffer.concat(parts)
}
