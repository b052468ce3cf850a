import os from 'node:os'
import { defineConfig } from 'vitest/config'

/** `npm test`: needs npm only. What needs Python or servers is in test/interop (vitest.interop.config.ts). */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/interop/**'],
    // Many build a corpus, or several; on a machine with other work that takes minutes.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // Many tests wait for a child process, in which time another one has its core.
    maxWorkers: os.availableParallelism() + 1,
    // Files share a process, and so the modules and vocabularies that it has loaded. So a test undoes what it changes of a
    // module or of the process.
    isolate: false,
    // MiB at which the heap is collected first: a build makes arrays of some MB for each shard, and V8 answers each few of
    // them with a whole collection. On one thread, since the other cores have files of their own to run: 6 % less time for builds and readers.
    execArgv: ['--initial-old-space-size=256', '--single-threaded-gc'],
  },
})
