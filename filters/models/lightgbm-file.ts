import { MillraceError } from '../../lib/errors.ts'

/**
 * Reads a LightGBM model in its text format (`model.txt`, `Booster.save_model`), versions 2 to 4, into flat tables. Format:
 * microsoft/LightGBM, `GBDT::SaveModelToString` and `Tree::ToString`: lines of `key=value`, a block for each tree, lists
 * with spaces. Nodes of all trees lie one after another, and so do leaves; arrays are SharedArrayBuffers, so that all threads
 * of a process have them once.
 */
export interface LightGbmModel {
  readonly features: readonly string[]
  /** Scores a document has: classes of a multiclass model, else 1. Tree t adds to score t modulo this. */
  readonly scores: number
  /** How raw scores become predictions. */
  readonly output: OutputKind
  /** Factor of the raw score in the sigmoid. */
  readonly sigmoid: number
  /** Whether predictions are made of means over a score's trees, as in a forest, and not of sums. */
  readonly isMean: boolean
  /** By tree: its first node and leaf. A tree of one leaf has no node. The last entries are the ends. */
  readonly firstNodes: Int32Array
  readonly firstLeaves: Int32Array
  /** By node: its feature, its threshold (categorical: the number of its set in its tree) and bits as in the file. */
  readonly nodeFeatures: Int32Array
  readonly thresholds: Float64Array
  readonly decisions: Uint8Array
  /** By node: the children, below 0 the leaf ~child, else a node, both counted in the tree. */
  readonly left: Int32Array
  readonly right: Int32Array
  readonly leafValues: Float64Array
  /** By node that is categorical: [start, end) of its set's bits in `categories`; else 0. */
  readonly setStarts: Int32Array
  readonly setEnds: Int32Array
  readonly categories: Uint32Array
}

type OutputKind =
  | 'identity'
  | 'sigmoid'
  | 'softmax'
  | 'exponential'
  | 'signed-square'
  | 'log-of-one-plus-exponential'

/** By the objective in the file; of one that is not here the scores are raw, and it must be named `custom`. */
const OUTPUTS: Readonly<Record<string, OutputKind>> = {
  binary: 'sigmoid',
  cross_entropy: 'sigmoid',
  multiclassova: 'sigmoid',
  multiclass: 'softmax',
  poisson: 'exponential',
  gamma: 'exponential',
  tweedie: 'exponential',
  regression: 'identity',
  regression_l1: 'identity',
  huber: 'identity',
  fair: 'identity',
  quantile: 'identity',
  mape: 'identity',
  lambdarank: 'identity',
  rank_xendcg: 'identity',
  cross_entropy_lambda: 'log-of-one-plus-exponential',
  custom: 'identity',
}

/** Bytes of a model file, at most. */
const MOST_BYTES = 2 ** 28

type Block = ReadonlyMap<string, string>
type Invalid = (why: string) => MillraceError

/** @throws MillraceError MODEL_INVALID where the file is damaged or of a kind that is not supported */
export function parseLightGbm(bytes: Uint8Array, file: string): LightGbmModel {
  const invalid: Invalid = (why) =>
    new MillraceError('MODEL_INVALID', `${file} cannot be used as a LightGBM model: ${why}.`, {
      file,
      fix: 'Give a model in the text format, as save_model of LightGBM 2 to 4 writes it.',
    })
  if (bytes.length > MOST_BYTES) throw invalid(`it has ${bytes.length} bytes; up to ${MOST_BYTES} are read`)
  const blocks = blocksOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(), invalid)
  const [header, ...trees] = blocks
  if (header === undefined) throw invalid('it has no header')
  const features = (header.get('feature_names') ?? '').split(' ')
  if (features.length !== Number(header.get('max_feature_idx')) + 1)
    throw invalid('its feature names do not add up')
  const scores = Number(header.get('num_tree_per_iteration') ?? Number.NaN)
  if (!(scores >= 1 && Number.isInteger(trees.length / scores)) || trees.length === 0)
    throw invalid(`it has ${trees.length} trees for ${header.get('num_tree_per_iteration')} scores`)
  const tables = trees.map((tree, at) =>
    parseTree(tree, features.length, (why) => invalid(`tree ${at}: ${why}`)),
  )
  return {
    features,
    scores,
    ...objectiveOf(header.get('objective') ?? 'custom', invalid),
    isMean: header.has('average_output'),
    ...joined(tables),
  }
}

/** The header and each tree, as keys and values; what is after the trees is not needed. */
function blocksOf(text: string, invalid: Invalid): Block[] {
  const blocks: Map<string, string>[] = []
  let from = 0
  while (from < text.length) {
    const feed = text.indexOf('\n', from)
    const end = feed < 0 ? text.length : feed
    const line = text.slice(from, end).trim()
    from = end + 1
    if (blocks.length === 0 && line !== 'tree')
      throw invalid('it does not begin as a model in text format does')
    if (line === 'end of trees') return blocks
    if (blocks.length === 0 || line.startsWith('Tree=')) blocks.push(new Map())
    const equals = line.indexOf('=')
    blocks
      .at(-1)
      ?.set(line.slice(0, equals < 0 ? undefined : equals), equals < 0 ? '' : line.slice(equals + 1))
  }
  throw invalid('it is cut short: the end of its trees is missing')
}

function objectiveOf(objective: string, invalid: Invalid): Pick<LightGbmModel, 'output' | 'sigmoid'> {
  const [name = '', ...options] = objective.split(' ')
  const known = Object.hasOwn(OUTPUTS, name) ? OUTPUTS[name] : undefined
  if (known === undefined)
    throw invalid(`its objective is ${name.slice(0, 40)}; ${Object.keys(OUTPUTS).join(', ')} are supported`)
  const stated = options.find((option) => option.startsWith('sigmoid:'))
  const sigmoid = stated === undefined ? 1 : Number(stated.slice('sigmoid:'.length))
  if (!(sigmoid > 0 && sigmoid < Infinity)) throw invalid('the factor of its sigmoid makes no sense')
  return { output: options.includes('sqrt') ? 'signed-square' : known, sigmoid }
}

interface Tree {
  readonly nodeFeatures: number[]
  readonly thresholds: number[]
  readonly decisions: number[]
  readonly left: number[]
  readonly right: number[]
  readonly leafValues: number[]
  readonly boundaries: number[]
  readonly categories: number[]
}

function parseTree(tree: Block, features: number, invalid: Invalid): Tree {
  if (Number(tree.get('is_linear') ?? 0) !== 0)
    throw invalid('its leaves are linear models, which are not supported')
  const numbers = (key: string, count?: number): number[] => {
    const value = tree.get(key) ?? ''
    const list = value === '' ? [] : value.split(' ').map((word) => (word === '' ? Number.NaN : Number(word)))
    if (!list.every(Number.isFinite)) throw invalid(`${key} has something other than numbers`)
    if (count !== undefined && list.length !== count)
      throw invalid(`${key} has ${list.length} numbers, not ${count}`)
    return list
  }
  const leaves = Number(tree.get('num_leaves'))
  if (!(Number.isInteger(leaves) && leaves >= 1)) throw invalid('it has no number of leaves')
  const nodes = leaves - 1
  const leafValues = numbers('leaf_value', leaves)
  const nodeFeatures = numbers('split_feature', nodes)
  const thresholds = numbers('threshold', nodes)
  const decisions = numbers('decision_type', nodes)
  const [left, right] = [numbers('left_child', nodes), numbers('right_child', nodes)]
  const boundaries = numbers('cat_boundaries')
  const categories = numbers('cat_threshold')
  for (let node = 0; node < nodes; node++) {
    const feature = nodeFeatures[node] ?? -1
    if (!(Number.isInteger(feature) && feature >= 0 && feature < features))
      throw invalid('a feature is out of range')
    // A node is made after its parent: so no way through the tree is a circle.
    const isChild = (child = Number.NaN) =>
      Number.isInteger(child) && (child < 0 ? ~child < leaves : child > node && child < nodes)
    if (!isChild(left[node]) || !isChild(right[node])) throw invalid('a child is out of range')
    const decision = decisions[node] ?? -1
    if (!Number.isInteger(decision) || decision < 0 || decision > 11)
      throw invalid('a type of decision is unknown')
    if ((decision & 1) === 1) {
      const set = thresholds[node] ?? -1
      const [from = -1, to = -1] = [boundaries[set], boundaries[set + 1]]
      const isRange = Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from <= to
      if (!isRange || to > categories.length) throw invalid('a set of categories is out of range')
    }
  }
  return { nodeFeatures, thresholds, decisions, left, right, leafValues, boundaries, categories }
}

function joined(
  trees: readonly Tree[],
): Omit<LightGbmModel, 'features' | 'scores' | 'output' | 'sigmoid' | 'isMean'> {
  const nodes = trees.reduce((sum, { left }) => sum + left.length, 0)
  const leaves = trees.reduce((sum, { leafValues }) => sum + leafValues.length, 0)
  const words = trees.reduce((sum, { categories }) => sum + categories.length, 0)
  const model = {
    firstNodes: int32(trees.length + 1),
    firstLeaves: int32(trees.length + 1),
    nodeFeatures: int32(nodes),
    thresholds: float64(nodes),
    left: int32(nodes),
    right: int32(nodes),
    decisions: new Uint8Array(new SharedArrayBuffer(nodes)),
    leafValues: float64(leaves),
    setStarts: int32(nodes),
    setEnds: int32(nodes),
    categories: new Uint32Array(new SharedArrayBuffer(words * 4)),
  }
  let [node, leaf, word] = [0, 0, 0]
  for (const [at, tree] of trees.entries()) {
    model.nodeFeatures.set(tree.nodeFeatures, node)
    model.thresholds.set(tree.thresholds, node)
    model.decisions.set(tree.decisions, node)
    model.left.set(tree.left, node)
    model.right.set(tree.right, node)
    model.leafValues.set(tree.leafValues, leaf)
    model.categories.set(tree.categories, word)
    for (const [index, decision] of tree.decisions.entries()) {
      if ((decision & 1) === 0) continue
      const set = tree.thresholds[index] ?? 0
      model.setStarts[node + index] = word + (tree.boundaries[set] ?? 0)
      model.setEnds[node + index] = word + (tree.boundaries[set + 1] ?? 0)
    }
    node += tree.left.length
    leaf += tree.leafValues.length
    word += tree.categories.length
    model.firstNodes[at + 1] = node
    model.firstLeaves[at + 1] = leaf
  }
  return model
}

const int32 = (count: number): Int32Array => new Int32Array(new SharedArrayBuffer(count * 4))
const float64 = (count: number): Float64Array => new Float64Array(new SharedArrayBuffer(count * 8))
