import type { FastTextModel } from './fasttext-file.ts'

/** The best label of a text and its probability. fastText adds 1e-5 before each logarithm: it may pass 1 by a little. */
export interface Prediction {
  readonly label: string
  readonly score: number
}

/** What fastText adds to a probability before it takes the logarithm. */
const TINY = 1e-5

/** The best label of a text's vector. */
export function bestLabel(model: FastTextModel): (hidden: Float64Array) => Prediction {
  // A tree need not be gone through in full; the other losses are.
  if (model.loss === 'hierarchical-softmax') return treeBest(model)
  const scoresOf = labelScores(model)
  return (hidden) => {
    const scores = scoresOf(hidden)
    let best = 0
    for (let label = 1; label < scores.length; label++) {
      if ((scores[label] ?? 0) > (scores[best] ?? 0)) best = label
    }
    return { label: model.labels[best] ?? 'und', score: scores[best] ?? 0 }
  }
}

/** The probabilities of all labels of a text's vector, overwritten by the next. */
export function labelScores(model: FastTextModel): (hidden: Float64Array) => Float64Array {
  if (model.loss === 'hierarchical-softmax') return treeScores(model)
  return model.loss === 'softmax' ? softmaxScores(model) : separateScores(model)
}

/** Highest leaf of the label tree, depth first; a branch that is already below the best leaf is left out. */
function treeBest({ dim, labels, left, right, output }: FastTextModel): (hidden: Float64Array) => Prediction {
  const leaves = labels.length
  const nodes = new Int32Array(leaves + 1)
  const scores = new Float64Array(leaves + 1)
  return (hidden) => {
    let best = -1
    let bestScore = -Infinity
    let depth = 1
    nodes[0] = 2 * leaves - 2
    scores[0] = 0
    while (depth > 0) {
      depth--
      const node = nodes[depth] ?? 0
      const score = scores[depth] ?? 0
      if (score < bestScore) continue
      if (node < leaves) {
        best = node
        bestScore = score
        continue
      }
      const inner = node - leaves
      const toRight = 1 / (1 + Math.exp(-dot(output, inner * dim, hidden)))
      nodes[depth] = right[inner] ?? 0
      scores[depth] = score + Math.log(toRight + TINY)
      depth++
      nodes[depth] = left[inner] ?? 0
      scores[depth] = score + Math.log(1 - toRight + TINY)
      depth++
    }
    return { label: labels[best] ?? 'und', score: Math.exp(bestScore) }
  }
}

/** Of every leaf the product of the probabilities on its way. */
function treeScores({
  dim,
  labels,
  left,
  right,
  output,
}: FastTextModel): (hidden: Float64Array) => Float64Array {
  const leaves = labels.length
  // A node's children were joined before it, so that from the root down every parent comes before its children.
  const logs = new Float64Array(2 * leaves - 1)
  const scores = new Float64Array(leaves)
  return (hidden) => {
    for (let inner = leaves - 2; inner >= 0; inner--) {
      const score = logs[leaves + inner] ?? 0
      const toRight = 1 / (1 + Math.exp(-dot(output, inner * dim, hidden)))
      logs[right[inner] ?? 0] = score + Math.log(toRight + TINY)
      logs[left[inner] ?? 0] = score + Math.log(1 - toRight + TINY)
    }
    for (let leaf = 0; leaf < leaves; leaf++) scores[leaf] = Math.exp(logs[leaf] ?? 0)
    return scores
  }
}

function softmaxScores({ dim, labels, output }: FastTextModel): (hidden: Float64Array) => Float64Array {
  const scores = new Float64Array(labels.length)
  return (hidden) => {
    let highest = -Infinity
    for (let label = 0; label < scores.length; label++) {
      scores[label] = dot(output, label * dim, hidden)
      highest = Math.max(highest, scores[label] ?? 0)
    }
    let sum = 0
    for (let label = 0; label < scores.length; label++) {
      scores[label] = Math.exp((scores[label] ?? 0) - highest)
      sum += scores[label] ?? 0
    }
    // As in fastText, which takes the exponential of log(p + 1e-5).
    for (let label = 0; label < scores.length; label++) scores[label] = (scores[label] ?? 0) / sum + TINY
    return scores
  }
}

/** fastText looks the sigmoid up: 512 steps over [-8, 8), the lower end of each; 0 below and 1 above. */
const SIGMOID_STEPS = 512
const SIGMOID_END = 8

/** Each label for itself, by its logistic regression. */
function separateScores({ dim, labels, output }: FastTextModel): (hidden: Float64Array) => Float64Array {
  const scores = new Float64Array(labels.length)
  return (hidden) => {
    for (let label = 0; label < scores.length; label++) {
      scores[label] = tabledSigmoid(dot(output, label * dim, hidden)) + TINY
    }
    return scores
  }
}

function tabledSigmoid(logit: number): number {
  if (logit < -SIGMOID_END) return 0
  if (logit > SIGMOID_END) return 1
  const step = Math.floor(((logit + SIGMOID_END) * SIGMOID_STEPS) / SIGMOID_END / 2)
  return 1 / (1 + Math.exp(SIGMOID_END - (step * 2 * SIGMOID_END) / SIGMOID_STEPS))
}

function dot(output: Float32Array, from: number, hidden: Float64Array): number {
  let sum = 0
  for (let d = 0; d < hidden.length; d++) sum += (output[from + d] ?? 0) * (hidden[d] ?? 0)
  return sum
}
