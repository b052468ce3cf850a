import type { Command } from 'commander'

interface RegisteredCommand {
  /** What `millrace --help` says of it. */
  readonly summary: string
  /** Gives what adds arguments, options, help and action to the command. */
  readonly load: () => Promise<(command: Command) => void>
}

/** The commands, in the order of `millrace --help`. One is loaded when it is asked for: loading all takes most of a second. */
export const commands: Readonly<Record<string, RegisteredCommand>> = {
  build: {
    summary: 'build a recipe into a folder, or resume a build that stopped',
    load: async () => (await import('./commands/build.ts')).buildCommand,
  },
  decontaminate: {
    summary: 'take what is in benchmarks out of files, and show each place with both texts',
    load: async () => (await import('./commands/decontaminate.ts')).decontaminateCommand,
  },
  dedup: {
    summary: 'remove duplicates from files, and say of each which document was kept instead',
    load: async () => (await import('./commands/dedup.ts')).dedupCommand,
  },
  filter: {
    summary: 'judge documents: JSON lines in, each out with the verdicts and recorded values of the filters',
    load: async () => (await import('./commands/filter.ts')).filterCommand,
  },
  filters: {
    summary: 'list the filters, or say what one does: settings with defaults, reasons, recorded values',
    load: async () => (await import('./commands/filters.ts')).filtersCommand,
  },
  head: {
    summary: 'show the first documents of files, as the pipeline reads them',
    load: async () => (await import('./commands/head.ts')).headCommand,
  },
  init: {
    summary: 'print a commented recipe, made from files or a preset',
    load: async () => (await import('./commands/init.ts')).initCommand,
  },
  inspect: {
    summary: 'look into a shard or a table of a build: header, counts, and the first items decoded',
    load: async () => (await import('./commands/inspect.ts')).inspectCommand,
  },
  plan: {
    summary:
      'say what a recipe would build: by declared sizes, by file sizes, or by a pilot over some records',
    load: async () => (await import('./commands/plan.ts')).planCommand,
  },
  presets: {
    summary: 'list the published mixes to start from, or print one as a recipe',
    load: async () => (await import('./commands/presets.ts')).presetsCommand,
  },
  schema: {
    summary: "print the recipe's JSON Schema, for editors",
    load: async () => (await import('./commands/schema.ts')).schemaCommand,
  },
  stats: {
    summary: 'count what is in input files: records, documents, lengths, fields, tokens',
    load: async () => (await import('./commands/stats.ts')).statsCommand,
  },
  tokenize: {
    summary: 'turn text into token ids: JSON lines on standard input, or files into a format',
    load: async () => (await import('./commands/tokenize.ts')).tokenizeCommand,
  },
  trace: {
    summary: 'say which document a token came from, or which documents a sequence or a training step holds',
    load: async () => (await import('./commands/trace.ts')).traceCommand,
  },
  verify: {
    summary:
      'prove that a build is what its recipe says: hash every file, count the ledger again, read every shard',
    load: async () => (await import('./commands/verify.ts')).verifyCommand,
  },
  'vocabulary-map': {
    summary: 'where each id of a tokenizer is in another one, by piece, for runs that change their tokenizer',
    load: async () => (await import('./commands/vocabulary-map.ts')).vocabularyMapCommand,
  },
  where: {
    summary: 'say what became of a document, a url, a domain or a source, and where its tokens are',
    load: async () => (await import('./commands/where.ts')).whereCommand,
  },
}
