"""kitoken on the same file, by its thread's processor time: PEERS_PYTHON test/bench/tokenize/peer_kitoken.py FILE.jsonl"""
import array, hashlib, json, os, sys, time
import mistral_common
from kitoken import Kitoken

encoder = Kitoken.from_file(os.path.join(os.path.dirname(mistral_common.__file__), 'data', 'tokenizer.model.v1'))
texts = [json.loads(line)['text'] for line in open(sys.argv[1], encoding='utf-8')]
size = sum(len(text.encode()) for text in texts)
rates = []
for _ in range(2):
    start = time.thread_time()
    ids = [encoder.encode(text) for text in texts]
    rates.append(round(size / 1e6 / (time.thread_time() - start), 1))
digest = hashlib.sha1()
for each in ids:
    digest.update(array.array('H', each).tobytes())
print(json.dumps({'cold': rates[0], 'second': rates[1], 'sha1': digest.hexdigest()}))
