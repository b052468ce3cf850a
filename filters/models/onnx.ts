import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { MillraceError } from '../../lib/errors.ts'

interface Runtime {
  readonly package: string
  readonly version: string
}

/**
 * The peer that runs models: WebAssembly, so that a model gives the same scores on every machine. Other versions may round
 * otherwise: with this one, raise the filter's revision.
 */
const RUNTIME: Runtime = { package: 'onnxruntime-web', version: '1.30.0' }

/** A model's bytes, and what is asked of it. */
export interface OnnxModel {
  readonly file: string
  /** Over a SharedArrayBuffer. */
  readonly bytes: Uint8Array
  /** Name of the output; null: the first. */
  readonly output: string | null
  readonly labels: number
  /** Tokens of a document at most, special ones included. */
  readonly firstTokens: number
}

/** What a thread is started with. All arrays are shared. */
export interface ThreadData {
  readonly model: Uint8Array
  readonly runtime: Runtime
  readonly output: string | null
  readonly labels: number
  /** 1 while it is the thread's turn, tokens of the document, 1 where its last turn failed. */
  readonly control: Int32Array
  readonly tokens: Int32Array
  /** As the model gives them. */
  readonly scores: Float32Array
  readonly problems: MessagePort
}

export interface OnnxThread {
  /** The scores of a document, valid until the next call. @throws MillraceError `MODEL_INVALID` */
  scores(tokens: ArrayLike<number>): Float32Array
  close(): void
}

/** ms. What a document of a model that a CPU can run never takes: the thread has died. */
const LONGEST_WAIT = 600_000

/**
 * A session in a thread of its own, which starts with the first document. A document by itself is a run: in a batch the
 * sums of a document would depend on the others.
 */
export function createOnnxThread(
  { file, bytes, output, labels, firstTokens }: OnnxModel,
  runtime = RUNTIME,
): OnnxThread {
  const control = new Int32Array(new SharedArrayBuffer(12))
  const tokens = new Int32Array(new SharedArrayBuffer(4 * firstTokens))
  const scores = new Float32Array(new SharedArrayBuffer(4 * labels))
  const channel = new MessageChannel()
  let worker: Worker | undefined

  const start = (): Worker => {
    const data: ThreadData = {
      model: bytes,
      runtime,
      output,
      labels,
      control,
      tokens,
      scores,
      problems: channel.port2,
    }
    const started = new Worker(new URL('onnx-thread.mjs', import.meta.url), {
      workerData: data,
      transferList: [channel.port2],
    })
    started.unref()
    return started
  }

  return {
    scores(given) {
      worker ??= start()
      tokens.set(given)
      control[1] = given.length
      Atomics.store(control, 0, 1)
      Atomics.notify(control, 0)
      if (Atomics.wait(control, 0, 1, LONGEST_WAIT) === 'timed-out') {
        throw problem(file, labels, { kind: 'model', message: 'it did not answer' })
      }
      if (Atomics.load(control, 2) === 0) return scores
      // The thread sends no other messages.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      throw problem(file, labels, receiveMessageOnPort(channel.port1)?.message as ThreadProblem | undefined)
    },
    close() {
      channel.port1.close()
      void worker?.terminate()
    },
  }
}

interface ThreadProblem {
  readonly kind: 'package' | 'model' | 'labels'
  readonly message: string
}

function problem(
  file: string,
  labels: number,
  { kind, message }: ThreadProblem = { kind: 'model', message: 'it failed' },
): MillraceError {
  if (kind === 'package') {
    return new MillraceError(
      'MODEL_INVALID',
      `The filter onnx needs the package ${RUNTIME.package} ${RUNTIME.version}: ${message}.`,
      { file, fix: `Run npm install ${RUNTIME.package}@${RUNTIME.version}.` },
    )
  }
  if (kind === 'labels') {
    return new MillraceError('RECIPE_INVALID', `The model ${file} does not fit its settings: ${message}.`, {
      file,
      key: 'onnx',
      got: labels,
      fix: 'Give a label for each of its scores, in their order, and no more firstTokens than it takes.',
    })
  }
  return new MillraceError('MODEL_INVALID', `The model ${file} cannot be used: ${message}.`, {
    file,
    fix: 'Export a text classifier: input_ids, and attention_mask and token_type_ids if need be, to float32 scores of documents x labels, weights in the same file.',
  })
}
