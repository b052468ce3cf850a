// One line a method: being here puts it in recipes, in `millrace dedup`, and in the conformance suite.
export { exact } from './exact.ts'
export { lines } from './lines.ts'
export { minhash } from './minhash.ts'
export { paragraphs } from './paragraphs.ts'
export { spans } from './spans.ts'
export { url } from './url.ts'
