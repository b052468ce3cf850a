/**
 * SentencePiece and mistral-common themselves on the whole of the shared corpus. `$MILLRACE_TOKENIZERS_PYTHON` is a Python
 * that has both, protobuf and zstandard.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseOwnJson } from '../../lib/storage/own-json.ts'
import { createTokenizer, loadTokenizer } from '../../tokenizers/index.ts'
import { temporaryFolder } from '../build/support.ts'
import { pythonJson } from './python.ts'

const python = process.env['MILLRACE_TOKENIZERS_PYTHON']
const corpus = path.resolve(import.meta.dirname, '../../../shared/corpus')

/** Writes the texts of each file as JSON lines into a folder; prints SHA-256 of all ids as little-endian u32, by file and name. */
const ENCODE = `
import array, glob, gzip, hashlib, io, json, os, sys
import mistral_common, zstandard
from mistral_common.tokens.tokenizers.tekken import Tekkenizer
from sentencepiece import SentencePieceProcessor
corpus, folder = sys.argv[1:]
data = os.path.join(os.path.dirname(mistral_common.__file__), 'data')
tekken = Tekkenizer.from_file(os.path.join(data, 'tekken_240718.json'))
encoders = {
  'mistral-v1': SentencePieceProcessor(os.path.join(data, 'tokenizer.model.v1')).encode,
  'mistral-v3': SentencePieceProcessor(os.path.join(data, 'mistral_instruct_tokenizer_240323.model.v3')).encode,
  'tekken': lambda text: tekken.encode(text, bos=False, eos=False),
}
result = {}
for path in sorted(glob.glob(os.path.join(corpus, '*.jsonl.*'))):
  with open(path, 'rb') as stored:
    opened = gzip.open(stored) if path.endswith('.gz') else zstandard.ZstdDecompressor().stream_reader(stored)
    rows = [json.loads(line) for line in io.TextIOWrapper(opened, encoding='utf-8')]
  # Each string of a row is a text: the documents, the messages of a conversation, a benchmark's questions and answers.
  def strings(value):
    if isinstance(value, str): yield value
    elif isinstance(value, dict): value = list(value.values())
    if isinstance(value, list):
      for each in value: yield from strings(each)
  texts = [text for row in rows for text in strings(row)]
  name = os.path.basename(path)
  with open(os.path.join(folder, name + '.json'), 'w', encoding='utf-8') as file: json.dump(texts, file)
  result[name] = {}
  for tokenizer, encode in encoders.items():
    digest = hashlib.sha256()
    for text in texts: digest.update(array.array('I', encode(text)).tobytes())
    result[name][tokenizer] = digest.hexdigest()
print(json.dumps(result))
`

describe.skipIf(python === undefined || !existsSync(corpus))(
  'tokenizers on the corpus (needs $MILLRACE_TOKENIZERS_PYTHON, a Python with sentencepiece and mistral-common)',
  () => {
    let folder = ''
    let expected: Record<string, Record<string, string>> = {}
    beforeAll(async () => {
      folder = await temporaryFolder()
      expected = await pythonJson(python!, ENCODE, corpus, folder)
    }, 600_000)
    afterAll(() => rm(folder, { recursive: true, force: true }))

    test.each(['mistral-v1', 'mistral-v3', 'tekken'])(
      '%s: all ids of each file',
      async (name) => {
        const files = (await readdir(folder)).toSorted()
        expect(files.length).toBeGreaterThanOrEqual(6)
        const tokenizer = createTokenizer(await loadTokenizer(name))
        for (const file of files) {
          const texts = parseOwnJson<string[]>(await readFile(path.join(folder, file), 'utf8'))
          const digest = createHash('sha256')
          for (const text of texts)
            digest.update(new Uint8Array(new Uint32Array(tokenizer.encode(text)).buffer))
          const ids = digest.digest('hex')
          expect({ file, ids }).toEqual({ file, ids: expected[path.basename(file, '.json')]?.[name] })
        }
      },
      300_000,
    )
  },
)

type FlagRow = [text: string, ids: number[], decoded: string, chosen: number[], decodedChosen: string]

describe.skipIf(python === undefined)(
  'SentencePiece models with flags and unused pieces (needs $MILLRACE_TOKENIZERS_PYTHON, a Python with sentencepiece and protobuf)',
  () => {
    test('ids and decoded texts of models trained with every mixture of the flags', async () => {
      const folder = await temporaryFolder()
      try {
        const script = await readFile(path.join(import.meta.dirname, 'sentencepiece_flags.py'), 'utf8')
        const source = path.resolve(import.meta.dirname, '../../README.md')
        const models = await pythonJson<Record<string, FlagRow[]>>(python!, script, folder, source)
        expect(Object.keys(models).length).toBe(96)
        for (const [model, rows] of Object.entries(models)) {
          const spec = { type: 'sentencepiece', model, userDefined: 'match' }
          const tokenizer = createTokenizer(await loadTokenizer(spec, folder))
          const got = rows.map(([text, ids, , chosen]) => [
            text,
            Array.from(tokenizer.encode(text)),
            tokenizer.decode(ids),
            chosen,
            tokenizer.decode(chosen),
          ])
          expect({ model, rows: got }).toEqual({ model, rows })
        }
      } finally {
        await rm(folder, { recursive: true })
      }
    }, 300_000)
  },
)
