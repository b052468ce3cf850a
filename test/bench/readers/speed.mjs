/**
 * How fast are files read on one core? Writes the same documents in every format, reads each with `readItems`, as a build
 * does, and prints megabytes (1e6) a second, the best of several runs.
 *
 *     npm run build && node test/bench/readers/speed.mjs [MEGABYTES] [FILE…]      documents of the files, else generated ones
 *     PYTHON=venv/bin/python node test/bench/readers/speed.mjs …                  Parquet and Arrow too (needs pyarrow)
 */
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { createMapper } from '../../../dist/lib/documents/fields.js'
import { readerFor, readItems } from '../../../dist/lib/readers/index.js'
import { compressZstd } from '../../../dist/lib/storage/zstd.js'

const TABLES = `
import pathlib, sys
import pyarrow as pa, pyarrow.json as pj, pyarrow.parquet as pq
folder = pathlib.Path(sys.argv[1])
table = pj.read_json(folder / 'a.jsonl', read_options=pj.ReadOptions(block_size=64 << 20))
for codec in ['zstd', 'snappy']:
    pq.write_table(table, folder / f'{codec}.parquet', compression=codec, row_group_size=20000)
for codec in ['none', 'zstd', 'lz4']:
    options = pa.ipc.IpcWriteOptions(compression=None if codec == 'none' else codec)
    with pa.ipc.new_file(folder / f'{codec}.arrow', table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=4000)
`

const RUNS = Number(process.env.RUNS ?? 5)
const [megabytes = '100', ...sources] = process.argv.slice(2)
const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-readers-'))
try {
  const documents = sources.length > 0 ? await documentsOf(sources) : generated()
  const { files, textBytes } = await write(documents, Number(megabytes) * 1e6)
  console.log(`node ${process.version}, ${RUNS} runs, ${(textBytes / 1e6).toFixed(1)} MB of text`)
  console.log('| file | MB | stored MB | read MB/s | read and mapped MB/s |\n| --- | --- | --- | --- | --- |')
  for (const { file, bytes } of files) {
    const only = process.env.ONLY
    if (only !== undefined && !path.basename(file).startsWith(only)) continue
    const reader = (await readerFor(file)).name
    const [read, mapped] = [
      await best(() => readAll(file, reader, false)),
      await best(() => readAll(file, reader, true)),
    ]
    const cells = [
      path.basename(file),
      ...[bytes, statSync(file).size].map((size) => (size / 1e6).toFixed(1)),
    ]
    console.log(
      `| ${[...cells, ...[read, mapped].map((seconds) => (bytes / 1e6 / seconds).toFixed(0))].join(' | ')} |`,
    )
  }
} finally {
  rmSync(folder, { recursive: true })
}

async function best(run) {
  let seconds = Infinity
  for (let turn = 0; turn < RUNS; turn++) {
    const started = performance.now()
    await run()
    seconds = Math.min(seconds, (performance.now() - started) / 1000)
  }
  return seconds
}

async function readAll(file, reader, mapped) {
  const map = createMapper({})
  let characters = 0
  const columns = new Set(['text', 'id', 'url'])
  for await (const items of readItems(file, reader, { columns })) {
    for (const item of items) {
      if (item.kind !== 'record') throw new TypeError(`${file}: ${item.detail}`)
      characters += mapped ? map(item.value).document.text.length : item.value.text.length
    }
  }
  return characters
}

/** Each format's file, and the bytes that it is for a reader: decompressed, or of the texts alone in columns. */
async function write(documents, most) {
  const forms = { 'a.jsonl': '', 'a.csv': 'text,id,url\n', 'a.warc.wet': '' }
  const open = Object.fromEntries(
    Object.keys(forms).map((name) => [name, openSync(path.join(folder, name), 'w')]),
  )
  const zipped = {
    gz: openSync(path.join(folder, 'b.jsonl.gz'), 'w'),
    zst: openSync(path.join(folder, 'c.jsonl.zst'), 'w'),
  }
  const wetGz = openSync(path.join(folder, 'b.warc.wet.gz'), 'w')
  const sizes = { 'a.jsonl': 0, 'a.csv': 0, 'a.warc.wet': 0 }
  let textBytes = 0
  let pending = { ...forms }
  const flush = async () => {
    for (const [name, text] of Object.entries(pending)) {
      const bytes = Buffer.from(text)
      sizes[name] += bytes.length
      writeSync(open[name], bytes)
      if (name === 'a.jsonl') {
        writeSync(zipped.gz, gzipSync(bytes))
        writeSync(zipped.zst, await compressZstd(bytes))
      } else if (name === 'a.warc.wet') writeSync(wetGz, gzipSync(bytes))
    }
    pending = { 'a.jsonl': '', 'a.csv': '', 'a.warc.wet': '' }
  }
  for (let n = 0; textBytes < most; n++) {
    const text = documents[n % documents.length].toWellFormed?.() ?? documents[n % documents.length]
    const bytes = Buffer.byteLength(text)
    textBytes += bytes
    const url = `https://example.org/${n}`
    pending['a.jsonl'] += `${JSON.stringify({ text, id: `doc-${n}`, url, meta: { n, lang: 'en' } })}\n`
    pending['a.csv'] += `"${text.replaceAll('"', '""')}",doc-${n},${url}\n`
    pending['a.warc.wet'] +=
      `WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: ${url}\r\nWARC-Record-ID: <urn:uuid:${n}>\r\n` +
      `Content-Type: text/plain\r\nContent-Length: ${bytes}\r\n\r\n${text}\r\n\r\n`
    if (pending['a.jsonl'].length > 16e6) await flush()
  }
  await flush()
  for (const handle of [...Object.values(open), ...Object.values(zipped), wetGz]) closeSync(handle)
  const files = [
    ['a.jsonl', sizes['a.jsonl']],
    ['b.jsonl.gz', sizes['a.jsonl']],
    ['c.jsonl.zst', sizes['a.jsonl']],
    ['a.warc.wet', sizes['a.warc.wet']],
    ['b.warc.wet.gz', sizes['a.warc.wet']],
    ['a.csv', sizes['a.csv']],
  ]
  if (process.env.PYTHON !== undefined) {
    execFileSync(process.env.PYTHON, ['-c', TABLES, folder], { stdio: 'inherit' })
    for (const name of ['zstd.parquet', 'snappy.parquet', 'none.arrow', 'zstd.arrow', 'lz4.arrow'])
      files.push([name, textBytes])
  }
  return { files: files.map(([name, bytes]) => ({ file: path.join(folder, name), bytes })), textBytes }
}

async function documentsOf(files) {
  const texts = []
  for (const file of files)
    for await (const items of readItems(file, (await readerFor(file)).name))
      for (const item of items) if (typeof item.value?.text === 'string') texts.push(item.value.text)
  return texts
}

/** 2000 documents of words of a made-up language, one in fifty words with a letter that is not ASCII. */
function generated() {
  let state = 7
  const next = (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  const letters = 'etaoinshrdlucmfwypvbgkqjxz'
  const word = () =>
    Array.from({ length: 2 + next(9) }, () => letters[Math.floor(next(26) * (next(100) / 100))]).join('')
  const words = Array.from({ length: 8000 }, (_, n) => (n % 50 === 0 ? `${word()}é` : word()))
  return Array.from({ length: 2000 }, () =>
    Array.from(
      { length: 20 + next(900) },
      (_, n) => words[Math.floor(next(8000) * (next(100) / 100))] + (n % 17 === 0 ? '.\n' : ''),
    ).join(' '),
  )
}
