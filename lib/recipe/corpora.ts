/** The finished corpora that a recipe's documents are compared with: its base, the base of that, and those of `against`. */
import path from 'node:path'
import { dedupPasses } from '../../filters/dedup/index.ts'
import type { PlanWarning } from '../../stages/warnings.ts'
import { type Corpus, corpusOfBuild, isComparable, madeOtherwise, openCorpus } from '../build/corpus.ts'
import type { Manifest } from '../build/manifest.ts'
import { asMillraceError } from '../errors.ts'
import { type Base, openBase } from './base.ts'
import type { Path, Problem } from './problem.ts'
import type { Recipe } from './schema.ts'

/** `recipe`: undefined where it is not valid, which is told first. Its budgets do not matter here. */
export async function findCorpora(
  recipe: Pick<Recipe, 'dedup' | 'against' | 'base'> | undefined,
  directory: string,
  base: Base | undefined,
): Promise<{ corpora: readonly Corpus[]; problems: readonly Problem[] }> {
  const corpora: Corpus[] = []
  const problems: Problem[] = []
  if (recipe === undefined) return { corpora, problems }
  const add = async (place: Path, got: string, open: () => Promise<readonly Corpus[]>): Promise<void> => {
    try {
      for (const corpus of await open()) {
        const otherwise = madeOtherwise(corpus, recipe)
        const texts = comparesTexts(recipe)
        const cutting = onlyCuts(recipe)
        if (cutting !== undefined) problems.push(withoutDocuments(place, got, cutting))
        else if (otherwise.length > 0) problems.push(otherMethods(place, got, corpus, otherwise))
        else if (texts !== undefined && !isComparable(corpus)) problems.push(withoutTexts(place, got, texts))
        else corpora.push(corpus)
      }
    } catch (error) {
      const { message, facts } = asMillraceError(error)
      problems.push({ path: place, at: 'value', message, got, fix: facts.fix })
    }
  }
  if (base !== undefined && recipe.base?.dedup === true && recipe.dedup.length > 0)
    await add(['base'], recipe.base.folder, () => corporaOf(base))
  for (const [at, folder] of recipe.against.entries()) {
    const place = ['against', at]
    if (recipe.dedup.length > 0)
      await add(place, folder, async () => [await openCorpus(path.resolve(directory, folder))])
    else {
      const message = 'is not compared with: the recipe has no `dedup`'
      problems.push({
        path: place,
        at: 'value',
        message,
        got: folder,
        fix: 'Add the methods by which it was made.',
      })
    }
  }
  return { corpora, problems }
}

/** A build, and what it goes on from: all that is in its pools. */
async function corporaOf({ folder, manifest }: { folder: string; manifest: Manifest }): Promise<Corpus[]> {
  const own = corpusOfBuild(folder, manifest)
  if (manifest.base === undefined) return [own]
  return [own, ...(await corporaOf(await openBase(path.resolve(folder, manifest.base.folder))))]
}

/** A method that compares what is in no sketch. */
function comparesTexts({ dedup }: Pick<Recipe, 'dedup'>): string | undefined {
  const { before, after } = dedupPasses(dedup)
  return [before, after].flatMap(({ names, methods }) =>
    names.filter((_, at) => methods[at]?.exact !== undefined),
  )[0]
}

/** The methods, where all of them cut text: a corpus is compared with by whole documents alone. */
function onlyCuts({ dedup }: Pick<Recipe, 'dedup'>): string | undefined {
  const { before, blocks, after } = dedupPasses(dedup)
  return blocks.names.length > 0 && before.names.length + after.names.length === 0
    ? blocks.names.join(', ')
    : undefined
}

function withoutDocuments(place: Path, got: string, names: string): Problem {
  return {
    path: place,
    at: 'value',
    message: `is compared with by whole documents, and ${names} cut text out of this build's documents alone`,
    got,
    fix:
      'Add methods by which it was made, such as exact or minhash' +
      (place[0] === 'base' ? ', or set base.dedup: false.' : ', or leave it out.'),
  }
}

/** Methods that cut text see nothing of the corpora that the others compare with: told, since a reader of the recipe may expect it. */
export function cutsAlone(recipe: Pick<Recipe, 'dedup' | 'against' | 'base'>): PlanWarning[] {
  const { names } = dedupPasses(recipe.dedup).blocks
  const corpora = [...(recipe.base?.dedup === true ? [recipe.base.folder] : []), ...recipe.against]
  if (names.length === 0 || corpora.length === 0) return []
  return [
    {
      code: 'cuts-alone',
      message: `${names.join(', ')} look at this build alone: what repeats ${corpora.join(', ')} is not cut`,
      got: corpora.length,
      limit: 0,
      fix: 'Count on the other methods for what those corpora have: they take it out by whole documents.',
    },
  ]
}

function withoutTexts(place: Path, got: string, name: string): Problem {
  return {
    path: place,
    at: 'value',
    message: `has sketches alone, and ${name} is set to compare n-grams (verify: jaccard)`,
    got,
    fix: `Let ${name} compare signatures (leave verify out), or make the index anew with verify: jaccard.`,
  }
}

function otherMethods(place: Path, got: string, { folder }: Corpus, otherwise: readonly string[]): Problem {
  return {
    path: place,
    at: 'value',
    message: `${folder} was made ${otherwise.join(', and ')}`,
    got,
    fix:
      'Write these methods of `dedup` with the settings that it was made with, or leave them out' +
      (place[0] === 'base' ? '; or set base.dedup: false, to keep what the base has too.' : '.'),
  }
}
