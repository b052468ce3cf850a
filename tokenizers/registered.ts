export { huggingface } from './huggingface.ts'
export { sentencepiece } from './sentencepiece.ts'
export { tekken } from './tekken.ts'
