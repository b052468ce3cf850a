/**
 * Writes the bench's files from the shared corpus: english.jsonl (38.8 MB of text, nothing twice) and a file a language.
 *
 *     node test/bench/tokenize/corpus.mjs ../shared/corpus FOLDER      # Node 22.15 or newer, for zstd
 */
import { appendFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'

const [corpus, folder] = process.argv.slice(2)
const FILES = [
  'encyclopedia.jsonl.gz',
  'technical.jsonl.gz',
  'instruct.jsonl.gz',
  'web-00000.jsonl.zst',
  'web-00001.jsonl.zst',
]
const LANGUAGE = /libreoffice-help-(de|es|fr|ja|ru)\.|(debian-handbook)\./u

const texts = new Map()
for (const file of FILES) {
  const stored = readFileSync(path.join(corpus, file))
  const bytes = file.endsWith('.gz') ? gunzipSync(stored) : zstdDecompressSync(stored)
  for (const line of bytes.toString('utf8').trimEnd().split('\n')) {
    const row = JSON.parse(line)
    const text = row.text ?? row.messages.map(({ content }) => content).join('\n')
    const name =
      LANGUAGE.exec(row.url ?? '')
        ?.slice(1)
        .find(Boolean) ?? 'english'
    if (!texts.has(name)) texts.set(name, [])
    texts.get(name).push(text)
  }
}
mkdirSync(folder, { recursive: true })
for (const [name, all] of texts) {
  const file = path.join(folder, `${name}.jsonl`)
  rmSync(file, { force: true })
  appendFileSync(file, all.map((text) => `${JSON.stringify({ text })}\n`).join(''))
  const size = all.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  console.log(`${file}: ${all.length} documents, ${(size / 1e6).toFixed(1)} MB`)
}
