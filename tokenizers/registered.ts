export { huggingface } from './huggingface.ts'
export { sentencepiece } from './sentencepiece.ts'
export { tekken } from './tekken.ts'
export { tiktoken } from './tiktoken.ts'
