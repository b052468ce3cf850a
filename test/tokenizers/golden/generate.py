"""Writes this folder's expected ids with the reference implementations, and trains the two small models.

    pip install mistral-common==1.13.1 sentencepiece==0.2.3 tiktoken==0.14.0 protobuf
    python test/tokenizers/golden/generate.py TEXT...     (text files to train on)
"""

import json
import os
import pathlib
import sys

import mistral_common
import sentencepiece as spm
from sentencepiece import sentencepiece_model_pb2
from mistral_common.tokens.tokenizers.tekken import Tekkenizer

HERE = pathlib.Path(__file__).parent
DATA = pathlib.Path(os.path.dirname(mistral_common.__file__)) / "data"

TEXTS = [
    "", "a", " ", "  ", "   a", "a   ", "\n", "\n\n", "\t", "a\r\nb", " leading", "trailing ", "triple   space x",
    "Hello, world!", "naïve café", "e\u0301", "ß ẞ", "İi", "ǅ ʰ ª", "你好，世界", "日本語のテキスト", "한국어 텍스트",
    "Привет, мир", "مرحبا بالعالم", "שלום עולם", "नमस्ते दुनिया", "ไทยไม่มีช่องว่าง", "👍", "👩\u200d👩\u200d👧\u200d👦", "🇺🇸", "𝕳𝖊𝖑𝖑𝖔",
    "\U0010ffff", "\ue000", "\ufeffbom", "\u00a0nbsp", "\u3000ideographic", "\u2028\u0085x", "\0", "a\0b", "\0\0\0", "\x01\x02\x7f",
    "<s>", "</s>", "<unk>", "<0x0A>", "[INST] hi [/INST]", "<s>x</s>", "[PREFIX]", "<pad>", "[control_8]",
    "▁", "▁▁", "a▁b", " ▁ x", "3.14159", "1,000,000", "½ ² Ⅷ ٣", "http://example.org/a?b=c&d=e#f//\n/",
    "def f(x):\n    return x+1\n", '{"a": [1, 2]}', "snake_case camelCase HTMLParser HTTP! AÀÉ\u0301B", "don't can't won't I'm",
    "“quotes” — dash … ellipsis", "internationalization antidisestablishmentarianism Donaudampfschifffahrtsgesellschaft",
    "a" * 100, " " * 100, "\n" * 50, "ab" * 60, "é" * 60, "漢" * 40, "👍" * 12, "-" * 70, "A" * 50, "the " * 30,
    "\u0301\u0301A\u0301", "\u0301AAA!", "AAAמAAA! x", "  \n \n  x", "\n  \n", "x \u00a0 y", ("lorem ipsum " * 12) + "\n\n" + "x" * 45,
]


def write(name, rows):
    with open(HERE / name, "w", encoding="utf8", newline="\n") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=True, separators=(",", ":")) + "\n")


def mistral():
    files = {
        "mistral-v1": "tokenizer.model.v1",
        "mistral-v2": "mistral_instruct_tokenizer_240216.model.v2",
        "mistral-v3": "mistral_instruct_tokenizer_240323.model.v3",
    }
    models = {name: spm.SentencePieceProcessor(model_file=str(DATA / file)) for name, file in files.items()}
    tekken = Tekkenizer.from_file(DATA / "tekken_240718.json")
    for text in TEXTS:
        ids = {name: model.encode(text) for name, model in models.items()}
        yield {"text": text, **ids, "tekken": tekken.encode(text, bos=False, eos=False)}


def forget_paths(file):
    model = sentencepiece_model_pb2.ModelProto.FromString(file.read_bytes())
    model.trainer_spec.ClearField("input")
    model.trainer_spec.ClearField("model_prefix")
    file.write_bytes(model.SerializeToString())


def small(corpus):
    common = dict(
        input=corpus, model_type="bpe", normalization_rule_name="identity", remove_extra_whitespaces=False,
        character_coverage=0.99, num_threads=1, minloglevel=2,
    )
    kinds = {
        "bytes": dict(vocab_size=700, byte_fallback=True, user_defined_symbols=["<tag>", "\n\n", "▁▁▁", "ab", "abc"], pad_id=3),
        "unknown": dict(vocab_size=400, add_dummy_prefix=False),
    }
    for name, settings in kinds.items():
        prefix = str(HERE / f"small-{name}")
        spm.SentencePieceTrainer.train(model_prefix=prefix, **common, **settings)
        os.remove(prefix + ".vocab")
        forget_paths(pathlib.Path(prefix + ".model"))
        model = spm.SentencePieceProcessor(model_file=prefix + ".model")
        more = ["abcab aab<tag>ab\n\n\n", "<ta<tag>g>", "x     y", "   ", "\n\n", "abab abcabcx", "漢字x漢", "漢字 漢"]
        for text in TEXTS + more:
            ids = model.encode(text)
            yield {"model": name, "text": text, "ids": ids, "decoded": model.decode(ids)}


write("mistral-tokens.jsonl", mistral())
write("small-models.jsonl", small(",".join(sys.argv[1:])))
