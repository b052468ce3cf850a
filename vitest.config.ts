import { statfsSync } from 'node:fs'
import os from 'node:os'
import { defineConfig } from 'vitest/config'

const MEMORY = '/dev/shm'
/** Bytes that have to be free: what all tests together have on disk at a time, many times over. */
const ROOM = 8 * 2 ** 30

/** Whether temporary files may be in memory: builds sync each file, which on a disk is a fifth of the tests' time. */
function hasRoomInMemory(): boolean {
  try {
    const { bavail, bsize } = statfsSync(MEMORY)
    return Math.min(bavail * bsize, process.availableMemory()) > ROOM
  } catch {
    return false
  }
}

/** `npm test`: needs npm only. What needs Python or servers is in test/interop (vitest.interop.config.ts). */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/interop/**'],
    // Many build a corpus, or several; on a machine with other work that takes minutes.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    env: hasRoomInMemory() ? { TMPDIR: MEMORY } : {},
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
