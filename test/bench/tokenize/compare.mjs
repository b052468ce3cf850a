/**
 * One table of RESULTS.md: each line's programs run one after another, round by round, each in a process of its own; the best
 * of the rounds counts, and all ids must have the same hash.
 *
 *     npm run build && node test/bench/tokenize/compare.mjs english|languages|tekken FOLDER PYTHON [ROUNDS]
 *
 * FOLDER is what corpus.mjs wrote; PYTHON has kitoken, sentencepiece, mistral-common, tiktoken and tokenizers.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import path from 'node:path'

const [table, folder, python, rounds = '3'] = process.argv.slice(2)
const here = import.meta.dirname
const english = path.join(folder, 'english.jsonl')

/** Lines of JSON that a program prints. */
function linesOf(program, ...args) {
  const output = execFileSync(program, args, { encoding: 'utf8' })
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

const speed = (file, form, name) =>
  linesOf(process.execPath, path.join(here, 'speed.mjs'), file, form, name).map((line) => ({
    ...line,
    peer: `millrace, ${form}s`,
  }))
const peers = (name, file, ...only) => linesOf(python, path.join(here, 'peers.py'), name, file, ...only)
const npmTiktoken = (file) => linesOf(process.execPath, path.join(here, 'peer-tiktoken.mjs'), file)

/** Prints the best rates of a file, and how many times the best peer's first pass each is. */
function compare(file, programs) {
  const best = new Map()
  const hashes = new Set()
  for (let round = 0; round < Number(rounds); round++) {
    for (const { peer, cold, warm, second, sha1 } of programs.flatMap((program) => program())) {
      hashes.add(sha1)
      const known = best.get(peer) ?? { cold: 0, later: 0 }
      best.set(peer, { cold: Math.max(known.cold, cold), later: Math.max(known.later, warm ?? second) })
    }
  }
  const others = [...best].filter(([peer]) => !peer.startsWith('millrace'))
  const bar = Math.max(...others.map(([, { cold }]) => cold))
  for (const [peer, { cold, later }] of best) {
    const ratio = (rate) => (rate / bar).toFixed(1)
    console.log(
      `| ${path.basename(file)} | ${peer} | ${cold} | ${ratio(cold)} | ${later} | ${ratio(later)} |`,
    )
  }
  if (hashes.size > 1) throw new Error(`${file}: the ids differ`)
}

console.log(`Node ${process.version}, best of ${rounds} rounds, MB/s`)
console.log('| file | | first pass | ratio | later passes | ratio |\n| --- | --- | --- | --- | --- | --- |')
if (table === 'english') {
  compare(english, [
    () => speed(english, 'string', 'mistral-v1'),
    () => speed(english, 'buffer', 'mistral-v1'),
    () => peers('mistral-v1', english),
  ])
} else if (table === 'tekken') {
  compare(english, [
    () => speed(english, 'string', 'tekken'),
    () => speed(english, 'buffer', 'tekken'),
    () => peers('tekken', english),
    () => npmTiktoken(english),
  ])
} else {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.jsonl'))) {
    if (name === 'english.jsonl') continue
    const file = path.join(folder, name)
    compare(file, [() => speed(file, 'string', 'mistral-v1'), () => peers('mistral-v1', file, 'kitoken')])
  }
}
