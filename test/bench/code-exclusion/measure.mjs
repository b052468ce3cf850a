/** Recall and precision of code-exclusion over what collect.py gives: node measure.mjs labelled.jsonl [misjudged.jsonl] */
import { readFileSync, writeFileSync } from 'node:fs'
import { codeExclusion } from '../../../dist/filters/index.js'

const [labelled, misjudged] = process.argv.slice(2)
const decide = codeExclusion.create(codeExclusion.settings.parse({}))
const kinds = {}
const totals = {}
const wrong = []
for (const line of readFileSync(labelled, 'utf8').trim().split('\n')) {
  const { kind, code, part, path, text } = JSON.parse(line)
  const { keep, values } = decide({ text })
  const isRight = keep === (code === 0)
  const ofKind = (kinds[`${code === 1 ? 'code ' : 'prose'} ${kind}`] ??= { right: 0, wrong: 0 })
  ofKind[isRight ? 'right' : 'wrong']++
  for (const set of [part, 'all']) {
    const counts = (totals[set] ??= { hit: 0, missed: 0, alarm: 0, passed: 0 })
    counts[code === 1 ? (isRight ? 'hit' : 'missed') : isRight ? 'passed' : 'alarm']++
  }
  if (!isRight) wrong.push(JSON.stringify({ kind, code, part, path, score: values.score, text }))
}
const share = (part, rest) => (part / (part + rest)).toFixed(3)
console.table(kinds)
for (const [set, { hit, missed, alarm, passed }] of Object.entries(totals)) {
  console.log(
    `${set}: recall ${share(hit, missed)}, precision ${share(hit, alarm)} of ${hit + missed} + ${alarm + passed} texts`,
  )
}
if (misjudged !== undefined) writeFileSync(misjudged, `${wrong.join('\n')}\n`)
