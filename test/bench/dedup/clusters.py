#!/usr/bin/env python3
"""Text to clusters by rensa, one thread: signatures, its LSH index, candidates of each, union-find. See RESULTS.md.

    RAYON_NUM_THREADS=1 python test/bench/dedup/clusters.py FILE.jsonl…
"""
import importlib.metadata
import json
import sys
import time

import rensa

PERMUTATIONS, BANDS, NGRAM = 112, 16, 5

texts = [json.loads(line)['text'] for file in sys.argv[1:] for line in open(file, encoding='utf-8')]
megabytes = sum(len(text.encode()) for text in texts) / 1e6


def signature(text):
    words = text.split()
    minhash = rensa.RMinHash(num_perm=PERMUTATIONS, seed=42)
    minhash.update([' '.join(words[at:at + NGRAM]) for at in range(max(1, len(words) - NGRAM + 1))])
    return minhash


def root(parents, at):
    while parents[at] != at:
        parents[at] = parents[parents[at]]
        at = parents[at]
    return at


start = time.process_time()
signatures = [signature(text) for text in texts]
signed = time.process_time()
index = rensa.RMinHashLSH(threshold=0.8, num_perm=PERMUTATIONS, num_bands=BANDS)
index.insert_many(signatures)
parents = list(range(len(texts)))
for at, candidates in enumerate(index.query_all(signatures)):
    for other in candidates:
        parents[root(parents, at)] = root(parents, other)
clusters = len({root(parents, at) for at in range(len(texts))})
end = time.process_time()
print(
    f'rensa {importlib.metadata.version("rensa")}: {megabytes:.1f} MB, {len(texts)} documents, {clusters} clusters; MB a second of CPU time: '
    f'{megabytes / (end - start):.1f}, signatures alone {megabytes / (signed - start):.1f}'
)
