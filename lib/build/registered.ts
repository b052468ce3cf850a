/** Every step that a unit can belong to, in the order of the data's way. */

export { adopt } from './adopt.ts'
export { blocks, repeats } from './blocks.ts'
export { components, match } from './dedup-match.ts'
export { gather, resolve } from './dedup-resolve.ts'
export { edit } from './edit.ts'
export { emit, holdout } from './emit.ts'
export { features } from './features.ts'
export { ingest } from './ingest.ts'
export { index } from './lookup-index.ts'
export { refine } from './refine.ts'
export { shuffle } from './shuffle.ts'
export { tokenize } from './tokenize.ts'
