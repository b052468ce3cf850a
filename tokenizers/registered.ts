export { sentencepiece } from './sentencepiece.ts'
