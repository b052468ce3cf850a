/**
 * Writes the bench's files of one language each, 5 MB of text, from unpacked Debian packages: PACKAGES/NAME is one
 * (libreoffice-help-de as `de`, libpython3.11-stdlib as `code`), FOLDER/NAME.jsonl the text of its pages or its Python files.
 *
 *     apt-get download libreoffice-help-de && dpkg-deb -x libreoffice-help-de_*.deb PACKAGES/de
 *     npm run build && node test/bench/tokenize/packages.mjs PACKAGES FOLDER
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { htmlToText } from '../../../dist/lib/readers/html-text.js'

const BYTES = 5e6
const [packages, folder] = process.argv.slice(2)

mkdirSync(folder, { recursive: true })
for (const name of readdirSync(packages)) {
  const root = path.join(packages, name)
  const files = readdirSync(root, { recursive: true }).filter((file) => /\.(html|py)$/u.test(file))
  const texts = new Set()
  let size = 0
  for (const file of files.toSorted()) {
    if (size >= BYTES) break
    // Some files are links to where a package of another name would be.
    const content = readIfThere(path.join(root, file))
    const text = file.endsWith('.html') ? htmlToText(content) : content
    if (text === '' || texts.has(text)) continue
    texts.add(text)
    size += Buffer.byteLength(text)
  }
  const lines = Array.from(texts, (text) => `${JSON.stringify({ text })}\n`)
  writeFileSync(path.join(folder, `${name}.jsonl`), lines.join(''))
  console.log(`${name}: ${texts.size} documents, ${(size / 1e6).toFixed(1)} MB`)
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
