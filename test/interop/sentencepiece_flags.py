"""Trains SentencePiece models with every mixture of the flags that millrace supports, and with pieces made unused.

Usage: sentencepiece_flags.py FOLDER TEXT. Prints, by model, texts with their ids and what these and random ids decode to.
"""

import itertools
import json
import os
import random
import sys

import sentencepiece as spm
from sentencepiece import sentencepiece_model_pb2

FRAGMENTS = [
    "▁", "▁▁", "▁▁▁", " ", "  ", "   ", "\n", "\n\n", "\t", "<s>", "<tag>", "ab", "abc", "a", "b", "the", " the", "ing ", "tion", "é", "漢",
    "👍", "\0", "\u3000", "\u00a0", ".", "...", "1", "23", "▁the", " of", "<unk>", "<0x20>",
]
NORMAL, UNUSED, BYTE = 1, 5, 6
FLAGS = ["remove_extra_whitespaces", "treat_whitespace_as_suffix", "add_dummy_prefix", "byte_fallback", "split_by_whitespace"]

folder, source = sys.argv[1:]
random.seed(1)
with open(source, encoding="utf8") as file:
    words = file.read().split(" ")


def text():
    def part():
        word = random.choice(FRAGMENTS if random.random() < 0.6 else words) + random.choice(["", "", " ", "  "])
        return word * random.choice([1, 1, 1, 2, 7])

    return "".join(part() for _ in range(random.choice([0, 1, 2, 3, 5, 8, 20])))


def rows(processor, ids):
    for _ in range(100):
        given = text()
        encoded = processor.encode(given)
        chosen = random.choices(ids, k=random.choice([1, 2, 4]))
        yield [given, encoded, processor.decode(encoded), chosen, processor.decode(chosen)]


result = {}
for number, values in enumerate(itertools.product([True, False], repeat=len(FLAGS))):
    flags = dict(zip(FLAGS, values))
    prefix = os.path.join(folder, f"{number}")
    spm.SentencePieceTrainer.train(
        input=source, model_prefix=prefix, model_type="bpe", normalization_rule_name="identity", minloglevel=2, num_threads=1,
        vocab_size=900 if flags["byte_fallback"] else 600, character_coverage=0.995, hard_vocab_limit=False,
        user_defined_symbols=["<tag>", "\n\n", "▁▁▁", "ab", "abc"] if number % 3 == 0 else [], **flags,
    )
    for share in (0, 0.3, 0.8):
        with open(prefix + ".model", "rb") as file:
            model = sentencepiece_model_pb2.ModelProto.FromString(file.read())
        for piece in model.pieces:
            if piece.type == NORMAL and random.random() < (share if len(piece.piece) > 1 else share / 3):
                piece.type = UNUSED
            # Equal scores: the leftmost merge goes first.
            if share == 0.3:
                piece.score = float(int(piece.score) // 40)
        name = f"{number}-{share}.model"
        with open(os.path.join(folder, name), "wb") as file:
            file.write(model.SerializeToString())
        # Bytes that are no UTF-8 decode to another number of U+FFFD.
        ids = [id for id, piece in enumerate(model.pieces) if piece.type != BYTE]
        result[name] = list(rows(spm.SentencePieceProcessor(model_file=os.path.join(folder, name)), ids))
print(json.dumps(result))
