import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Bytes of array buffers that are in use: garbage is collected first, which V8 does when it likes. */
export async function heldBytes(): Promise<number> {
  setFlagsFromString('--expose-gc')
  // Twice: buffers are freed beside the collection that finds them unused.
  for (let i = 0; i < 2; i++) {
    runInNewContext('gc()')
    await setTimeout(20)
  }
  return process.memoryUsage().arrayBuffers
}
