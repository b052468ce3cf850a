/** The commands, in the order of `millrace --help`. */

export { buildCommand } from './commands/build.ts'
export { dedupCommand } from './commands/dedup.ts'
export { filterCommand } from './commands/filter.ts'
export { headCommand } from './commands/head.ts'
export { initCommand } from './commands/init.ts'
export { inspectCommand } from './commands/inspect.ts'
export { planCommand } from './commands/plan.ts'
export { schemaCommand } from './commands/schema.ts'
export { tokenizeCommand } from './commands/tokenize.ts'
export { traceCommand } from './commands/trace.ts'
export { verifyCommand } from './commands/verify.ts'
export { whereCommand } from './commands/where.ts'
