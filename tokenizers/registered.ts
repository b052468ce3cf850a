export { sentencepiece } from './sentencepiece.ts'
export { tekken } from './tekken.ts'
