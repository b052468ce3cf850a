import { rm } from 'node:fs/promises'
import type { WrittenFile } from '../storage/output-file.ts'

interface Committable {
  commit(): Promise<WrittenFile>
  abort(): Promise<void>
}

/**
 * Commits the files of a shard in the order given, and undoes it as a whole: `abort` after a failed commit also
 * removes the files that were already in place. After a successful one it does nothing.
 */
export function commitTogether(outputs: readonly Committable[]): {
  commit(): Promise<WrittenFile[]>
  abort(): Promise<void>
} {
  const written: WrittenFile[] = []
  return {
    async commit() {
      for (const output of outputs) written.push(await output.commit())
      return [...written]
    },
    async abort() {
      for (const output of outputs) await output.abort()
      if (written.length === outputs.length) return
      for (const { path } of written.splice(0)) await rm(path, { force: true })
    },
  }
}
