/**
 * More text for long runs: that of the manuals below a folder (HTML, manual pages, POD, plain), nothing twice. With scripts,
 * only texts of which they make up a fifth.
 *
 *     apt-get download PACKAGE…; for deb in *.deb; do dpkg-deb -x $deb manuals; done
 *     node test/bench/filters/manuals.mjs manuals FILE.jsonl [Han,Hiragana,Katakana]
 */
import { createHash } from 'node:crypto'
import { closeSync, openSync, readdirSync, readFileSync, statSync, writeSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'

const [folder, file, scripts] = process.argv.slice(2)
const written =
  scripts &&
  new RegExp(
    `[${scripts
      .split(',')
      .map((name) => `\\p{sc=${name}}`)
      .join('')}]`,
    'gu',
  )
const isWritten = (text) => written === undefined || 5 * (text.match(written) ?? []).length > text.length
const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ' }

function textOf(name, source) {
  if (!/\.html?$/u.test(name)) return source
  return source
    .replace(/<(script|style|head|nav)\b[\s\S]*?<\/\1>/giu, ' ')
    .replace(/<\/?(p|div|li|tr|h\d|pre|br|dt|dd|table|section|ul|ol)\b[^>]*>/giu, '\n')
    .replace(/<[^>]*>/gu, '')
    .replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/giu, (all, decimal, hex, word) => {
      if (word !== undefined) return ENTITIES[word] ?? all
      const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal)
      return code <= 0x10ffff ? String.fromCodePoint(code) : all
    })
    .replace(/[ \t]*\n\s*\n\s*/gu, '\n\n')
    .trim()
}

const seen = new Set()
const out = openSync(file, 'w')
let bytes = 0
for (const name of readdirSync(folder, { recursive: true }).toSorted()) {
  const whole = path.join(folder, name)
  if (!/\.(html?|txt|pod|[1-8])(\.gz)?$/u.test(name) || !statSync(whole, { throwIfNoEntry: false })?.isFile())
    continue
  const stored = readFileSync(whole)
  const plain = name.endsWith('.gz') ? gunzipSync(stored) : stored
  const text = textOf(name.replace(/\.gz$/u, ''), plain.toString('utf8'))
  const digest = createHash('sha1').update(text).digest('base64')
  if (text.length < 500 || seen.has(digest) || !isWritten(text)) continue
  seen.add(digest)
  writeSync(out, `${JSON.stringify({ text })}\n`)
  bytes += Buffer.byteLength(text)
}
closeSync(out)
console.log(`${file}: ${seen.size} documents, ${(bytes / 1e6).toFixed(1)} MB`)
