import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { classifyLines, type LineKind } from '../../filters/code-exclusion/lines.ts'
import { codeExclusion } from '../../filters/code-exclusion.ts'
import type { Verdict } from '../../filters/define-filter.ts'
import { editTurns } from '../../lib/documents/text-edits.ts'
import { noProse, prose } from './code-exclusion-texts.ts'

const root = path.resolve(import.meta.dirname, '../..')

function judge(text: string, settings: unknown = {}): Verdict {
  const filter = codeExclusion.create(codeExclusion.settings.parse(settings), undefined)
  return filter({ text, id: undefined, url: undefined })
}

describe('code-exclusion', () => {
  test.each(Object.entries(noProse))('drops %s', (_, [reason, text]) => {
    expect(judge(text)).toMatchObject({ keep: false, reason, threshold: 0.6, values: { kind: reason } })
  })

  test.each(Object.entries(prose))('keeps %s', (_, text) => {
    expect(judge(text)).toMatchObject({ keep: true, reason: null, values: { kind: 'prose' } })
  })

  test('a text without anything is kept', () => {
    for (const text of ['', ' ', '\n\n\t\n']) {
      expect(judge(text).keep).toBe(true)
      expect(judge(text).values).toMatchObject({ score: 0, codeShare: 0, kind: 'prose' })
    }
  })

  test('fenced code has a limit of its own, inclusive', () => {
    const text = prose['README with code']!
    const share = Number(judge(text).values['codeShare'])
    expect(share).toBeGreaterThan(0.3)
    expect(judge(text, { maxCodeShare: share }).keep).toBe(true)
    const dropped = judge(text, { maxCodeShare: share - 0.001 })
    expect(dropped).toMatchObject({ keep: false, reason: 'code_share', value: share })
    expect(judge('```js\nconst a = 1\nrun(a)\n```\n')).toMatchObject({ reason: 'code_share', value: 1 })
  })

  test('a fence that nothing closes is none: a rule of tildes, a text that was cut', () => {
    const words = 'Some words of a story, that go on and on.\n'.repeat(20)
    expect(judge(`~~~~~~\n${words}`)).toMatchObject({ keep: true, values: { fencedShare: 0 } })
    expect(judge(`${words}\`\`\`\n${words}`).values['fencedShare']).toBe(0)
    expect(judge(`${words}  \`\`\`\n${words}  \`\`\`\n`).values['fencedShare']).toBeCloseTo(0.5, 1)
  })

  test('the score has a limit, inclusive', () => {
    const text = noProse['yaml']![1]
    const score = Number(judge(text).values['score'])
    expect(judge(text, { maxScore: score }).keep).toBe(true)
    expect(judge(text, { maxScore: score - 1e-4 })).toMatchObject({ keep: false, value: score })
  })

  test('gives only declared reasons and values, for any text, and the same each time', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom(
        '```',
        '"""',
        '/*',
        '*/',
        '# a',
        '#',
        '<a',
        '<p>',
        '=pod',
        '=cut',
        'a,b',
        '|',
        'x = 1;',
        'Hello there.',
      ),
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
        const verdict = judge(lines.join('\n'))
        expect(verdict.reason === null || codeExclusion.reasons.includes(verdict.reason)).toBe(true)
        const { cutBlocks: _, ...values } = codeExclusion.values
        expect(Object.keys(verdict.values).toSorted()).toEqual(Object.keys(values).toSorted())
        const numbers = Object.values(verdict.values).filter((value) => typeof value === 'number')
        expect(numbers.filter((value) => !(value >= 0 && value <= 1.5))).toEqual([])
        expect(judge(lines.join('\n'))).toEqual(verdict)
      }),
      { numRuns: 500 },
    )
  })

  test('long lines, and openings that nothing closes, stay linear', () => {
    const texts = [
      'a'.repeat(3e6),
      '<'.repeat(1e6),
      '<a '.repeat(5e5),
      '/*\n'.repeat(4e5),
      '"""x\n'.repeat(3e5),
      // Far closings of many openings, and many elements that nothing closes
      `${'/*\n'.repeat(4e5)}*/`,
      `\n${'\f```\n'.repeat(3e5)}\n${'x'.repeat(3e5)}\n\`\`\``,
      Array.from({ length: 1e5 }, (_, at) => `<a${at}>\n`).join(''),
      'a:\n a\n'.repeat(3e5),
      '&aaaaaaa'.repeat(2e5),
    ]
    const patterns = [
      'import a.a.a.',
      'class a a a ',
      '1.1.1.',
      '[[[[[[',
      'export export ',
      'Jan 12 11',
      'a1:a1:',
      '- - - ',
      '"""',
    ]
    for (const pattern of patterns) texts.push(`${pattern.repeat(30)}\n`.repeat(3000))
    for (const text of texts) expect(typeof judge(text).keep).toBe('boolean')
    for (const text of ['    run(a);\n\n', '```\n', '    a\nb\n\n', '\n', 'a'])
      expect(judge(text.repeat(5e4), { maxScore: null, maxCodeShare: null, blocks: 'cut' }).keep).toBeTypeOf(
        'boolean',
      )
  })
})

const filled = (all: string): string[] => all.split('\n').filter((one) => one.trim() !== '')

describe('blocks: cut', () => {
  const lax = { maxScore: null, maxCodeShare: null, blocks: 'cut' }
  const cut = (text: string): string | undefined => judge(text, lax).text
  const code = 'const a = run(b);\nconsole.log(a);'
  const indented = code.replaceAll(/^/gm, '    ')
  const fenced = `\`\`\`js\n${code}\n\`\`\``

  test.each<[what: string, text: string, left: string]>([
    ['a fence', `Call it so:\n\n${fenced}\n\nIt answers.\n`, 'Call it so:\n\nIt answers.\n'],
    ['a fence with empty lines', `One.\n\`\`\`\n\n\na b\n\n\`\`\`\nTwo.`, 'One.\n\nTwo.'],
    [
      'a fence without empty lines',
      `Call it so:  \n${fenced}\n  It answers.`,
      'Call it so:\n\n  It answers.',
    ],
    ['two fences with nothing between', `One.\n${fenced}\n\n\n${fenced}\nTwo.`, 'One.\n\nTwo.'],
    ['two fences', `One.\n${fenced}\nTwo.\n${fenced}\nThree.`, 'One.\n\nTwo.\n\nThree.'],
    ['a fence at the start', `${fenced}\n\nIt answers.\n`, 'It answers.\n'],
    ['a fence at the end', `Call it so:\n\n${fenced}\n`, 'Call it so:\n'],
    ['a fence at the very end', `Call it so:\n\n${fenced}`, 'Call it so:'],
    ['a fence of tildes in a list', `- one\n\n  ~~~\n  a\n  ~~~\n- two`, '- one\n\n- two'],
    ['an indented block', `Call it so:\n\n${indented}\n\nIt answers.`, 'Call it so:\n\nIt answers.'],
    ['one by tabs', `So:\n\n${code.replaceAll(/^/gm, ' \t')}\n\nIt answers.`, 'So:\n\nIt answers.'],
    ['one with empty lines', `So:\n\n${indented}\n\n    a\n\n${indented}\nIt answers.`, 'So:\n\nIt answers.'],
    ['one before a fence', `So:\n\n${indented}\n${fenced}\nIt answers.`, 'So:\n\nIt answers.'],
    ['one at the start', `${indented}\n\nIt answers.`, 'It answers.'],
    ['settings', 'Set:\n\n    port = 8080\n    host = mill\n\nDone.', 'Set:\n\nDone.'],
    [
      'a paragraph of a list before a block',
      `- one\n\n    Some words of it, and more.\n\n${indented}\n\nDone.`,
      '- one\n\n    Some words of it, and more.\n\nDone.',
    ],
  ])('cuts %s', (_, text, left) => {
    expect(cut(text)).toBe(left)
    expect(cut(left)).toBeUndefined()
  })

  test.each<[what: string, text: string]>([
    ['one line of code', 'It has:\n\n    run(a, b);\n\nand more.'],
    [
      'more prose than code',
      'So:\n\n    Some words of it:\n    run(a);\n    More words of it.\n    run(b);\n    Still more words.\n\nDone.',
    ],
    ['code that no empty line precedes', `Call it so:\n${indented}\nIt answers.`],
    ['code that is not indented', `Call it so:\n\n${code}\n\nIt answers.`],
    ['code by three columns', `Call it so:\n\n${code.replaceAll(/^/gm, '   ')}\n\nIt answers.`],
    ['a fence that nothing closes', 'Call it so:\n\n```js\nIt answers, and goes on.'],
    [
      'verse',
      'He sang:\n\n    Alone;\n    and round the wheel goes;\n    and down the water falls.\n\nThen he left.',
    ],
    ['a list', 'It needs\n\n    - milk;\n    - eggs;\n    1. run(it);\n    2. bread.\n\nand more.'],
    ['a table', 'It had:\n\n    Berlin  3,700  12\n    Paris   2,100  14\n    Rome  2,800  9\n\nand more.'],
    [
      'a quote',
      'He said:\n\n    The mill stands by the river, and\n    its wheel turns until night.\n\nand left.',
    ],
    ['mathematics', 'Then\n\n    x^2 + y^2 = z^2\n    a + b = c\n\nholds.'],
    ['times', 'It opens:\n\n    Jan 12, at 10:30\n    Jan 14, at 11:30\n\nand closes.'],
  ])('keeps %s', (_, text) => {
    expect(judge(text, lax)).toMatchObject({ keep: true, values: { cutBlocks: 0 } })
    expect(cut(text)).toBeUndefined()
  })

  test('keeps all prose as it is, but for its code', () => {
    for (const [name, text] of Object.entries(prose)) {
      const { keep, text: left = text } = judge(text, { blocks: 'cut' })
      expect([name, keep, left === text]).toEqual([name, true, !/ with (?:indented )?code$/.test(name)])
    }
  })

  test('what the limits drop is dropped as before, and the values are those of the whole text', () => {
    const text = prose['README with code']!
    const { values } = judge(text)
    const cut = judge(text, { blocks: 'cut' })
    expect(cut.values).toEqual({ ...values, cutBlocks: 1 })
    expect(cut).toMatchObject({ keep: true, edits: [{ text: '\n\n' }] })
    const share = Number(values['codeShare']) - 0.001
    expect(judge(text, { blocks: 'cut', maxCodeShare: share })).toMatchObject({
      reason: 'code_share',
      values,
    })
    expect(judge(text, { blocks: 'keep' })).toEqual(judge(text))
  })

  test('a text of nothing else is dropped', () => {
    for (const text of [fenced, `\n\n${fenced}\n\n${indented}\n`])
      expect(judge(text, lax)).toMatchObject({ keep: false, reason: 'all_cut', value: 1 })
    expect(judge('', lax).keep).toBe(true)
  })

  test('each turn of a conversation is cut by itself', () => {
    const filter = codeExclusion.create(codeExclusion.settings.parse(lax), undefined)
    const talk = (...contents: readonly string[]) => {
      let at = -2
      const turns = contents.map((content, index) => {
        const start = at + 2
        at = start + content.length
        return { role: index % 2 === 0 ? ('user' as const) : ('assistant' as const), start, end: at }
      })
      const document = { text: contents.join('\n\n'), id: undefined, url: undefined, turns }
      const verdict = filter(document)
      const { text = document.text, edits = [] } = verdict
      return { ...verdict, left: editTurns(turns, edits).map(({ start, end }) => text.slice(start, end)) }
    }
    expect(talk('How?', `So:\n\n${fenced}`, `${fenced}\nWhy?`, 'Because.').left).toEqual([
      'How?',
      'So:',
      'Why?',
      'Because.',
    ])
    // No fence and no block goes from one turn into the next.
    expect(talk('```', 'Between the turns.', '```', 'More.').left).toEqual([
      '```',
      'Between the turns.',
      '```',
      'More.',
    ])
    const half = '    const a = run(b);'
    expect(talk(`So:\n\n${half}`, half).left).toEqual([`So:\n\n${half}`, half])
    expect(talk('How?', fenced)).toMatchObject({ keep: false, reason: 'all_cut', value: 1 })
    expect(talk('How?', '')).toMatchObject({ keep: true })
  })

  test('leaves the lines that it does not cut, whole and in their order, for any text', () => {
    const line = fc.constantFrom(
      '',
      '',
      ' ',
      '```',
      '~~~',
      'Words of it.',
      '    run(a);',
      '\tb = run(c);',
      '    - one;',
      '    Some words, four.',
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
        const text = lines.join('\n')
        const { text: left = text, edits = [], keep, values } = judge(text, lax)
        expect(values['cutBlocks']).toBe(keep ? edits.length : 1)
        const rest = filled(left)
        let next = 0
        for (const one of filled(text)) if (one.trimEnd() === rest[next]?.trimEnd()) next++
        expect(next).toBe(rest.length)
        for (const { start, end } of edits) expect(filled(text.slice(start, end))).not.toEqual([])
      }),
      { numRuns: 500 },
    )
  })
})

const kinds = (text: string): Partial<Record<LineKind, number>> =>
  Object.fromEntries(Object.entries(classifyLines(text).lines).filter(([, count]) => count > 0))

function kindsOf(text: string, looksOnlyAtWords?: () => boolean): LineKind[] {
  const found: LineKind[] = []
  classifyLines(text, ({ kind }) => found.push(kind), looksOnlyAtWords)
  return found
}

describe('classifyLines', () => {
  test("brackets side by side are no prose's, nor is what Markdown quotes code's", () => {
    expect(classifyLines('run one))').symbolChars).toBe(1)
    expect(classifyLines('((run one').symbolChars).toBe(1)
    expect(classifyLines('Then `run{}` is called').symbolChars).toBe(0)
  })

  test.each<[text: string, expected: Partial<Record<LineKind, number>>]>([
    [
      '@@ -1,2 +1,2 @@\n The mill stands by the river.\n-It turns all day long.\n+It turns all night long.\nThis is prose again.',
      { code: 4, prose: 1 },
    ],
    ['implicit none\nend subroutine mill\n', { code: 2 }],
    ['2x = 6 - 3\n(a - 2)(a + 2) = 0\nx = 2 or x = 3\n&= \\phi(n) \\\\\n', { neutral: 4 }],
    ['x = f(2)(3);\nif (2x == 3) {\n', { code: 2 }],
    ['package ifneeded mill 1.0\n', { code: 1 }],
    [
      '# Mill\n\n<p align="center">\n\nRead of it [in the manual](a.md) as you like.\n',
      { neutral: 2, prose: 1 },
    ],
  ])('knows %j', (text, expected) => {
    expect(kinds(text)).toEqual(expected)
  })

  test('a line of words is sorted by few patterns as by all', () => {
    const texts = [...Object.values(noProse).map(([, text]) => text), ...Object.values(prose)]
    const starts = [
      '',
      'rem ',
      'REM ',
      'dnl ',
      'diff -',
      'INFO: ',
      'Setting up ',
      'at the ',
      'insert into ',
      'create table ',
    ]
    starts.push(
      'call the ',
      'export const a: b ',
      'include "',
      'r"a ',
      'foo.c: In function ',
      'name TEXT NOT NULL ',
      'key: "',
    )
    const ends = ['', ',', ')', ':', '.', ' values', ' values;', ' NOT NULL', '"']
    const middle = 'the mill and its wheel turn'
    for (const start of starts) texts.push(ends.map((end) => `${start}${middle}${end}\na,b\n`).join(''))
    for (const text of texts) expect(kindsOf(text)).toEqual(kindsOf(text, () => false))
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...texts.flatMap((text) => text.split('\n'))), { maxLength: 30 }),
        (lines) => {
          expect(kindsOf(lines.join('\n'))).toEqual(kindsOf(lines.join('\n'), () => false))
        },
      ),
      { numRuns: 300 },
    )
  })

  test('counts each line once, and its characters without white space', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 40 }), { maxLength: 20 }), (lines) => {
        const text = lines.join('\n')
        const { chars, lines: counts } = classifyLines(text)
        // The same white space as the scan: controls, space, no-break space and the ideographic space.
        // biome-ignore lint/suspicious/noControlCharactersInRegex: controls are the point
        const bare = text.replaceAll(/[\0-\x20\u00a0\u3000]+/g, (run) => (run.includes('\n') ? '\n' : ''))
        expect(Object.values(chars).reduce((a, b) => a + b)).toBe(bare.replaceAll('\n', '').length)
        expect(Object.values(counts).reduce((a, b) => a + b)).toBe(
          bare.split('\n').filter((line) => line !== '').length,
        )
      }),
    )
  })

  test('symbols of arithmetic do not count as those of code', () => {
    expect(classifyLines('She has 12 / 4 = <<12/4=3>>3 doses').symbolChars).toBe(0)
    expect(classifyLines('dose[0] = all/4').symbolChars).toBe(3)
  })

  test.each<[string, Partial<Record<LineKind, number>>]>([
    ['# Usage\n\nCall it with a path:', { neutral: 1, prose: 1 }],
    ['# one\n# two\n# three', { neutral: 1, comment: 2 }],
    ['/* one\n   two words\n*/\nint x;', { comment: 3, code: 1 }],
    ['/* never closed\nThese are words of a sentence.', { comment: 1, prose: 1 }],
    ['"""Text.\n\nMore text of it.\n"""\nreturn x', { comment: 3, code: 1 }],
    ['```\nx = 1\n```\nThese are words of a sentence.', { fenced: 3, prose: 1 }],
    ['=head1 NAME\n\nThese are words.\n\n=cut\nmy $x = 1;', { comment: 3, code: 1 }],
    ['<p>\nThese are words of a sentence.\n</p>', { markup: 3 }],
    ['<p>\nThese are words of a sentence.\n', { markup: 1, prose: 1 }],
    ['<div>\nThese are words of a sentence.\n</div>', { markup: 2, prose: 1 }],
    ['The &lsquo;old&rsquo; mill &amp; its wheel', { markup: 1 }],
    ['" Vim syntax file\n" Language: Mill\n"\nsetlocal a=b', { neutral: 1, comment: 2, code: 1 }],
    ['"It goes," he said.\n"Does it?"\n"It does." And so they left the mill.', { prose: 2, data: 1 }],
    ['*\n * These are words of a comment.\n */', { comment: 3 }],
    ['* These are words of an item.\n* More words of the other.', { prose: 2 }],
    ['(* These are words\n   of a comment. *)\nlet rec run x = x', { comment: 2, code: 1 }],
    ['| Some x -> x\n| None -> 0', { code: 2 }],
    ['(find-file name)\n(if (eq a b)\n(see the manual for more of it)', { code: 2, prose: 1 }],
    [
      'port: 80\nicons:\n  - address-card\n  - mill-wheel\nno-mill,\nthe mill',
      { configuration: 5, neutral: 1 },
    ],
    ['Needs:\n  - flour\n  - water', { prose: 1, neutral: 2 }],
    [
      'name: mill\nabout: |\n  These are words of a sentence.\nThese are words of it.',
      { configuration: 3, prose: 1 },
    ],
    ['---\ntitle: The mill\n---\n\nThese are words of a sentence.', { neutral: 3, prose: 1 }],
    ['---\nport: 1\n---\nname: b\nport: 2', { neutral: 2, configuration: 3 }],
    ['[pid: 7|app: 0] 1.2.3.4 () {38 vars} [Sun Mar 13 22:49:12 2016] POST /', { log: 1 }],
    ['E0517 15:04:22.619632 1952 mill.cc:253] Ground', { log: 1 }],
    ['srv sshd[32307]: Failed publickey for git', { log: 1 }],
    ['[0m[32mSep 19 [0mmill', { log: 1 }],
    ['[    0.263496] Spectre V2: filled on a switch', { log: 1 }],
    ['[eva:alarm] mill.c:21: Warning\nmill.c:7: Error: no wheel\nmill.c: In function main', { log: 3 }],
    ['[see the manual] for more of it', { prose: 1 }],
    ['text of an older notice.\n */\nint x;', { comment: 2, code: 1 }],
    ['more of the docstring.\n    """\n    return wheel', { comment: 2, code: 1 }],
    ['more of the text.\n"""\nAnd more of it here.', { prose: 2, comment: 1 }],
    ['See the files of src/*/mill.c, which are many.', { prose: 1 }],
    ['Style/MethodName:\n  Enabled: true', { configuration: 2 }],
    ['lib/log.c\nlib/log-names.c', { data: 2 }],
    ["'record',\n'renames'", { data: 2 }],
    ['of the mill: 1;\\n  '.repeat(30), { data: 1 }],
    ['\t*\n\t* Released with all that was mended.\n\t* ', { neutral: 2, prose: 1 }],
    ['<a name="v1.2"></a>', { neutral: 1 }],
    ['wheel = turn(x)\n```\nAnd so the wheel goes on.\n```js\nx = 1\n```', { fenced: 5, prose: 1 }],
    ['>>> wheel = turn(x)', { code: 1 }],
    ['  born date not null,\n  `name` varchar(30),\n  a closing date for entries,', { code: 2, prose: 1 }],
    ['"add" "adc" "sbb" "inc"\n2C9C; C; 2C9D; # A LETTER', { data: 2 }],
    ['/r exch def\n/side { 2 mul } def\ngrestore', { code: 3 }],
    ['> ### [Of mills](mills.md#of)', { neutral: 1 }],
    ['2021-02-09  Ann Miller  <ann@example.org>', { neutral: 1 }],
    [`.a{b:c}${'.wheel>span{flex:row;width:0}'.repeat(20)}`, { data: 1 }],
    [`.a{b:c}${'.wheel>span.a+b'.repeat(30)}`, { code: 1 }],
    ['Feb 09 13:47:54 <ann> Good morning to all of you.', { prose: 1 }],
    ['Ann = 2 * 6 = 12 years\n400/4 = 100 of the wheels', { neutral: 2 }],
    ['The <unk> of the town is old.', { prose: 1 }],
    ['<unk> of the town', { neutral: 1 }],
    ['Those who want to read more than this may go and see <https://example.org/a> instead.', { prose: 1 }],
    ['a,b,c\n1,2,3\n4,5,6', { data: 2, neutral: 1 }],
    ['Title\n=====\n\n+----+\n| ab |\n+----+', { neutral: 5 }],
  ])('%j', (text, expected) => {
    expect(kinds(text)).toEqual(expected)
  })
})

/** Files of `node_modules` with one of the endings, at most 2 of a package and 200 KB each. */
function installed(endings: RegExp, limit: number): string[] {
  const found: string[] = []
  const packages = path.join(root, 'node_modules')
  for (const name of readdirSync(packages).toSorted()) {
    const folder = path.join(packages, name)
    if (name.startsWith('.') || name.startsWith('@') || !statSync(folder).isDirectory()) continue
    const files = readdirSync(folder)
      .filter((file) => endings.test(file))
      .toSorted()
      .slice(0, 2)
    for (const file of files) {
      const { size } = statSync(path.join(folder, file))
      if (size > 400 && size < 200_000) found.push(readFileSync(path.join(folder, file), 'utf8'))
    }
  }
  return found.slice(0, limit)
}
const keptShare = (texts: readonly string[]): number =>
  texts.filter((text) => judge(text).keep).length / texts.length

describe('files of installed packages', () => {
  test('keeps their READMEs and licenses, drops their sources and manifests', () => {
    const words = installed(/^(?:readme|license|licence|changelog|history)(?:\.md|\.txt)?$/i, 150)
    expect(words.length).toBeGreaterThan(50)
    expect(keptShare(words)).toBeGreaterThan(0.97)
    const code = installed(/\.(?:js|mjs|cjs|ts|json)$/, 150)
    expect(code.length).toBeGreaterThan(50)
    expect(keptShare(code)).toBeLessThan(0.02)
  })
})

const corpus = path.resolve(root, '../shared/corpus')
test.skipIf(!existsSync(corpus)).each([
  ['encyclopedia', 1],
  ['technical', 0.97],
  ['instruct', 0.995],
])('keeps %s texts (needs ../shared)', (name, least) => {
  const row = z.looseObject({ messages: z.array(z.object({ content: z.string() })).optional() })
  const texts = gunzipSync(readFileSync(path.join(corpus, `${name}.jsonl.gz`)))
    .toString()
    .trim()
    .split('\n')
    .slice(0, 700)
    .map((line) => {
      const { messages, ...rest } = row.parse(JSON.parse(line))
      if (messages !== undefined) return messages.map(({ content }) => content).join('\n\n')
      return Object.values(rest).reduce<string>(
        (a, b) => (typeof b === 'string' && b.length > a.length ? b : a),
        '',
      )
    })
  const kept = texts.filter((text) => judge(text).keep).length / texts.length
  expect(kept).toBeGreaterThanOrEqual(least)
})
