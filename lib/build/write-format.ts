/** Writes a shard's documents in one format. */
import type { Packing } from '../../stages/define-packing.ts'
import { UID_WORDS } from '../documents/uid.ts'
import type {
  DocumentFormat,
  FormatDefinition,
  SequenceFormat,
  ShardCounts,
  ShardTarget,
} from '../formats/define-format.ts'
import { learnedOf } from '../formats/loss-mask.ts'
import { paddingId } from '../formats/packed.ts'
import type { WrittenFile } from '../storage/output-file.ts'
import type { OrderedDocuments } from './ordered-documents.ts'
import { tokenArray, tokenWidth } from './pools.ts'

/** What a format's files hold. */
export interface FormatCounts extends ShardCounts {
  /** Tokens that the loss counts: all but padding, where no source is masked. */
  readonly learned: number
  /** Tokens of documents that the packing does not place, and how many of them the loss would count. */
  readonly truncated: number
  readonly truncatedLearned: number
}

interface WrittenFormat {
  readonly files: WrittenFile[]
  readonly counts: FormatCounts
}

/** Writes the documents in one format; `packing` is for those of sequences. */
export async function writeFormat(
  format: FormatDefinition,
  target: ShardTarget,
  documents: OrderedDocuments,
  packing: Packing | undefined,
): Promise<WrittenFormat> {
  if (format.kind === 'documents') return writeDocuments(format, target, documents)
  if (packing === undefined) throw new RangeError(`format ${format.name} needs a packing`)
  return writeSequences(format, target, documents, packing)
}

async function writeDocuments(
  format: DocumentFormat,
  target: ShardTarget,
  documents: OrderedDocuments,
): Promise<WrittenFormat> {
  const writer = await format.create(target)
  const words = new Uint32Array(UID_WORDS)
  const facts = { uid: new Uint8Array(words.buffer), source: '' }
  let learned = 0
  try {
    for (let index = 0; index < documents.count; index++) {
      const length = documents.lengths[index] ?? 0
      const mask = documents.learned(index, 0, length)
      for (let word = 0; word < UID_WORDS; word++) words[word] = documents.uids[index * UID_WORDS + word] ?? 0
      facts.source = documents.source(index)
      const full = writer.write(documents.read(index, 0, length), facts, mask)
      if (full !== undefined) await full
      learned += learnedOf(length, mask)
    }
    const { count: items, tokens } = documents
    return {
      files: await writer.close(),
      counts: { items, tokens, padding: 0, learned, truncated: 0, truncatedLearned: 0 },
    }
  } finally {
    await writer.abort()
  }
}

async function writeSequences(
  format: SequenceFormat,
  target: ShardTarget,
  documents: OrderedDocuments,
  packing: Packing,
): Promise<WrittenFormat> {
  const writer = await format.create(target)
  const padding = paddingId(target.tokenizer)
  const filled = tokenArray(tokenWidth(target.vocabularySize), target.sequenceLength)
  const mask = target.masked ? new Uint8Array(target.sequenceLength) : undefined
  let learned = 0
  let tokens = 0
  try {
    for (let piece = 0, sequence = 0; sequence < packing.sequences; sequence++) {
      const pieceLengths: number[] = []
      let end = 0
      for (; piece < packing.pieces && packing.sequence[piece] === sequence; piece++) {
        const length = packing.length[piece] ?? 0
        const document = packing.document[piece] ?? 0
        const from = packing.documentStart[piece] ?? 0
        filled.set(documents.read(document, from, length), end)
        if (mask !== undefined) {
          const own = documents.learned(document, from, length)
          if (own === undefined) mask.fill(1, end, end + length)
          else mask.set(own, end)
        }
        pieceLengths.push(length)
        end += length
      }
      filled.fill(padding, end)
      mask?.fill(0, end)
      const full = writer.write({ tokens: filled, pieceLengths, learned: mask })
      if (full !== undefined) await full
      learned += learnedOf(end, mask)
      tokens += end
    }
    const whole = tokens === documents.tokens ? learned : countAllLearned(documents)
    return {
      files: await writer.close(),
      counts: {
        items: packing.sequences,
        tokens,
        padding: packing.sequences * target.sequenceLength - tokens,
        learned,
        truncated: documents.tokens - tokens,
        truncatedLearned: whole - learned,
      },
    }
  } finally {
    await writer.abort()
  }
}

function countAllLearned(documents: OrderedDocuments): number {
  let all = 0
  for (let index = 0; index < documents.count; index++) {
    const length = documents.lengths[index] ?? 0
    all += learnedOf(length, documents.learned(index, 0, length))
  }
  return all
}
