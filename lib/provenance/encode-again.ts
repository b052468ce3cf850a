import { joined } from '../../filters/decontaminate/index.ts'
import { withoutCuts } from '../../filters/dedup/blocks.ts'
import { specialsAdder } from '../build/adopt.ts'
import { documentEncoder, type EncodedDocument } from '../build/encode-document.ts'
import {
  type FinishedBuild,
  givenTokens,
  type RecordFacts,
  refinedDocument,
  tokenizerOfBuild,
} from './records.ts'

/** A document's ids and loss mask, made again from what refining stored: its text and turns, or the ids that it came with. */
export async function encodeAgain(
  build: FinishedBuild,
  found: readonly { place: { part: number }; facts: RecordFacts }[],
): Promise<Pick<EncodedDocument, 'ids' | 'learned'>> {
  const survivor = found.find(({ facts }) => facts.document !== null && facts.duplicate === null) ?? found[0]
  if (survivor === undefined || survivor.facts.document === null) {
    return { ids: new Uint16Array(), learned: undefined }
  }
  const { source, document, tokenized } = survivor.facts
  const tokenizer = await tokenizerOfBuild(build)
  const { recipe } = build.manifest
  if (tokenized) {
    const given = await givenTokens(build, survivor.place.part, document)
    return specialsAdder(recipe, source, tokenizer)(given)
  }
  const { text, turns } = await refinedDocument(build, survivor.place.part, document)
  const { contaminated, cuts } = survivor.facts
  const spans = cuts.map(({ span }) => span)
  const bytes = withoutCuts(Buffer.from(text), spans)
  const left = contaminated?.outcome === 'cut' ? joined(bytes, contaminated.kept) : bytes
  return documentEncoder(recipe, source, tokenizer)(left, turns)
}
