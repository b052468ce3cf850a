/**
 * edit: a part: cuts the blocks that go out of its documents. A document of which too little is left goes as a whole. What
 * is left is not stored: the cuts are, and whoever reads a document takes them out of its refined text. Later methods of
 * dedup get their sketches and keys from what is left, here.
 */
import path from 'node:path'
import { type ByteSpan, characters, withoutCuts } from '../../filters/dedup/blocks.ts'
import type { BlockMethod, DedupMethod } from '../../filters/dedup/define-dedup.ts'
import { dedupPasses } from '../../filters/dedup/index.ts'
import { UID_WORDS } from '../documents/uid.ts'
import type { Scratch } from '../kernels/scratch.ts'
import { type WrittenFile, writeWhole } from '../storage/output-file.ts'
import { REPEAT_WIDTH, SURPLUS_WIDTH } from './blocks.ts'
import { CUT_WIDTH } from './cuts.ts'
import { dedupVerdicts, VERDICT_WIDTH } from './dedup-verdicts.ts'
import { eachDocument } from './part-tables.ts'
import { readParts } from './parts.ts'
import { collectKeys, KEYS_WIDTH, sketchRowWords } from './refine-part.ts'
import { bytesOf, openRun, readSlice, writeRun } from './runs.ts'
import { layoutOf } from './source-layout.ts'
import type { Step, StepContext } from './step.ts'

export interface EditInput {
  readonly part: number
  readonly parts: string
  /** Verdict runs of the methods before. */
  readonly verdicts: readonly string[]
  /** Path of the part's blocks; null where its documents are not looked at. */
  readonly blocks: string | null
  /** Runs of repeats by method that cuts blocks. */
  readonly repeats: readonly (readonly string[])[]
  readonly path: string
}

export interface EditResult {
  readonly part: number
  readonly path: string
  /** Rows of `.keys`. */
  readonly keys: number
  /** Documents that something was cut out of, by method; those that went are not in it. */
  readonly cut: Readonly<Record<string, number>>
  /** Documents of which too little was left. */
  readonly removed: number
  /** UTF-8 bytes of the documents that came here, and of what was cut or went with them. */
  readonly bytes: number
  readonly cutBytes: number
}

export const edit: Step<EditInput, EditResult> = {
  name: 'edit',
  revision: 1,
  async run(input, context) {
    const { folder, recipe, scratch } = context
    const part = (await readParts(context, input.parts))[input.part]
    if (part === undefined) throw new RangeError(`there is no part ${input.part}`)
    const { blocks, after } = dedupPasses(recipe.dedup)
    const gone = dedupVerdicts(folder, input.verdicts, input.part)
    const goingBy = blocks.names.map((_, method) => occurrencesOf(input, method, blocks.names, context))
    const sketcher = createSketcher(after.methods, part.documents, scratch)
    const counts = { cut: {} as Record<string, number>, removed: 0, bytes: 0, cutBytes: 0 }
    const cuts: number[] = []
    const verdicts: number[] = []

    const visit = (document: number, text: Uint8Array, uid: Uint32Array): void => {
      if (gone.has(document)) return
      counts.bytes += text.length
      const found = goingBy.flatMap((byDocument, method) =>
        piecesOf(text, blocks.methods[method], byDocument.get(document) ?? [], method),
      )
      const spans = found.map(({ span }) => span)
      const left = found.length === 0 ? text : withoutCuts(text, spans)
      counts.cutBytes += text.length - left.length
      const needed = Math.max(...found.map(({ method }) => blocks.methods[method]?.minRest ?? 0))
      if (found.length > 0 && isTooLittle(left, needed)) {
        const [longest] = found.toSorted((a, b) => lengthOf(b.span) - lengthOf(a.span))
        float[0] = text.length === 0 ? 1 : (text.length - left.length) / text.length
        verdicts.push(input.part, document, blocks.first + (longest?.method ?? 0), floatBits[0] ?? 0)
        verdicts.push(...(longest?.uid ?? []))
        counts.removed++
        counts.cutBytes += left.length
        return
      }
      for (const { span, method, uid: keptIn } of found)
        cuts.push(document, ...span, blocks.first + method, ...keptIn)
      for (const method of new Set(found.map((each) => each.method))) {
        const name = blocks.names[method] ?? ''
        counts.cut[name] = (counts.cut[name] ?? 0) + 1
      }
      sketcher.add(document, left, uid)
    }

    await eachDocument(
      path.join(folder, `${part.path}.documents.arrow`),
      layoutOf(recipe.sources[part.source]) !== undefined,
      visit,
      (documents) => context.progress({ documents }),
    )
    const base = path.join(folder, input.path)
    const files = [
      await writeRun(`${base}.cuts`, Uint32Array.from(cuts), CUT_WIDTH, scratch),
      await writeRun(`${base}.verdicts`, Uint32Array.from(verdicts), VERDICT_WIDTH, scratch),
    ]
    const sketched = await sketcher.write(base)
    files.push(...sketched.files)
    return { files, result: { part: input.part, path: input.path, keys: sketched.keys, ...counts } }
  },
}

interface Sketcher {
  /** What is left of a document, in UTF-8. */
  add(document: number, left: Uint8Array, uid: Uint32Array): void
  /** Writes `BASE.sketches` and `BASE.keys` of the documents added; nothing where no method follows. */
  write(base: string): Promise<{ readonly files: readonly WrittenFile[]; readonly keys: number }>
}

/** Sketches of what is left, for the methods after. */
function createSketcher(methods: readonly DedupMethod[], documents: number, scratch: Scratch): Sketcher {
  const width = sketchRowWords(methods)
  const sketches = scratch.words(documents * width).fill(0)
  const withKeys = new Uint8Array(documents)
  return {
    add(document, left, uid) {
      if (methods.length === 0) return
      withKeys[document] = 1
      let to = document * width
      sketches.set(uid, to)
      to += UID_WORDS
      const text = Buffer.from(left.buffer, left.byteOffset, left.byteLength).toString('utf8')
      for (const method of methods) {
        method.sketch({ text, id: undefined, url: undefined }, sketches, to)
        to += method.sketchWords
      }
    },
    async write(base) {
      if (methods.length === 0) return { files: [], keys: 0 }
      const rows = collectKeys(documents, sketches, methods, (document) => withKeys[document] === 1)
      const files = [
        await writeWhole(`${base}.sketches`, bytesOf(sketches)),
        await writeRun(`${base}.keys`, rows, KEYS_WIDTH, scratch),
      ]
      return { files, keys: rows.length / KEYS_WIDTH }
    },
  }
}

const float = new Float32Array(1)
const floatBits = new Uint32Array(float.buffer)

const lengthOf = ([start, end]: ByteSpan): number => end - start

function isTooLittle(left: Uint8Array, needed: number): boolean {
  return characters(left) < needed || !left.some((byte) => byte > 0x20)
}

/** An occurrence that goes: the place of its first block in the document, and the uid of the block's first document. */
interface Going {
  readonly place: number
  readonly uid: Uint32Array
}

/** The occurrences of a method that go out of the part's documents, by document. */
function occurrencesOf(
  { part, blocks, repeats }: EditInput,
  method: number,
  names: readonly string[],
  { folder }: Pick<StepContext, 'folder'>,
): ReadonlyMap<number, Going[]> {
  const going = new Map<number, Going[]>()
  if (blocks === null) return going
  const add = (document: number, place: number, uid: Uint32Array): void => {
    const own = going.get(document)
    if (own === undefined) going.set(document, [{ place, uid }])
    else own.push({ place, uid })
  }
  /** By document and place: where the block has its first occurrence. */
  const firstOf = new Map<number, Uint32Array>()
  for (const run of repeats[method] ?? []) {
    const rows = readSlice(path.join(folder, run), REPEAT_WIDTH, [part, 0], [part + 1, 0])
    for (let at = 0; at < rows.length; at += REPEAT_WIDTH) {
      const [, document = 0, place = 0, goes = 0] = rows.subarray(at, at + 4)
      const uid = rows.subarray(at + 4, at + REPEAT_WIDTH)
      firstOf.set(placeKey(document, place), uid)
      if (goes === 1) add(document, place, uid)
    }
  }
  const surplus = openRun(path.join(folder, `${blocks}.${names[method]}.surplus`), SURPLUS_WIDTH)
  try {
    const rows = surplus.read(0, surplus.rows)
    for (let at = 0; at < rows.length; at += SURPLUS_WIDTH) {
      const [document = 0, place = 0, firstDocument = 0, firstPlace = 0] = rows.subarray(
        at,
        at + SURPLUS_WIDTH,
      )
      const uid = firstOf.get(placeKey(firstDocument, firstPlace))
      if (uid !== undefined) add(document, place, uid)
    }
  } finally {
    surplus.close()
  }
  return going
}

/** Documents of a part are fewer than 2^32, blocks of a document at most `MOST_BLOCKS`, 2^20. */
function placeKey(document: number, place: number): number {
  return document * 2 ** 21 + place
}

/** What goes of one document by one method, as bytes of its text. */
function piecesOf(
  text: Uint8Array,
  method: BlockMethod | undefined,
  going: readonly Going[],
  at: number,
): { span: ByteSpan; method: number; uid: Uint32Array }[] {
  if (method === undefined || going.length === 0) return []
  const ends = method.split(text)
  return going.map(({ place, uid }) => ({
    span: [ends[place - 1] ?? 0, ends[place + method.width - 1] ?? text.length],
    method: at,
    uid,
  }))
}
