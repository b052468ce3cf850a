// @ts-check
/**
 * A thread with an ONNX session: runs are promises, filters are functions, so a filter waits until this thread has answered.
 * Plain JavaScript, so that it is one file for the sources and for what is compiled of them.
 */
import { workerData } from 'node:worker_threads'

/** @type {import('./onnx.ts').ThreadData} */
const { model, runtime, output, labels, control, tokens, scores, problems } = workerData

/** A problem as onnx.ts reads it: who has to act (`kind`), and a sentence. */
class Problem extends Error {
  /** @param {'package' | 'model' | 'labels'} kind @param {string} message */
  constructor(kind, message) {
    super(message)
    this.kind = kind
  }
}

/** The inputs that a text classifier may have, and what each holds for a token's place. */
const INPUTS = new Map([
  ['input_ids', 'token'],
  ['attention_mask', 'mask'],
  ['token_type_ids', 'zero'],
])

/** @typedef {{ name: string, role: string | undefined, type: string, length: number | undefined }} Input */

async function open() {
  /** @type {typeof import('onnxruntime-web')} */
  const ort = await import(runtime.package).catch((error) => {
    throw new Problem('package', `it cannot be loaded: ${messageOf(error)}`)
  })
  const found = ort.env.versions.web
  if (found !== runtime.version) throw new Problem('package', `version ${found} is installed`)
  ort.env.wasm.numThreads = 1
  ort.env.logLevel = 'fatal'
  const session = await ort.InferenceSession.create(model, { executionProviders: ['wasm'] }).catch(
    (error) => {
      throw new Problem('model', messageOf(error))
    },
  )
  const inputs = session.inputMetadata.map(inputOf)
  if (!inputs.some(({ role }) => role === 'token')) throw new Problem('model', 'it has no input input_ids')
  const name = output ?? session.outputNames[0] ?? ''
  const given = session.outputMetadata.find((each) => each.name === name)
  if (given === undefined)
    throw new Problem('model', `it has no output ${name}; it has ${session.outputNames.join(', ')}`)
  if (!given.isTensor || given.type !== 'float32')
    throw new Problem(
      'model',
      `its output ${name} is of ${given.isTensor ? given.type : 'no tensor'}, not of float32`,
    )

  /** @param {number} count */
  return async (count) => {
    const length = Math.max(count, ...inputs.map((input) => input.length ?? 0))
    const feeds = Object.fromEntries(
      inputs.map((input) => [
        input.name,
        new ort.Tensor(input.type === 'int64' ? 'int64' : 'int32', filled(input, count, length), [1, length]),
      ]),
    )
    const { [name]: result } = await session.run(feeds, [name])
    if (result === undefined) throw new Problem('model', `it gave no ${name}`)
    const shape = result.dims.join(' x ')
    if (result.dims[0] !== 1 || result.dims.length > 2)
      throw new Problem('model', `its output ${name} has the shape ${shape}, not documents x labels`)
    if (result.size !== labels) throw new Problem('labels', `its output ${name} has ${result.size} scores`)
    for (let at = 0; at < labels; at++) scores[at] = Number(result.data[at])
  }
}

/** @param {import('onnxruntime-web').InferenceSession.ValueMetadata} metadata @returns {Input} */
function inputOf(metadata) {
  const { name } = metadata
  const role = INPUTS.get(name)
  if (role === undefined)
    throw new Problem('model', `it needs the input ${name}, and gets ${[...INPUTS.keys()].join(', ')}`)
  if (!metadata.isTensor || (metadata.type !== 'int64' && metadata.type !== 'int32'))
    throw new Problem('model', `its input ${name} is not of int64 or int32`)
  const [documents, length, ...others] = metadata.shape
  if (length === undefined || others.length > 0 || (typeof documents === 'number' && documents !== 1))
    throw new Problem(
      'model',
      `its input ${name} has the shape ${metadata.shape.join(' x ')}, not documents x tokens`,
    )
  if (typeof length === 'number' && length < tokens.length)
    throw new Problem('labels', `its input ${name} has ${length} tokens, and firstTokens is ${tokens.length}`)
  return { name, role, type: metadata.type, length: typeof length === 'number' ? length : undefined }
}

/** Behind the tokens of a document come zeros, which the mask takes out. @param {Input} input @param {number} count @param {number} length */
function filled({ role, type }, count, length) {
  const own =
    role === 'mask' ? new Int32Array(count).fill(1) : tokens.subarray(0, role === 'token' ? count : 0)
  const values = type === 'int64' ? new BigInt64Array(length) : new Int32Array(length)
  for (const [at, value] of own.entries()) values[at] = type === 'int64' ? BigInt(value) : value
  return values
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof Error ? error.message : String(error)
}

/** @type {((count: number) => Promise<void>) | undefined} */
let run
for (;;) {
  Atomics.wait(control, 0, 0)
  let failed = 0
  try {
    run ??= await open()
    await run(control[1] ?? 0)
  } catch (error) {
    failed = 1
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    problems.postMessage({ kind: error instanceof Problem ? error.kind : 'model', message: messageOf(error) })
  }
  Atomics.store(control, 2, failed)
  Atomics.store(control, 0, 0)
  Atomics.notify(control, 0)
}
