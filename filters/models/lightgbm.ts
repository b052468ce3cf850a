import type { LightGbmModel } from './lightgbm-file.ts'

/** Of a node's decision: whether its split is categorical, and whether missing values go left. */
const CATEGORICAL = 1
const DEFAULT_LEFT = 2
/** Bits 2 and 3: what counts as missing. */
const MISSING_ZERO = 1
const MISSING_NAN = 2
/** Values this close to 0 are 0 (`kZeroThreshold`, a 32-bit float). */
const ZERO = Math.fround(1e-35)
const LARGEST_CATEGORY = 2 ** 31 - 1

/**
 * The raw scores of a row of features, NaN where one is missing, into `raw`; as LightGBM's `predict(raw_score=True)`, to the
 * last bit: sums in 64-bit floats, tree after tree.
 */
export function createRawScores(model: LightGbmModel): (row: Float64Array, raw: Float64Array) => void {
  const { scores, firstNodes, firstLeaves, leafValues } = model
  const trees = firstNodes.length - 1
  const leafOf = leafFinder(model)
  return (row, raw) => {
    raw.fill(0)
    for (let tree = 0; tree < trees; tree++) {
      const leaf = (firstLeaves[tree] ?? 0) + leafOf(tree, row)
      raw[tree % scores] = (raw[tree % scores] ?? 0) + (leafValues[leaf] ?? 0)
    }
  }
}

/** The leaf of a tree that a row comes to. */
function leafFinder(model: LightGbmModel): (tree: number, row: Float64Array) => number {
  const { firstNodes, nodeFeatures, thresholds, decisions, left, right } = model
  const isInSet = setLookup(model)
  return (tree, row) => {
    const first = firstNodes[tree] ?? 0
    if (firstNodes[tree + 1] === first) return 0
    let at = 0
    while (at >= 0) {
      const node = first + at
      const decision = decisions[node] ?? 0
      const given = row[nodeFeatures[node] ?? 0] ?? Number.NaN
      const missing = decision >> 2
      let toLeft: boolean
      if ((decision & CATEGORICAL) !== 0) toLeft = isInSet(node, given)
      else {
        const value = Number.isNaN(given) && missing !== MISSING_NAN ? 0 : given
        const isMissing =
          (missing === MISSING_ZERO && Math.abs(value) <= ZERO) ||
          (missing === MISSING_NAN && Number.isNaN(value))
        toLeft = isMissing ? (decision & DEFAULT_LEFT) !== 0 : value <= (thresholds[node] ?? 0)
      }
      at = (toLeft ? left[node] : right[node]) ?? -1
    }
    return ~at
  }
}

/** Whether a category, rounded toward 0, is in a node's set. Missing and negative ones are in none. */
function setLookup({
  setStarts,
  setEnds,
  categories,
}: LightGbmModel): (node: number, value: number) => boolean {
  return (node, value) => {
    const category = Math.trunc(value)
    if (!(category >= 0 && category <= LARGEST_CATEGORY)) return false
    const word = (setStarts[node] ?? 0) + (category >>> 5)
    return word < (setEnds[node] ?? 0) && (((categories[word] ?? 0) >>> (category & 31)) & 1) === 1
  }
}

/** Raw scores → predictions, in place. Of a forest raw scores are sums too, and predictions are made of their means. */
export function createOutput(model: LightGbmModel): (scores: Float64Array) => void {
  const convert = conversionOf(model)
  const trees = (model.firstNodes.length - 1) / model.scores
  if (!model.isMean) return convert
  return (scores) => {
    for (let at = 0; at < scores.length; at++) scores[at] = (scores[at] ?? 0) / trees
    convert(scores)
  }
}

function conversionOf({ output, sigmoid }: LightGbmModel): (scores: Float64Array) => void {
  const conversions: Record<LightGbmModel['output'], (scores: Float64Array) => void> = {
    identity: () => undefined,
    softmax,
    sigmoid: each((raw) => 1 / (1 + Math.exp(-sigmoid * raw))),
    exponential: each(Math.exp),
    'signed-square': each((raw) => Math.sign(raw) * raw * raw),
    'log-of-one-plus-exponential': each((raw) => Math.log1p(Math.exp(raw))),
  }
  return conversions[output]
}

function each(convert: (raw: number) => number): (scores: Float64Array) => void {
  return (scores) => {
    for (let at = 0; at < scores.length; at++) scores[at] = convert(scores[at] ?? 0)
  }
}

function softmax(scores: Float64Array): void {
  const highest = scores.reduce((a, b) => Math.max(a, b), -Infinity)
  let sum = 0
  for (let at = 0; at < scores.length; at++) {
    scores[at] = Math.exp((scores[at] ?? 0) - highest)
    sum += scores[at] ?? 0
  }
  for (let at = 0; at < scores.length; at++) scores[at] = (scores[at] ?? 0) / sum
}
