// One line a filter: being here puts it in recipes, in `millrace filters`, and in the conformance suite.

export { gopherQuality } from './gopher-quality.ts'
export { language } from './language.ts'
