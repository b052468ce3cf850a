import type { Tokenizer } from '../../tokenizers/define-tokenizer.ts'
import { MillraceError } from '../errors.ts'
import type { Recipe } from '../recipe/schema.ts'
import { layoutOf } from './source-layout.ts'

/** Refuses, before any work, a tokenizer without the special tokens that the recipe asks for. Throws RECIPE_INVALID. */
export function requireSpecials(
  recipe: Recipe,
  tokenizer: Pick<Tokenizer, 'name' | 'bos' | 'eos' | 'control'>,
): void {
  for (const [source, settings] of Object.entries(recipe.sources)) {
    const reason = layoutOf(settings)?.refuses(tokenizer)
    if (reason === undefined) continue
    throw new MillraceError('RECIPE_INVALID', `${settings.template} ${reason}; ${tokenizer.name} is none`, {
      key: `sources.${source}.template`,
      got: settings.template,
      fix: 'Use another tokenizer, or `template: plain`.',
    })
  }
  for (const special of ['bos', 'eos'] as const) {
    if (!recipe.output.documents[special] || tokenizer[special] !== undefined) continue
    throw new MillraceError(
      'RECIPE_INVALID',
      `tokenizer ${tokenizer.name} has no ${special.toUpperCase()} token`,
      {
        key: `output.documents.${special}`,
        got: true,
        fix: `Set output.documents.${special}: false.`,
      },
    )
  }
}
