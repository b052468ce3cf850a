import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/** Texts of JSONL files (plain or gzip): the `text` of each record, or its messages one below the other. */
export function readTexts(files) {
  return files.flatMap((file) => {
    const bytes = readFileSync(file)
    const lines = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').split('\n')
    return lines
      .filter((line) => line !== '')
      .map((line) => {
        const record = JSON.parse(line)
        return record.text ?? record.messages.map(({ content }) => content).join('\n')
      })
  })
}
