// One line a format: being here puts it in recipes, in `inspect` and `trace`, and in the conformance suite.
export { datatrove } from './datatrove.ts'
export { litdata } from './litdata.ts'
export { llmc } from './llmc.ts'
export { mds } from './mds.ts'
export { megatron } from './megatron.ts'
export { nanogpt } from './nanogpt.ts'
export { olmo } from './olmo.ts'
export { packed } from './packed.ts'
