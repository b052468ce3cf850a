"""datatrove's steps on one core in the order of a pipeline: each sees what the ones before left. Used by whole.mjs.

    in_order.py SAMPLE.jsonl

Prints one JSON line: seconds of each step with the documents that it left, MB of text read and MB left. Documents come by
datatrove's JsonlReader; the language is that of native fastText at datatrove's limit of 0.65, without datatrove's wrapper, whose
model is a download; signatures are not sorted and compared, and nothing is tokenized or written: whole.mjs adds the tokens.
"""

import json
import os
import sys
import tempfile
import time

import fasttext
from datatrove.data import Document
from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupSignature
from datatrove.pipeline.filters import (
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
)
from datatrove.pipeline.readers import JsonlReader
from datatrove.utils.hashing import HashConfig

sample = os.path.abspath(sys.argv[1])
model = fasttext.load_model('node_modules/fasttext.wasm.js/dist/fastText/models/lid.176.ftz')
config = MinhashConfig(n_grams=5, num_buckets=14, hashes_per_bucket=8, hash_config=HashConfig(precision=64))
minhash = MinhashDedupSignature(output_folder=tempfile.mkdtemp(), config=config)
minhash.get_shingles('Loads the word tokenizer.')
filters = [GopherRepetitionFilter(), GopherQualityFilter(), C4QualityFilter(filter_no_terminal_punct=False), FineWebQualityFilter()]
for each in filters:
    each.filter(Document(text='Loads the word tokenizer.', id='0'))


def is_english(document):
    [(score, label)] = model.f.predict(document.text.replace('\n', ' ') + '\n', 1, 0.0, 'strict')
    return label == '__label__en' and score >= 0.65


def is_kept(each):
    def keep(document):
        verdict = each.filter(document)
        return verdict is True or (isinstance(verdict, tuple) and verdict[0] is True)

    return keep


def sign(document):
    shingles = minhash.get_shingles(document.text)
    if shingles.size:
        minhash.get_signature(shingles)
    return True


def size(documents):
    return sum(len(document.text.encode()) for document in documents) / 1e6


start = time.perf_counter()
documents = list(JsonlReader(os.path.dirname(sample), glob_pattern=os.path.basename(sample)).run())
steps = {'JsonlReader': [round(time.perf_counter() - start, 3), len(documents)]}
megabytes = size(documents)
work = [('fastText', is_english), *((type(each).__name__, is_kept(each)) for each in filters), ('MinHash signature', sign)]
for name, keep in work:
    start = time.perf_counter()
    documents = [document for document in documents if keep(document)]
    steps[name] = [round(time.perf_counter() - start, 3), len(documents)]
print(json.dumps({'MB': megabytes, 'left_MB': size(documents), 'steps': steps}))
