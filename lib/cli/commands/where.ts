import type { Command } from 'commander'
import { isOfBase } from '../../build/pools.ts'
import { MillraceError } from '../../errors.ts'
import { openBuild } from '../../provenance/open.ts'
import { type SourceSummary, sourceSummary } from '../../provenance/source-summary.ts'
import { type DocumentTrail, where } from '../../provenance/where.ts'
import { renderPlace } from '../../report/place.ts'
import { formatCount, formatItems, formatShare, renderTable } from '../../report/text.ts'
import { print } from '../output.ts'

interface WhereFlags {
  readonly doc?: string
  readonly url?: string
  readonly domain?: string
  readonly source?: string
  readonly json: boolean
}

export function whereCommand(command: Command): void {
  command
    .argument('<dir>', 'folder of a finished build')
    .option('--doc <uid>', 'a document by its uid (trace prints it)')
    .option('--url <url>', 'documents by url')
    .option('--domain <name>', 'documents by host')
    .option('--source <name>', 'a source as a whole')
    .addHelpText(
      'after',
      `
Examples:
  millrace where corpus --url https://example.org/page
  millrace where corpus --domain example.org --json
  millrace where corpus --source web`,
    )
    .action(async (folder: string, flags: WhereFlags) => {
      const given = [flags.doc, flags.url, flags.domain, flags.source].filter((value) => value !== undefined)
      if (given.length !== 1) {
        throw new MillraceError('USAGE', 'where needs one thing to look for', {
          got: given.length,
          fix: 'Give exactly one of --doc, --url, --domain and --source.',
        })
      }
      const build = await openBuild(folder)
      if (flags.source === undefined) {
        const { doc, url, domain } = flags
        const query = {
          ...(doc !== undefined && { doc }),
          ...(url !== undefined && { url }),
          ...(domain !== undefined && { domain }),
        }
        print(await where(build, query), flags, (trails) => trails.map(renderTrail).join('\n\n'))
      } else {
        print(await sourceSummary(build, flags.source), flags, renderSource)
      }
    })
}

function renderTrail({ fate, record, placements, duplicateOfSource }: DocumentTrail): string {
  const why = [record.filter, record.reason].filter((word) => word !== null).join(': ')
  const measured = record.value === null ? '' : ` (${record.value} against ${record.threshold ?? 'no limit'})`
  return [
    `document ${record.uid}`,
    `  fate       ${fate}${why === '' ? '' : `, ${why}${measured}`}${record.detail === null ? '' : ` (${record.detail})`}`,
    ...(record.duplicate === null
      ? []
      : [
          `  duplicate  of ${record.duplicate.duplicateOf}${duplicateOfSource && isOfBase(duplicateOfSource) ? `, of the base (source ${duplicateOfSource})` : ''}, similarity ${record.duplicate.similarity.toFixed(3)}, by ${record.duplicate.method}`,
        ]),
    ...record.cuts.map(
      ({ span: [start, end], method, keptIn }) =>
        `  cut        bytes ${start} – ${end} by ${method}: ${keptIn} has them`,
    ),
    ...(record.contaminated?.evidence ?? []).map(
      ({ benchmark, item, rule, similarity, span, text }) =>
        `  benchmark  ${benchmark} item ${item}, by ${rule} (${formatShare(similarity)} of its words), ${record.contaminated?.outcome}, bytes ${span[0]} – ${span[1]}: ${JSON.stringify(text.slice(0, 160))}`,
    ),
    `  record     ${renderPlace(record)}, source ${record.source}, ${record.license}`,
    ...(record.url === null ? [] : [`  url        ${record.url}`]),
    ...(record.edits === null ? [] : [`  edited by  ${record.edits}`]),
    ...Object.entries(record.values).map(([name, value]) => `    ${name} = ${value}`),
    ...placements.map(
      ({ folder, shard, document, tokens, pool, epoch }) =>
        `  placed     ${folder} shard ${shard}, document ${formatCount(document)}: ${formatItems(tokens, 'token')}, pool ${pool}, epoch ${epoch}`,
    ),
  ].join('\n')
}

function renderSource({ source, license, records, fates, segments }: SourceSummary): string {
  return [
    `source ${source}, ${license}: ${formatItems(records, 'record')}`,
    '',
    renderTable(
      [{ heading: 'fate' }, { heading: 'documents', align: 'right' }],
      Object.entries(fates).map(([fate, count]) => [fate, formatCount(count)]),
    ),
    '',
    renderTable(
      [
        { heading: 'segment' },
        { heading: 'pool' },
        { heading: 'tokens', align: 'right' },
        { heading: 'documents', align: 'right' },
      ],
      segments.map(({ folder, pool, tokens, documents }) => [
        folder,
        pool,
        formatCount(tokens),
        formatCount(documents),
      ]),
    ),
  ].join('\n')
}
