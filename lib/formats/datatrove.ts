import { existsSync } from 'node:fs'
import { createOutputFile, type OutputFile } from '../storage/output-file.ts'
import { damaged, openRandomAccess } from '../storage/random-access.ts'
import { commitTogether } from './commit-together.ts'
import type { DocumentFormat, DocumentWriter, ShardReader, ShardTarget } from './define-format.ts'
import { openDocumentTokens, withTokenFile } from './document-tokens.ts'
import { createEndsFile, type EndsFile, readEnds } from './ends-file.ts'
import { createMaskFile, type MaskFile } from './loss-mask.ts'
import { createTokenFile, type TokenFile, tokenBytes } from './token-file.ts'

const [TOKENS, INDEX, METADATA, LOSS] = ['.ds', '.ds.index', '.ds.metadata', '.ds.loss'] as const

type DatatroveWidth = 'uint16' | 'uint32'

/**
 * datatrove's tokenized files (datatrove src/datatrove/pipeline/tokens/tokenizer.py), which nanotron's Nanoset reads:
 *
 * - `.ds`: tokens end to end, uint16 where the vocabulary has at most 65,536 entries, else uint32
 * - `.ds.index`: u64 token after the last of each document
 * - `.ds.metadata`: three lines without a newline at the end: `tokenizer|bytes of a token`, tokens, tokens for people
 * - `.ds.loss`: a byte for each token, 1 where the loss counts it
 *
 * The reader takes windows of S + 1 tokens, cut at tokens, and leaves a tail in each file.
 */
export const datatrove: DocumentFormat = {
  name: 'datatrove',
  kind: 'documents',
  summary:
    'datatrove’s tokenized files (.ds and its index, metadata and loss mask), for nanotron: documents in mix order.',
  revision: 1,
  extensions: [TOKENS, INDEX, METADATA, LOSS],
  lossMask: true,
  tail: (tokens, sequenceLength) => tokens % (sequenceLength + 1),
  create,
  open,
  openInput,
}

async function create({ base, vocabularySize, tokenizer }: ShardTarget): Promise<DocumentWriter> {
  const width = vocabularySize <= 65_536 ? 'uint16' : 'uint32'
  return withTokenFile(createTokenFile(base + TOKENS, width), async (tokens) => {
    const ends = await createEndsFile(base + INDEX)
    const opened: { abort(): Promise<void> }[] = [ends]
    const opening = async <Output extends { abort(): Promise<void> }>(
      create: Promise<Output>,
    ): Promise<Output> => {
      try {
        const output = await create
        opened.push(output)
        return output
      } catch (error) {
        for (const output of opened) await output.abort()
        throw error
      }
    }
    const metadata = await opening(createOutputFile(base + METADATA))
    const loss = await opening(createMaskFile(base + LOSS))
    return toWriter({ tokens, ends, metadata, loss }, `${tokenizer.name}|${tokenBytes[width]}`)
  })
}

interface Outputs {
  readonly tokens: TokenFile
  readonly ends: EndsFile
  readonly metadata: OutputFile
  readonly loss: MaskFile
}

function toWriter({ tokens, ends, metadata, loss }: Outputs, tokenizer: string): DocumentWriter {
  const commit = commitTogether([tokens, ends, metadata, loss])
  return {
    async write(ids, _facts, learned) {
      await tokens.write(ids)
      await ends.push(tokens.tokens)
      await loss.write(ids.length, learned)
    },
    async close() {
      await tokens.finish()
      await ends.finish()
      await metadata.write(Buffer.from(metadataOf(tokenizer, tokens.tokens)))
      await loss.finish()
      return commit.commit()
    },
    abort: () => commit.abort(),
  }
}

function metadataOf(tokenizer: string, tokens: number): string {
  return `${tokenizer}\n${tokens}\n${metricTokens(tokens)}`
}

/**
 * `1.23 MT`: tokens to three digits with an SI prefix, as the humanize package gives them: 999,499 → `999 kT`, 999,500 →
 * `1.00 MT`, 12 → `12.0 T`.
 */
export function metricTokens(tokens: number): string {
  let exponent = String(tokens).length - 1
  const rounded = (): string => toFixedEven(tokens / 1000 ** Math.floor(exponent / 3), 2 - (exponent % 3))
  if (Number(rounded()) >= 10 ** ((exponent % 3) + 1)) exponent++
  const prefix = ['', 'k', 'M', 'G', 'T', 'P'][Math.floor(exponent / 3)] ?? ''
  return `${rounded()} ${prefix}T`
}

/** `toFixed`, but ties to even as Python rounds: 1.125 → 1.12. A tie has a finite binary expansion, so scaling it is exact. */
function toFixedEven(value: number, digits: number): string {
  const scaled = value * 10 ** digits
  const isTie = Number.isInteger(value * 2 ** (digits + 1)) && scaled % 1 === 0.5
  return isTie ? (2 * Math.round(scaled / 2) * 10 ** -digits).toFixed(digits) : value.toFixed(digits)
}

async function open(base: string): Promise<ShardReader> {
  const { tokenizer, width, tokens } = await readMetadata(base + METADATA)
  const { starts } = await readEnds(base + INDEX, false)
  const documents = starts.length - 1
  if (starts[documents] !== tokens) {
    throw damaged(base + INDEX, `ends at token ${starts[documents]}, where its metadata has ${tokens}`)
  }
  return openDocumentTokens({
    file: base + TOKENS,
    width,
    starts,
    header: { tokenizer, dtype: width, documents },
    mask: base + LOSS,
  })
}

/** The metadata and the loss mask are optional: without metadata, the sizes tell the width; without a mask, all is learned. */
async function openInput(base: string): Promise<ShardReader> {
  const { starts } = await readEnds(base + INDEX, false)
  const documents = starts.length - 1
  const tokens = starts[documents] ?? 0
  const told = existsSync(base + METADATA) ? await readMetadata(base + METADATA) : undefined
  const file = await openRandomAccess(base + TOKENS)
  await file.close()
  const width = told?.width ?? (file.size === 4 * tokens && tokens > 0 ? 'uint32' : 'uint16')
  const header = { dtype: width, documents, ...(told && { tokenizer: told.tokenizer }) }
  const mask = existsSync(base + LOSS) ? base + LOSS : undefined
  return openDocumentTokens({ file: base + TOKENS, width, starts, header, mask })
}

async function readMetadata(
  path: string,
): Promise<{ tokenizer: string; width: DatatroveWidth; tokens: number }> {
  const file = await openRandomAccess(path)
  try {
    const text = Buffer.from(await file.read(0, file.size)).toString('utf8')
    const [, tokenizer = '', bytes = '', digits = ''] = /^([^\n]*)\|([24])\n(\d+)\n[^\n]*$/.exec(text) ?? []
    const tokens = Number(digits)
    if (text !== metadataOf(`${tokenizer}|${bytes}`, tokens)) {
      throw damaged(path, 'does not have the three lines of datatrove’s metadata')
    }
    return { tokenizer, width: bytes === '2' ? 'uint16' : 'uint32', tokens }
  } finally {
    await file.close()
  }
}
