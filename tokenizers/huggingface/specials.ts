import type { SpecialNames, TokenizerFile } from './file.ts'

/** Names that published vocabularies give them, the most usual first. */
const USUAL = {
  bos: ['<s>', '<|begin_of_text|>', '<bos>', '<|startoftext|>', '[CLS]'],
  eos: ['</s>', '<|end_of_text|>', '<|endoftext|>', '<eos>', '<|im_end|>', '[SEP]'],
  pad: ['<pad>', '[PAD]', '<|finetune_right_pad_id|>'],
} as const

/** Ids of a document's special tokens. */
export interface SpecialIds {
  readonly bos: number | undefined
  readonly eos: number | undefined
  readonly pad: number | undefined
}

/**
 * By what the recipe says, else tokenizer_config.json, else the usual names among the file's special tokens. A name that the
 * recipe gives has to be a special token: the caller checks it.
 */
export function specialIds(file: TokenizerFile, asked: SpecialNames, configured: SpecialNames): SpecialIds {
  const ids = new Map(
    file.added_tokens.flatMap(({ id, content, special }) => (special ? [[content, id] as const] : [])),
  )
  const find = (kind: keyof SpecialNames): number | undefined => {
    const name = asked[kind] ?? configured[kind] ?? USUAL[kind].find((usual) => ids.has(usual))
    return name === undefined ? undefined : ids.get(name)
  }
  return { bos: find('bos'), eos: find('eos'), pad: find('pad') }
}
