"""Other tokenizers on the same file, one thread, by its processor time: a JSON line each.

    PYTHON test/bench/tokenize/peers.py mistral-v1|tekken FILE.jsonl [PEER ...]

mistral-v1: kitoken, sentencepiece. tekken: tiktoken, mistral-common, tokenizers. Two passes; `sha1` is of all ids as
little-endian u16 (mistral-v1) or u32 (tekken).
"""
import array, base64, hashlib, importlib.metadata, json, os, sys, time

os.environ['TOKENIZERS_PARALLELISM'] = 'false'
import mistral_common

name, file, *wanted = sys.argv[1:]
DATA = os.path.join(os.path.dirname(mistral_common.__file__), 'data')
texts = [json.loads(line)['text'] for line in open(file, encoding='utf-8')]
size = sum(len(text.encode()) for text in texts)


def kitoken():
    from kitoken import Kitoken
    return Kitoken.from_file(os.path.join(DATA, 'tokenizer.model.v1')).encode


def sentencepiece():
    from sentencepiece import SentencePieceProcessor
    return SentencePieceProcessor(os.path.join(DATA, 'tokenizer.model.v1')).encode


def tekkenizer():
    from mistral_common.tokens.tokenizers.tekken import Tekkenizer
    return Tekkenizer.from_file(os.path.join(DATA, 'tekken_240718.json'))


def tiktoken():
    # Ranks: what is to be added for ids is done outside the time.
    return tekkenizer()._model.encode_ordinary


def mistral_common_tekken():
    tekken = tekkenizer()
    return lambda text: tekken.encode(text, bos=False, eos=False)


def tokenizers():
    """The same vocabulary as a Hugging Face BPE: every split of a token into two tokens is a merge, by rank."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers
    from tokenizers.pre_tokenizers import ByteLevel
    with open(os.path.join(DATA, 'tekken_240718.json'), encoding='utf-8') as opened:
        config = json.load(opened)
    count = config['config']['default_vocab_size'] - config['config']['default_num_special_tokens']
    tokens = [base64.b64decode(entry['token_bytes']) for entry in config['vocab'][:count]]
    # GPT-2's printable characters for the 256 bytes.
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    shown = {byte: chr(byte) for byte in printable} | {byte: chr(256 + i) for i, byte in enumerate(others)}
    text_of = lambda token: ''.join(shown[byte] for byte in token)
    ranks = {token: rank for rank, token in enumerate(tokens)}
    merges = []
    for token in tokens:
        pairs = [(token[:k], token[k:]) for k in range(1, len(token)) if token[:k] in ranks and token[k:] in ranks]
        merges += [(text_of(a), text_of(b)) for a, b in sorted(pairs, key=lambda pair: (ranks[pair[0]], ranks[pair[1]]))]
    vocabulary = {text_of(token): rank for token, rank in ranks.items()}
    made = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, ignore_merges=True))
    split = pre_tokenizers.Split(Regex(config['config']['pattern']), behavior='isolated')
    made.pre_tokenizer = pre_tokenizers.Sequence([split, ByteLevel(add_prefix_space=False, use_regex=False)])
    return lambda text: made.encode(text).ids


PEERS = {
    'mistral-v1': {'kitoken': kitoken, 'sentencepiece': sentencepiece},
    'tekken': {'tiktoken': tiktoken, 'mistral-common': mistral_common_tekken, 'tokenizers': tokenizers},
}[name]
for peer, create in PEERS.items():
    if wanted and peer not in wanted:
        continue
    encode = create()
    rates = []
    for _ in range(2):
        start = time.thread_time()
        ids = [encode(text) for text in texts]
        rates.append(round(size / 1e6 / (time.thread_time() - start), 1))
    first = 1000 if peer in ('tiktoken', 'tokenizers') else 0
    digest = hashlib.sha1()
    for each in ids:
        digest.update(array.array('H' if name == 'mistral-v1' else 'I', [id + first for id in each]).tobytes())
    version = importlib.metadata.version(peer)
    print(json.dumps({'peer': f'{peer} {version}', 'cold': rates[0], 'second': rates[1], 'sha1': digest.hexdigest()}), flush=True)
