import { expect, test } from 'vitest'
import { optOut, type Verdict } from '../../filters/index.ts'
import { columnsOf, createMapper, type MapperSettings } from '../../lib/documents/fields.ts'
import { warc } from '../../lib/readers/warc.ts'
import { chunked, itemsOf } from '../conformance/reader-items.ts'

function judge(record: object, settings: object = {}, mapping: MapperSettings = {}): Verdict {
  const mapped = createMapper(mapping)({ text: 'x', ...record })
  if ('reason' in mapped) throw new Error(mapped.detail)
  return optOut.create(optOut.settings.parse(settings), undefined)(mapped.document)
}

test.each([
  [{}, null],
  [{ tdmReservation: '1' }, 'tdm_reservation'],
  [{ tdmReservation: 1 }, 'tdm_reservation'],
  [{ tdmReservation: true }, 'tdm_reservation'],
  [{ tdmReservation: '0' }, null],
  [{ robots: 'noindex, NoAI' }, 'robots'],
  [{ robots: ['index', 'noimageai'] }, 'robots'],
  [{ robots: 'noindex, nofollow, notnoai' }, null],
  [{ robots: 'max-snippet: 5, noai' }, 'robots'],
  [{ robots: 'somebot: noai, noindex' }, null],
  [{ robots: 'somebot: noai\nnoai' }, 'robots'],
  [{ robots: 'somebot: noindex, *: noai' }, 'robots'],
  [{ optOut: 'Disallow' }, 'opt_out'],
  [{ optOut: true }, 'opt_out'],
  [{ optOut: false }, null],
  [{ 'tdm-reservation': 1 }, 'tdm_reservation'],
  [{ tdm_reservation: '1' }, 'tdm_reservation'],
  [{ 'X-Robots-Tag': 'noai' }, 'robots'],
  [{ 'x-robots-tag': 'noai' }, 'robots'],
  [{ x_robots_tag: 'noai' }, 'robots'],
  [{ 'opt-out': 'yes' }, 'opt_out'],
  [{ opt_out: 'yes' }, 'opt_out'],
  [{ tdmReservation: 0, 'tdm-reservation': 1 }, null],
])('%j: %s', (record, reason) => {
  expect(judge(record)).toMatchObject({ reason, keep: reason === null })
})

test('which signals count is set, and what was there is recorded all the same', () => {
  const record = { tdmReservation: '1', robots: 'noindex', optOut: 'yes' }
  const off = { tdmReservation: false, robots: [], optOut: false }
  expect(judge(record, off)).toMatchObject({ keep: true, values: record })
  expect(judge(record, { ...off, robots: ['NOINDEX'] })).toMatchObject({ reason: 'robots', value: 'noindex' })
  expect(judge({ robots: 'CCBot: noai' }, { agents: ['ccbot'] })).toMatchObject({ reason: 'robots' })
})

test('fields are mapped, and their columns are read', () => {
  const fields = { tdmReservation: 'rights.tdm', robots: 'headers.x-robots-tag', optOut: 'ai_txt' }
  expect(judge({ rights: { tdm: '1' } }, {}, { fields }).reason).toBe('tdm_reservation')
  expect(judge({ headers: { 'x-robots-tag': 'noai' } }, {}, { fields }).reason).toBe('robots')
  expect(judge({ ai_txt: 'deny' }, {}, { fields }).reason).toBe('opt_out')
  expect(judge({ tdmReservation: '1' }, {}, { fields }).reason).toBe(null)
  expect([...(columnsOf({}) ?? [])]).toEqual(
    expect.arrayContaining(['tdmReservation', 'tdm-reservation', 'robots']),
  )
  expect([...(columnsOf({ fields }) ?? [])]).toEqual(expect.arrayContaining(['rights', 'headers', 'ai_txt']))
})

/** A response of a crawl with these header lines and this head of its page. */
async function crawled(headers: readonly string[], head: string, type = 'text/html'): Promise<object> {
  const body = `<html><head>${head}</head><body><p>Words.</p></body></html>`
  const http = ['HTTP/1.1 200 OK', `Content-Type: ${type}`, ...headers, '', body].join('\r\n')
  const block = `WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http\r\nContent-Length: ${http.length}\r\n\r\n${http}\r\n\r\n`
  const [item] = await itemsOf(warc, chunked(Buffer.from(block)), {})
  if (item?.kind !== 'record' || typeof item.value !== 'object' || item.value === null)
    throw new Error('no record')
  return item.value
}

test.each([
  [['X-Robots-Tag: noai'], '', { robots: 'noai' }],
  [['x-robots-tag: noindex', 'X-Robots-Tag: GPTBot: noai'], '', { robots: 'noindex\nGPTBot: noai' }],
  [['TDM-Reservation: 1'], '<meta name="tdm-reservation" content="0">', { tdmReservation: '1' }],
  [['tdm-reservation: 0'], '<META CONTENT=1 NAME=TDM-Reservation>', { tdmReservation: '1' }],
  [
    [],
    '<meta name="Robots" content="noai, noimageai"><meta name=author content=x>',
    { robots: 'noai, noimageai' },
  ],
  [[], '<meta name="ccbot" content="noai"/><title>noai</title>', { robots: 'ccbot: noai' }],
  [[], '<!-- <meta name="robots" content="noai"> --><script>"<meta name=robots content=noai>"</script>', {}],
])('a page of a crawl brings %j %s along', async (headers, head, expected) => {
  const record = await crawled(headers, head)
  const { robots, tdmReservation } = { robots: undefined, tdmReservation: undefined, ...record }
  expect({ robots, tdmReservation }).toEqual({ robots: undefined, tdmReservation: undefined, ...expected })
  const dropped =
    'tdmReservation' in expected || ('robots' in expected && !/bot: noai$/i.test(expected.robots))
  expect(judge(record).keep).toBe(!dropped)
})

test('a plain text has its headers, and a page of metas alone stays bounded', async () => {
  expect(await crawled(['X-Robots-Tag: noai'], '', 'text/plain')).toMatchObject({ robots: 'noai' })
  const many = Array.from({ length: 20_000 }, (_, at) => `<meta name=robots content=x${at}>`).join('')
  const { robots } = { robots: '', ...(await crawled([], many)) }
  expect(robots.split('\n')).toHaveLength(1000)
})
