// One line a method: being here puts it in recipes, in `millrace dedup`, and in the conformance suite.
export { exact } from './exact.ts'
export { minhash } from './minhash.ts'
export { url } from './url.ts'
