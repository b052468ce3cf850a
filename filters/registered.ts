// One line a filter: being here puts it in recipes, in `millrace filter --help`, and in the conformance suite.

export { c4Quality } from './c4-quality.ts'
export { codeExclusion } from './code-exclusion.ts'
export { finewebQuality } from './fineweb-quality.ts'
export { gopherQuality } from './gopher-quality.ts'
export { gopherRepetition } from './gopher-repetition.ts'
export { language } from './language.ts'
export { pii } from './pii.ts'
export { url } from './url.ts'
