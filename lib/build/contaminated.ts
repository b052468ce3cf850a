/** What tokenizing found of benchmarks: a line a document beside the part's tokens, and one file of all of it in the end. */
import { createReadStream } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Contamination, Decontaminator, Evidence, Span } from '../../filters/decontaminate/index.ts'
import { type BenchmarkTally, createTally } from '../../filters/decontaminate/tally.ts'
import { uidToHex } from '../documents/uid.ts'
import { openTable } from '../storage/arrow-table.ts'
import { createOutputFile, type OutputFile, type WrittenFile } from '../storage/output-file.ts'
import { parseOwnJson } from '../storage/own-json.ts'
import type { RefinedPart } from './refine-part.ts'

/** A document in which something of a benchmark was found. */
export interface ContaminatedDocument {
  /** Its row among the part's documents, and that of its record. */
  readonly document: number
  readonly record: number
  readonly outcome: Contamination['outcome']
  /** Tokens that went: all with their specials, or those of what was cut. */
  readonly tokens: number
  /** Of a `cut` one: the bytes of its refined text that are left; two line feeds stand between them. */
  readonly kept: readonly Span[]
  readonly evidence: readonly Evidence[]
}

/** The evidence of one part. */
export interface PartEvidence {
  /** Place of the part in the list of parts. */
  readonly part: number
  /** Relative to the build's folder. */
  readonly path: string
}

export interface ContaminationCounts {
  /** Documents that went, by the first benchmark in them. */
  readonly contaminated: Readonly<Record<string, number>>
  /** Documents that something was cut out of. */
  readonly cut: number
}

export interface ContaminationResult extends ContaminationCounts {
  /** File of what was found; null where nothing was. */
  readonly evidence: string | null
}

export interface Cleaner {
  /** What is in a document; its `text` is what is left of it. */
  readonly find: Decontaminator
  /** Writes down what was found in a document, and how many `tokens` go. */
  record(place: { document: number; record: number }, tokens: number, found: Contamination): Promise<void>
  /** The file of the evidence where there is some, and its part of the unit's result. */
  commit(): Promise<{ files: WrittenFile[]; result: ContaminationResult }>
  abort(): Promise<void>
}

/** `file`: where the evidence goes, relative to the build's folder. */
export function createCleaner(find: Decontaminator | undefined, folder: string, file: string): Cleaner {
  let output: OutputFile | undefined
  const contaminated: Record<string, number> = {}
  let cut = 0
  return {
    find: find ?? (() => undefined),
    async record(place, tokens, { outcome, evidence, kept }) {
      if (outcome === 'dropped') count(contaminated, evidence[0]?.benchmark ?? '')
      if (outcome === 'cut') cut++
      const line = { ...place, outcome, tokens, kept, evidence }
      output ??= await createOutputFile(path.join(folder, file))
      await output.write(Buffer.from(`${JSON.stringify(line satisfies ContaminatedDocument)}\n`))
    },
    async commit() {
      const files = output === undefined ? [] : [await output.commit()]
      return { files, result: { contaminated, cut, evidence: output === undefined ? null : file } }
    },
    abort: async () => output?.abort(),
  }
}

/** The evidence of a part, document by document. */
export async function* readEvidence(folder: string, file: string): AsyncGenerator<ContaminatedDocument> {
  const lines = createInterface({ input: createReadStream(path.join(folder, file)), crlfDelay: Infinity })
  for await (const line of lines) yield parseOwnJson<ContaminatedDocument>(line)
}

/** What the ledger says of benchmarks, and the fates of the documents of each part's source. */
export interface CountedEvidence {
  readonly benchmarks: Readonly<Record<string, BenchmarkTally>>
  readonly sources: Readonly<Record<string, ContaminationCounts>>
}

/** A benchmark as the manifest has it. */
export interface ManifestBenchmark {
  readonly name: string
  /** As the recipe names it. */
  readonly file: string
  readonly sha256: string
  readonly items: number
  readonly uncheckable: number
}

/** Counts evidence again from its files. */
export async function countEvidence(
  folder: string,
  parts: readonly RefinedPart[],
  evidence: readonly PartEvidence[],
  benchmarks: readonly ManifestBenchmark[],
): Promise<CountedEvidence> {
  const tally = createTally(benchmarks)
  const sources: Record<string, { contaminated: Record<string, number>; cut: number }> = {}
  for (const { part, path: file } of evidence) {
    const counts = (sources[parts[part]?.source ?? ''] ??= { contaminated: {}, cut: 0 })
    for await (const document of readEvidence(folder, file)) {
      tally.add(document.evidence, document.tokens)
      if (document.outcome === 'dropped') count(counts.contaminated, document.evidence[0]?.benchmark ?? '')
      if (document.outcome === 'cut') counts.cut++
    }
  }
  return { benchmarks: tally.result(), sources }
}

/** Writes `contaminated.jsonl`: a line for each item of a benchmark that was found in a document, with both texts. */
export async function writeContaminated(
  folder: string,
  parts: readonly RefinedPart[],
  evidence: readonly PartEvidence[],
): Promise<WrittenFile> {
  const output = await createOutputFile(path.join(folder, 'contaminated.jsonl'))
  try {
    for (const { part: index, path: file } of evidence) {
      const part = parts[index]
      if (part === undefined) continue
      const table = await openTable(path.join(folder, `${part.path}.records.arrow`))
      try {
        for await (const document of readEvidence(folder, file)) {
          const row = await table.rowAt(document.record)
          const of = {
            source: part.source,
            id: typeof row['id'] === 'string' ? row['id'] : null,
            uid: row['uid'] instanceof Uint8Array ? uidToHex(row['uid']) : '',
            file: part.files[Number(row['file'])] ?? '',
            offset: Number(row['offset']),
            outcome: document.outcome,
          }
          for (const one of document.evidence)
            await output.write(Buffer.from(`${JSON.stringify({ ...of, ...one })}\n`))
        }
      } finally {
        await table.close()
      }
    }
    return await output.commit()
  } finally {
    await output.abort()
  }
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}
