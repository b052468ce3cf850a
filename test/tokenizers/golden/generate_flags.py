"""Writes models with the flags and piece types that small-bytes.model and small-unknown.model lack, and SentencePiece's ids.

    pip install sentencepiece==0.2.3 protobuf
    python test/tokenizers/golden/generate_flags.py
"""

import json
import pathlib

import sentencepiece as spm
from sentencepiece import sentencepiece_model_pb2

HERE = pathlib.Path(__file__).parent
NORMAL, UNUSED = 1, 5

TEXTS = [
    "", " ", "    ", "a", " a", "  a b  ", "the   text \n  and\t  more   ", "\n  \n", "▁", "▁▁", " ▁", "▁ ", " ▁ a ▁ ", "a▁▁b", "a ▁ ▁ b",
    "▁▁▁", "  ▁▁▁  ", "x     y", "\u00a0 a \u3000 ", "\0  \0 ", "<tag> <tag>", " <tag>  ab abc ", "abab abcabcx aab", "\n\n \n\n",
    "the internationalization of these thousands of things", "there, then; those: this.", "AAAA aaaa", "a" * 50, " a" * 30, "ing" * 20,
    "naïve café", "漢字x漢 漢", "👍 👍", "<s> </s> <unk> <0x20>", "1,000,000  23", "def f(x):\n    return x + 1\n",
]


def unused(model, every, first):
    """Of pieces of several characters each `every`-th, of those of one each tenth from `first` on; U+2581 is 0."""
    normal = [piece for piece in model.pieces if piece.type == NORMAL]
    long = [piece for piece in normal if len(piece.piece) > 1]
    for piece in long[::every] + [piece for piece in normal if len(piece.piece) == 1][first::10]:
        piece.type = UNUSED


def spaces(model):
    model.normalizer_spec.remove_extra_whitespaces = True


def suffix(model):
    model.normalizer_spec.remove_extra_whitespaces = True
    model.normalizer_spec.add_dummy_prefix = True
    model.trainer_spec.treat_whitespace_as_suffix = True
    unused(model, 4, 1)


MODELS = {"spaces": ("bytes", spaces), "suffix": ("unknown", suffix), "unused": ("bytes", lambda model: unused(model, 2, 0))}

with open(HERE / "small-flags.jsonl", "w", encoding="utf8", newline="\n") as file:
    for name, (origin, edit) in MODELS.items():
        model = sentencepiece_model_pb2.ModelProto.FromString((HERE / f"small-{origin}.model").read_bytes())
        edit(model)
        written = HERE / f"small-{name}.model"
        written.write_bytes(model.SerializeToString(deterministic=True))
        processor = spm.SentencePieceProcessor(model_file=str(written))
        for text in TEXTS:
            ids = processor.encode(text)
            row = {"model": name, "text": text, "ids": ids, "decoded": processor.decode(ids)}
            file.write(json.dumps(row, ensure_ascii=True, separators=(",", ":")) + "\n")
