import { MillraceError } from '../../lib/errors.ts'

/**
 * Reads a fastText classifier file (`.bin`, or `.ftz` with product-quantised matrices), version 12, into the
 * tables that `fasttext.ts` predicts with. Format: facebookresearch/fastText, `FastText::saveModel` and the `save` of
 * Args, Dictionary, Matrix, QuantMatrix and ProductQuantizer; integers little-endian.
 *
 *     int32 magic 793712314, version · int32 x 12 arguments, float64 t
 *     int32 entries, words, labels · int64 tokens, kept buckets (-1: all) · entry: bytes, 0, int64 count, int8 type
 *     kept buckets: int32 bucket, int32 row after the words' rows
 *     int8 quantised · input matrix · int8 quantised output · output matrix
 *
 * Large arrays lie in SharedArrayBuffers, so that all threads of a process have them once.
 */
export interface FastTextModel {
  /** Length of a row. */
  readonly dim: number
  /** Shortest and longest character n-gram, in code points, ends included; 0 and 0 where there are none. */
  readonly minn: number
  readonly maxn: number
  /** Words of the longest word n-gram; 1 where there are none. */
  readonly wordNgrams: number
  /** n-gram hashes are taken modulo this. */
  readonly bucket: number
  /** Label names without `__label__`, in the order of the output rows. */
  readonly labels: readonly string[]
  /** `separate`: one against all others, or negative sampling: a logistic regression for each label. */
  readonly loss: 'hierarchical-softmax' | 'softmax' | 'separate'
  /** Input rows, `words` rows first, then n-gram rows; row-major, `dim` each. */
  readonly rows: Float32Array
  readonly words: number
  /** Row of `</s>`, or -1. */
  readonly endRow: number
  /** UTF-8 of all words, one after another; word w is `[wordEnds[w - 1] ?? 0, wordEnds[w])`. */
  readonly wordBytes: Uint8Array
  readonly wordEnds: Int32Array
  /** Open addressing by the word's hash, power of two long: word + 1, or 0 where free. */
  readonly wordTable: Int32Array
  /** Whether only some buckets have a row. */
  readonly isPruned: boolean
  /** Row of each bucket, 0 where it was pruned (row 0 is a word's); empty where no bucket was pruned. */
  readonly bucketRows: Int32Array
  /** One bit a bucket that was kept. */
  readonly bucketBits: Uint32Array
  /** Output rows: of a label (softmax) or of an inner node (hierarchical softmax); `dim` each. */
  readonly output: Float32Array
  /** Children of inner node i: below `labels.length` a label, else inner node + `labels.length`. */
  readonly left: Int32Array
  readonly right: Int32Array
}

const MAGIC = 793712314
/** By the number in the file. `ns` and `ova` train in different ways and predict in the same. */
const LOSSES: readonly (FastTextModel['loss'] | undefined)[] = [
  undefined,
  'hierarchical-softmax',
  'separate',
  'softmax',
  'separate',
]
/** Words of a word n-gram, at most: time grows with it. Published models have up to 5. */
const MOST_WORD_NGRAMS = 16
const LABEL_PREFIX = '__label__'

/** @throws MillraceError MODEL_INVALID where the file is damaged or of a kind that is not supported */
export function parseFastText(bytes: Uint8Array, file: string): FastTextModel {
  const read = reader(bytes, file)
  if (read.int32() !== MAGIC) throw read.invalid('it does not begin as a fastText model does')
  const version = read.int32()
  if (version !== 12) throw read.invalid(`its format is version ${version}; 12 is supported`)
  const { dim, minn, maxn, bucket, wordNgrams, loss } = readArguments(read)
  const dictionary = readDictionary(read, bucket)
  const input = read.byte() ? readQuantised(read) : readDense(read)
  const expected = dictionary.words.length + (dictionary.kept < 0 ? bucket : dictionary.kept)
  const buckets = maxn > 0 || wordNgrams > 1 ? expected : dictionary.words.length
  if (input.columns !== dim || input.rows < buckets) {
    throw read.invalid(`its input matrix is ${input.rows} x ${input.columns}, not ${expected} x ${dim}`)
  }
  const output = read.byte() ? readQuantised(read) : readDense(read)
  const labels = dictionary.labels.map((label) => label.replace(LABEL_PREFIX, ''))
  if (output.columns !== dim || output.rows < labels.length) {
    throw read.invalid(
      `its output matrix is ${output.rows} x ${output.columns}, for ${labels.length} labels of ${dim}`,
    )
  }
  return {
    dim,
    minn,
    maxn,
    wordNgrams,
    bucket,
    labels,
    loss,
    rows: input.values,
    output: output.values,
    ...indexWords(dictionary.words),
    isPruned: dictionary.kept >= 0,
    bucketRows: dictionary.bucketRows,
    bucketBits: dictionary.bucketBits,
    ...labelTree(dictionary.labelCounts),
  }
}

function readArguments(
  read: Reader,
): Pick<FastTextModel, 'dim' | 'minn' | 'maxn' | 'bucket' | 'wordNgrams' | 'loss'> {
  const [dim = 0, , , , , wordNgrams = 0, lossNumber = 0, kind = 0, bucket = 0, minn = 0, maxn = 0] =
    read.int32s(12)
  read.skip(8)
  if (kind !== 3) throw read.invalid('it holds word vectors; a classifier (supervised) is needed')
  const loss = LOSSES[lossNumber]
  if (loss === undefined)
    throw read.invalid(`its loss is number ${lossNumber}; hs, ns, softmax and ova are supported`)
  if (wordNgrams > MOST_WORD_NGRAMS) {
    throw read.invalid(`its word n-grams have ${wordNgrams} words; up to ${MOST_WORD_NGRAMS} are supported`)
  }
  if (dim < 1 || minn < 0 || maxn < 0 || ((maxn > 0 || wordNgrams > 1) && bucket < 1))
    throw read.invalid('its arguments make no sense')
  return { dim, minn, maxn, bucket, wordNgrams, loss }
}

interface Dictionary {
  readonly words: readonly Uint8Array[]
  readonly labels: readonly string[]
  readonly labelCounts: readonly number[]
  /** How many buckets were kept by pruning; -1: all. */
  readonly kept: number
  readonly bucketRows: Int32Array
  readonly bucketBits: Uint32Array
}

function readDictionary(read: Reader, bucket: number): Dictionary {
  const [entries = 0, wordCount = 0, labelCount = 0] = read.int32s(3)
  read.skip(8)
  const kept = read.int64()
  if (labelCount < 1 || wordCount + labelCount !== entries)
    throw read.invalid('its dictionary does not add up')
  const words: Uint8Array[] = []
  const labels: string[] = []
  const labelCounts: number[] = []
  for (let i = 0; i < entries; i++) {
    const entry = read.untilZero()
    const count = read.int64()
    if (read.byte() === 0) words.push(entry)
    else {
      labels.push(Buffer.from(entry).toString())
      labelCounts.push(count)
    }
  }
  if (words.length !== wordCount) throw read.invalid('its dictionary does not add up')
  const bucketRows = new Int32Array(shared(kept < 0 ? 0 : bucket * 4))
  const bucketBits = new Uint32Array(shared(kept < 0 ? 0 : Math.ceil(bucket / 32) * 4))
  for (let i = 0; i < kept; i++) {
    const [from = 0, to = 0] = read.int32s(2)
    if (from < 0 || from >= bucket || to < 0 || to >= kept)
      throw read.invalid('a pruned bucket is out of range')
    bucketRows[from] = wordCount + to
    bucketBits[from >>> 5] = (bucketBits[from >>> 5] ?? 0) | (1 << (from & 31))
  }
  return { words, labels, labelCounts, kept, bucketRows, bucketBits }
}

interface Matrix {
  readonly rows: number
  readonly columns: number
  readonly values: Float32Array
}

function readDense(read: Reader): Matrix {
  const rows = read.int64()
  const columns = read.int64()
  return { rows, columns, values: read.float32s(rows * columns) }
}

/** Rows as product-quantised codes, a byte for each part of a row, times a norm that is quantised in the same way. */
function readQuantised(read: Reader): Matrix {
  const normed = read.byte()
  const rows = read.int64()
  const columns = read.int64()
  const codes = read.bytes(read.int32())
  const parts = readCentroids(read)
  const normCodes = normed ? read.bytes(rows) : undefined
  const norms = normed ? readCentroids(read).values : undefined
  if (parts.dim !== columns || codes.length !== rows * parts.count)
    throw read.invalid('its codes do not fit its matrix')
  const values = new Float32Array(shared(rows * columns * 4))
  for (let row = 0; row < rows; row++) {
    const norm = norms?.[normCodes?.[row] ?? 0] ?? 1
    for (let part = 0; part < parts.count; part++) {
      const length = part === parts.count - 1 ? parts.lastLength : parts.length
      const from = part * 256 * parts.length + (codes[row * parts.count + part] ?? 0) * length
      const to = row * columns + part * parts.length
      for (let i = 0; i < length; i++) values[to + i] = norm * (parts.values[from + i] ?? 0)
    }
  }
  return { rows, columns, values }
}

/** 256 centroids for each of `count` parts of a row; all parts are `length` long but the last. */
function readCentroids(
  read: Reader,
): Record<'dim' | 'count' | 'length' | 'lastLength', number> & { values: Float32Array } {
  const [dim = 0, count = 0, length = 0, lastLength = 0] = read.int32s(4)
  if (dim < 1 || count < 1 || (count - 1) * length + lastLength !== dim)
    throw read.invalid('its quantiser makes no sense')
  return { dim, count, length, lastLength, values: read.float32s(dim * 256) }
}

function indexWords(
  words: readonly Uint8Array[],
): Pick<FastTextModel, 'words' | 'endRow' | 'wordBytes' | 'wordEnds' | 'wordTable'> {
  const wordBytes = new Uint8Array(shared(words.reduce((sum, word) => sum + word.length, 0)))
  const wordEnds = new Int32Array(shared(words.length * 4))
  const slots = 2 ** Math.ceil(Math.log2(Math.max(words.length, 1) * 2))
  const wordTable = new Int32Array(shared(slots * 4))
  let endRow = -1
  let end = 0
  for (const [id, word] of words.entries()) {
    wordBytes.set(word, end)
    end += word.length
    wordEnds[id] = end
    if (Buffer.from(word).toString() === '</s>') endRow = id
    let slot = fnv1a(word) & (slots - 1)
    while (wordTable[slot] !== 0) slot = (slot + 1) & (slots - 1)
    wordTable[slot] = id + 1
  }
  return { words: words.length, endRow, wordBytes, wordEnds, wordTable }
}

/** FNV-1a as fastText computes it: each byte is sign-extended first, so bytes from 0x80 on also flip the high bits. */
export function fnv1a(bytes: Uint8Array): number {
  let hash = 0x811c9dc5 | 0
  for (const byte of bytes) hash = Math.imul(hash ^ ((byte << 24) >> 24), 0x01000193)
  return hash
}

/**
 * The Huffman tree that hierarchical softmax was trained with. It is not in the file: it follows from the labels'
 * counts, which are descending, so that the two least are taken from the end of the labels or the start of the nodes.
 */
function labelTree(counts: readonly number[]): Pick<FastTextModel, 'left' | 'right'> {
  const labels = counts.length
  const weights = [...counts, ...Array.from({ length: labels - 1 }, () => 1e15)]
  const left = new Int32Array(shared((labels - 1) * 4))
  const right = new Int32Array(shared((labels - 1) * 4))
  let leaf = labels - 1
  let node = labels
  const least = (): number => (leaf >= 0 && (weights[leaf] ?? 0) < (weights[node] ?? 0) ? leaf-- : node++)
  for (let i = 0; i < labels - 1; i++) {
    const first = least()
    const second = least()
    left[i] = first
    right[i] = second
    weights[labels + i] = (weights[first] ?? 0) + (weights[second] ?? 0)
  }
  return { left, right }
}

function shared(bytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(bytes)
}

type Reader = ReturnType<typeof reader>

/** Reads forward; every read is checked against the end, so that a damaged size is an error and not an allocation. */
function reader(bytes: Uint8Array, file: string) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const invalid = (why: string): MillraceError =>
    new MillraceError('MODEL_INVALID', `${file} cannot be used as a fastText classifier: ${why}.`, {
      file,
      fix: 'Give a fastText classifier such as lid.176.ftz or lid.176.bin, or leave `model` out to use the built-in one.',
    })
  /** Moves on by `length` bytes; the offset they begin at. */
  const skip = (length: number): number => {
    if (!(length >= 0 && length <= bytes.length - at)) throw invalid('it is cut short or damaged')
    at += length
    return at - length
  }
  const int32 = (): number => view.getInt32(skip(4), true)
  return {
    invalid,
    skip,
    int32,
    byte: (): number => view.getUint8(skip(1)),
    int64: (): number => Number(view.getBigInt64(skip(8), true)),
    int32s: (count: number): number[] => Array.from({ length: count }, int32),
    bytes: (count: number): Uint8Array => bytes.subarray(skip(count), at),
    untilZero: (): Uint8Array => {
      const end = bytes.indexOf(0, at)
      const start = skip((end < 0 ? bytes.length : end) + 1 - at)
      return bytes.subarray(start, at - 1)
    },
    float32s: (count: number): Float32Array => {
      const from = skip(count * 4)
      const values = new Float32Array(shared(count * 4))
      for (let i = 0; i < count; i++) values[i] = view.getFloat32(from + i * 4, true)
      return values
    },
  }
}
