import { existsSync } from 'node:fs'
import { uidToHex } from '../documents/uid.ts'
import { gunzip } from '../storage/gunzip.ts'
import { gzipTo } from '../storage/gzip-output.ts'
import { createOutputFile } from '../storage/output-file.ts'
import { damaged, openRandomAccess } from '../storage/random-access.ts'
import { readStored } from '../storage/stored-bytes.ts'
import { commitTogether } from './commit-together.ts'
import type {
  DocumentFormat,
  DocumentWriter,
  PlannedShards,
  ShardReader,
  ShardTarget,
} from './define-format.ts'
import { openDocumentTokens, withTokenFile } from './document-tokens.ts'
import { createMaskFile } from './loss-mask.ts'
import { createTokenFile, type TokenFile } from './token-file.ts'

const [TOKENS, ROWS, MASK] = ['.npy', '.csv.gz', '.label_mask'] as const

/**
 * What OLMo-core reads, as dolma's tokenizer writes it (olmo_core/data/utils.py, dolma tokenizer/memmap_writer.py):
 *
 * - `.npy`: tokens end to end without a header, uint16 where the vocabulary has at most 65,536 entries, else uint32; the
 *   training configuration says which
 * - `.csv.gz`: a row a document, without a heading: `start,end,id,src,loc`. Its tokens are [start, end); `id` is its uid,
 *   `src` its source, `loc` its number in the shard, from 1. `id` and `src` are empty where they are not known
 * - `.label_mask`, where a source of the segment has a loss mask: a byte for each token, 1 where the loss counts it, for
 *   `label_mask_paths`; not `.npy`, so that a pattern for tokens does not find it
 *
 * OLMo-core takes sequences of S tokens from each file and leaves the tail. It finds documents by their EOS, not by the
 * rows, wherever files are local: without one it finds none, so such shards are refused. With `bos_token_id` in the
 * training configuration an EOS ends a document where BOS follows, and the answers of a conversation stay in one.
 */
export const olmo: DocumentFormat = {
  name: 'olmo',
  kind: 'documents',
  summary:
    'OLMo-core’s raw tokens (.npy) with boundaries, uid and source by document (.csv.gz), in mix order.',
  revision: 1,
  extensions: [TOKENS, ROWS],
  lossMask: { file: MASK },
  tail: (tokens, sequenceLength) => tokens % sequenceLength,
  refuses,
  create,
  open,
  openInput: open,
}

function refuses({ specials }: PlannedShards): string | undefined {
  return specials.eos ? undefined : 'finds documents by their EOS, and they would have none'
}

async function create({ base, vocabularySize, masked }: ShardTarget): Promise<DocumentWriter> {
  const width = vocabularySize <= 65_536 ? 'uint16' : 'uint32'
  return withTokenFile(createTokenFile(base + TOKENS, width), (tokens) =>
    toWriter(tokens, base + ROWS, masked ? base + MASK : undefined),
  )
}

async function toWriter(
  tokens: TokenFile,
  file: string,
  maskFile: string | undefined,
): Promise<DocumentWriter> {
  const mask = maskFile === undefined ? undefined : await createMaskFile(maskFile)
  const rows = await createOutputFile(file).then(gzipTo, async (error: unknown) => {
    await mask?.abort()
    throw error
  })
  const commit = commitTogether([tokens, rows, ...(mask === undefined ? [] : [mask])])
  let row = 0
  return {
    async write(ids, facts, learned) {
      const start = tokens.tokens
      await tokens.write(ids)
      const id = facts === undefined ? '' : uidToHex(facts.uid)
      await rows.write(`${start},${tokens.tokens},${id},${cell(facts?.source ?? '')},${++row}\r\n`)
      await mask?.write(ids.length, learned)
    },
    async close() {
      await tokens.finish()
      await rows.finish()
      await mask?.finish()
      return commit.commit()
    },
    abort: () => commit.abort(),
  }
}

/** RFC 4180. Line ends become spaces, so that a row is a line. */
function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""').replaceAll(/[\r\n]/g, ' ')}"` : text
}

async function open(base: string): Promise<ShardReader> {
  const starts = await readRows(base + ROWS)
  const documents = starts.length - 1
  const width = await widthOf(base + TOKENS, starts[documents] ?? 0)
  const mask = existsSync(base + MASK) ? base + MASK : undefined
  return openDocumentTokens({ file: base + TOKENS, width, starts, header: { dtype: width, documents }, mask })
}

/** The files do not say their width; their sizes do. */
async function widthOf(path: string, tokens: number): Promise<'uint16' | 'uint32'> {
  const file = await openRandomAccess(path)
  await file.close()
  return file.size === 4 * tokens && tokens > 0 ? 'uint32' : 'uint16'
}

/** Token at which each document begins, then the number of tokens. */
async function readRows(path: string): Promise<Float64Array> {
  const rows = await openRandomAccess(path)
  await rows.close()
  const text = gunzip(readStored(path))
  let starts = new Float64Array(1024)
  let documents = 0
  const add = (line: string): void => {
    const [, start = '', end = ''] = /^(\d+),(\d+)(?:,|$)/.exec(line) ?? []
    if (start === '' || Number(start) !== starts[documents] || Number(end) < Number(start)) {
      throw damaged(path, `has ${JSON.stringify(line.slice(0, 80))} as row ${documents + 1}`)
    }
    if (documents + 1 === starts.length) starts = grown(starts)
    starts[++documents] = Number(end)
  }
  let rest = ''
  for (;;) {
    const next = await text.next()
    if (next.done === true) {
      const { failure, consumed } = next.value
      if (failure !== undefined) throw damaged(path, `is not whole: ${failure.detail}`)
      if (consumed !== rows.size) throw damaged(path, 'goes on after its end')
      break
    }
    const lines = (rest + Buffer.from(next.value).toString('latin1')).split('\r\n')
    rest = lines.pop() ?? ''
    for (const line of lines) add(line)
  }
  if (rest !== '') throw damaged(path, 'ends within a row')
  return starts.slice(0, documents + 1)
}

function grown(numbers: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * numbers.length)
  larger.set(numbers)
  return larger
}
