import type { Command } from 'commander'

type Register = (program: Command) => void

/** The commands, in the order of `millrace --help`. One is loaded when it is asked for: loading all takes most of a second. */
export const commands: Readonly<Record<string, () => Promise<Register>>> = {
  build: async () => (await import('./commands/build.ts')).buildCommand,
  decontaminate: async () => (await import('./commands/decontaminate.ts')).decontaminateCommand,
  dedup: async () => (await import('./commands/dedup.ts')).dedupCommand,
  filter: async () => (await import('./commands/filter.ts')).filterCommand,
  filters: async () => (await import('./commands/filters.ts')).filtersCommand,
  head: async () => (await import('./commands/head.ts')).headCommand,
  init: async () => (await import('./commands/init.ts')).initCommand,
  inspect: async () => (await import('./commands/inspect.ts')).inspectCommand,
  plan: async () => (await import('./commands/plan.ts')).planCommand,
  presets: async () => (await import('./commands/presets.ts')).presetsCommand,
  schema: async () => (await import('./commands/schema.ts')).schemaCommand,
  stats: async () => (await import('./commands/stats.ts')).statsCommand,
  tokenize: async () => (await import('./commands/tokenize.ts')).tokenizeCommand,
  trace: async () => (await import('./commands/trace.ts')).traceCommand,
  verify: async () => (await import('./commands/verify.ts')).verifyCommand,
  'vocabulary-map': async () => (await import('./commands/vocabulary-map.ts')).vocabularyMapCommand,
  where: async () => (await import('./commands/where.ts')).whereCommand,
}
