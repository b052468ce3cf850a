"""Makes small ONNX text classifiers of drawn weights and a WordPiece vocabulary, and prints what onnxruntime gives for texts.

    python generate_onnx.py FOLDER [NAME ...]

Needs onnx, onnxruntime and tokenizers. Fixtures, with onnx 1.23.2, onnxruntime 1.32.0 and tokenizers 0.23.3:
`python generate_onnx.py fixtures mean fixed grade per-token float-mask position > fixtures/onnx.json`.
"""

import json
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

folder, only = sys.argv[1], sys.argv[2:]
WORDS = 'the a of and proof theorem history buy now cheap click here lol ok yes later because science is in it on sale'.split()
PIECES = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', *WORDS, *'abcdefghijklmnopqrstuvwxyz.,!?', *(f'##{c}' for c in 'abcdefghijklmnopqrstuvwxyz')]
MAX_TOKENS = 12
TEXTS = [
    'The proof of the theorem is in history.',
    'Buy now! Click here, cheap sale',
    'lol ok',
    'a',
    'Because science is later, the proof of history is on sale and cheap, yes, it is, and it is, and it is',
    '[CLS] the [SEP] proof \U0001f600 straße',
]

tokenizer = Tokenizer(models.WordPiece({piece: at for at, piece in enumerate(PIECES)}, unk_token='[UNK]'))
tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
tokenizer.decoder = decoders.WordPiece()
# Texts are only text here, as in millrace: the file gets its special tokens after they are encoded.
encoded = [[2, *tokenizer.encode(text, add_special_tokens=False).ids[: MAX_TOKENS - 2], 3] for text in TEXTS]
tokenizer.add_special_tokens(PIECES[:4])
tokenizer.save(folder + '/onnx-tokenizer.json')


def drawn(rng, *shape):
    return (rng.standard_normal(shape) * 1.5).astype(np.float32)


def mean(size=16, labels=3, integer=TensorProto.INT64, length='tokens', mask=True, width=8, extra=None, mask_type=None):
    """Mean of the tokens' vectors, a layer, labels."""
    rng = np.random.default_rng(size)
    inputs = [helper.make_tensor_value_info('input_ids', integer, [1 if length == width else 'documents', length])]
    constants = {'vectors': drawn(rng, len(PIECES), size), 'weight': drawn(rng, size, labels), 'bias': drawn(rng, labels),
        'one': np.array([1]), 'two': np.array([2])}
    nodes = [helper.make_node('Gather', ['vectors', 'input_ids'], ['gathered'])]
    if mask:
        inputs.append(helper.make_tensor_value_info('attention_mask', mask_type or integer, ['documents', length]))
        nodes += [
            helper.make_node('Cast', ['attention_mask'], ['mask'], to=TensorProto.FLOAT),
            helper.make_node('Unsqueeze', ['mask', 'two'], ['mask3']),
            helper.make_node('Mul', ['gathered', 'mask3'], ['masked']),
            helper.make_node('ReduceSum', ['masked', 'one'], ['sum'], keepdims=0),
            helper.make_node('ReduceSum', ['mask', 'one'], ['count'], keepdims=1),
            helper.make_node('Div', ['sum', 'count'], ['mean']),
        ]
    else:
        nodes.append(helper.make_node('ReduceMean', ['gathered'], ['mean'], axes=[1], keepdims=0))
    if extra is not None:
        inputs.append(helper.make_tensor_value_info(extra, integer, ['documents', length]))
    nodes += [helper.make_node('Tanh', ['mean'], ['layer']), helper.make_node('Gemm', ['layer', 'weight', 'bias'], ['logits'])]
    return inputs, nodes, constants, ['documents', labels]


def transformer(size=32, heads=4, layers=2, labels=2):
    """Attention, layer normalisation, GELU by erf: what BERT is made of, with token types and a pooled first token."""
    rng = np.random.default_rng(1)
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ['documents', 'tokens'])
        for name in ('input_ids', 'attention_mask', 'token_type_ids')]
    constants = {'vectors': drawn(rng, len(PIECES), size), 'types': drawn(rng, 2, size), 'one1': np.array([1, 2]),
        'big': np.array(-10000.0, np.float32), 'onef': np.array(1.0, np.float32), 'half': np.array(0.5, np.float32),
        'root2': np.array(2**0.5, np.float32), 'scale': np.array((size / heads) ** -0.5, np.float32), 'zero': np.array(0),
        'split': np.array([0, 0, heads, size // heads]), 'join': np.array([0, 0, size]), 'weight': drawn(rng, size, labels),
        'bias': drawn(rng, labels)}
    nodes = []
    def node(kind, given, given_name=None, **attributes):
        name = given_name or f'n{len(nodes)}'
        nodes.append(helper.make_node(kind, given, [name], **attributes))
        return name
    def weight(*shape):
        name = f'w{len(constants)}'
        constants[name] = drawn(rng, *shape) / np.float32(shape[0] ** 0.5)
        return name
    mask = node('Cast', ['attention_mask'], to=TensorProto.FLOAT)
    mask = node('Mul', [node('Sub', ['onef', mask]), 'big'])
    mask = node('Unsqueeze', [mask, 'one1'])
    x = node('Add', [node('Gather', ['vectors', 'input_ids']), node('Gather', ['types', 'token_type_ids'])])
    for _ in range(layers):
        split = [node('Transpose', [node('Reshape', [node('MatMul', [x, weight(size, size)]), 'split'])], perm=perm)
            for perm in ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3])]
        attention = node('Mul', [node('MatMul', split[:2]), 'scale'])
        attention = node('Softmax', [node('Add', [attention, mask])], axis=-1)
        mixed = node('Reshape', [node('Transpose', [node('MatMul', [attention, split[2]])], perm=[0, 2, 1, 3]), 'join'])
        x = node('LayerNormalization', [node('Add', [x, node('MatMul', [mixed, weight(size, size)])]), weight(size), weight(size)])
        wide = node('MatMul', [x, weight(size, 4 * size)])
        gelu = node('Mul', [node('Mul', [wide, node('Add', [node('Erf', [node('Div', [wide, 'root2'])]), 'onef'])]), 'half'])
        x = node('LayerNormalization', [node('Add', [x, node('MatMul', [gelu, weight(4 * size, size)])]), weight(size), weight(size)])
    node('Gemm', [node('Gather', [x, 'zero'], axis=1), 'weight', 'bias'], 'logits')
    return inputs, nodes, constants, ['documents', labels]


def per_token():
    """Scores of each token, as of a model that tags names."""
    inputs, nodes, constants, _ = mean(mask=False)
    nodes = [nodes[0], helper.make_node('MatMul', ['gathered', 'weight'], ['logits'])]
    return inputs, nodes, constants, ['documents', 'tokens', 3]


MODELS = {
    'mean': lambda: mean(),
    'fixed': lambda: mean(integer=TensorProto.INT32, length=16, width=16),
    'grade': lambda: mean(labels=1, mask=False),
    'transformer': transformer,
    # What cannot be used.
    'per-token': per_token,
    'float-mask': lambda: mean(mask_type=TensorProto.FLOAT),
    'position': lambda: mean(extra='position_ids'),
}

found = {}
for name, make in MODELS.items():
    if only and name not in only:
        continue
    inputs, nodes, constants, shape = make()
    if name == 'position':
        nodes[-1] = helper.make_node('Gemm', ['layer', 'weight', 'bias'], ['scores'])
        nodes += [helper.make_node('Cast', ['position_ids'], ['places'], to=TensorProto.FLOAT),
            helper.make_node('ReduceSum', ['places', 'one'], ['places1'], keepdims=1), helper.make_node('Add', ['scores', 'places1'], ['logits'])]
    used = {each for node in nodes for each in node.input}
    graph = helper.make_graph(nodes, name, inputs, [helper.make_tensor_value_info('logits', TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(array, key) for key, array in constants.items() if key in used])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=8)
    onnx.checker.check_model(model)
    file = f'{folder}/onnx-{name}.onnx'
    onnx.save(model, file)
    if name in ('per-token', 'float-mask', 'position'):
        continue
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(file, options, providers=['CPUExecutionProvider'])
    logits = []
    for ids in encoded:
        length = 16 if name == 'fixed' else len(ids)
        kind = np.int32 if name == 'fixed' else np.int64
        feeds = {}
        for each in session.get_inputs():
            row = {'input_ids': ids, 'attention_mask': [1] * len(ids), 'token_type_ids': []}[each.name]
            feeds[each.name] = np.array([row + [0] * (length - len(row))], kind)
        logits.append([float(score) for score in session.run(['logits'], feeds)[0][0]])
    found[name] = logits
print(json.dumps({'firstTokens': MAX_TOKENS, 'texts': TEXTS, 'tokens': [len(ids) for ids in encoded], 'logits': found}))
