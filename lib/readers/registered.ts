export { json } from './json.ts'
export { jsonl } from './jsonl.ts'
export { markdown } from './markdown.ts'
export { text } from './text.ts'
