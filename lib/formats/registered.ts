// One line a format: being here puts it in recipes, in `inspect` and `trace`, and in the conformance suite.
export { megatron } from './megatron.ts'
export { packed } from './packed.ts'
