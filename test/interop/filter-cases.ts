/** Texts made to meet one rule each, or to miss it by one: what ordinary documents hardly ever do. */

export interface Case {
  readonly title: string
  readonly text: string
  /** By filter: the reason by which the reference drops the text; null where it keeps it. */
  readonly expected: Readonly<Record<string, string | null>>
}

const SENTENCES = [
  'The miller of the valley keeps that wheel turning with water from the hills.',
  'Every morning she walks to the weir and looks at what the night has brought.',
  'Leaves, twigs and now and then a drowned fence post have to be raked out.',
  'Her brother sells flour in town, where bakers pay better than farmers do.',
  'In dry summers both of them mend sacks, grease axles and wait for rain.',
  'Old people say the river was deeper before the canal took half its flow.',
  'Nobody has measured it, but the stones of the ford stand higher each year.',
  'When autumn comes, carts queue along the lane from dawn until late evening.',
  'Children ride on the sacks, dogs bark at the geese, and the hopper rattles.',
  'By winter the pond freezes, so the stones rest and the ledgers are written.',
]

const lines = (map: (sentence: string, i: number) => string): string => SENTENCES.map(map).join('\n')
const prose = lines((sentence) => sentence)
const unended = (sentence: string) => sentence.slice(0, -1)

const quality = (title: string, text: string, reason: string | null): Case => ({
  title,
  text,
  expected: { gopher_quality: reason },
})
const c4 = (title: string, line: string, reason: string | null): Case => ({
  title,
  text: `${prose}\n${line}`,
  expected: { c4_quality_terminal: reason },
})
const bad = (title: string, line: string, reason: string | null, inside = reason): Case => ({
  title,
  text: `${prose}\n${line}`,
  expected: { c4_bad_words: reason, c4_bad_words_inside: inside },
})
const BAD = 'document_removed_with_badwords'

export const cases: readonly Case[] = [
  quality('prose', prose, null),
  quality('short', SENTENCES.slice(0, 2).join(' '), 'gopher_short_doc'),
  quality('long', `${prose} `.repeat(1000), 'gopher_long_doc'),
  quality('short words', 'to be a b c d e of the x y z '.repeat(8), 'gopher_below_avg_threshold'),
  quality('long words', 'the millwheelwright and countersignature '.repeat(20), null),
  quality('longer words', 'millwheelwrights countersignatures the '.repeat(20), 'gopher_above_avg_threshold'),
  quality(
    'hashes',
    lines((s) => `${s} # # # #`),
    'gopher_too_many_hashes',
  ),
  quality(
    'hashes in words',
    lines((s) => s.replaceAll(' ', ' #')),
    'gopher_too_many_hashes',
  ),
  quality(
    'ellipses of dots',
    lines((s) => s.replaceAll(' a', ' ... a').replaceAll(' t', ' ... t')),
    'gopher_too_many_ellipsis',
  ),
  quality(
    'ellipsis characters',
    lines((s) => s.replaceAll(' a', ' … a').replaceAll(' t', '… t')),
    'gopher_too_many_ellipsis',
  ),
  quality(
    'bullets',
    lines((s) => `• ${s}`),
    'gopher_too_many_bullets',
  ),
  quality(
    'bullets after white space',
    lines((s) => `\u3000 \t• ${s}`),
    'gopher_too_many_bullets',
  ),
  quality(
    'hyphens, other line breaks',
    lines((s) => `-${s}`).replaceAll('\n', '\u2028'),
    'gopher_too_many_bullets',
  ),
  quality(
    'nine in ten are bullets',
    lines((s, i) => (i === 4 ? s : `- ${s}`)),
    null,
  ),
  quality('bullets and a blank line', `${lines((s) => `- ${s}`)}\n\n`, 'gopher_too_many_bullets'),
  quality('bullets and two blank lines', `${lines((s) => `- ${s}`)}\n\n \n`, null),
  quality(
    'stars are no bullets',
    lines((s) => `* ${s}`),
    null,
  ),
  quality(
    'dashes are no bullets',
    lines((s) => `– ${s}`),
    null,
  ),
  quality(
    'ends in dots',
    lines((s, i) => (i < 4 ? `${unended(s)}...` : s)),
    'gopher_too_many_end_ellipsis',
  ),
  quality(
    'ends in four dots',
    lines((s, i) => (i < 4 ? `${s}...` : s)),
    'gopher_too_many_end_ellipsis',
  ),
  quality(
    'ends in ellipses',
    lines((s, i) => (i < 4 ? `${unended(s)}… ` : s)),
    'gopher_too_many_end_ellipsis',
  ),
  quality(
    'three in ten end in dots',
    lines((s, i) => (i < 3 ? `${unended(s)}...` : s)),
    null,
  ),
  quality(
    'two dots are none',
    lines((s, i) => (i < 4 ? `${s}.` : s)),
    null,
  ),
  quality(
    'dots, then a quote',
    lines((s, i) => (i < 4 ? `${unended(s)}..."` : s)),
    null,
  ),
  quality(
    'numbers',
    lines((s) => `${s} 1824 77 301 5 66`),
    'gopher_below_alpha_threshold',
  ),
  quality(
    'no stop words',
    prose.replaceAll(/\b(the|be|to|of|and|that|have|with)\b/g, 'any'),
    'gopher_enough_stop_words',
  ),
  quality(
    'capital stop words',
    prose.replaceAll(/\b(the|be|to|of|and|that|have|with)\b/g, (w) => w.toUpperCase()),
    'gopher_enough_stop_words',
  ),
  quality(
    'one stop word',
    prose.replaceAll(/\b(be|to|of|and|that|have|with)\b/g, 'any'),
    'gopher_enough_stop_words',
  ),

  c4('lorem ipsum', 'Here stands Lorem Ipsum, as it did.', 'lorem_ipsum'),
  c4('lorem ipsum in a line that goes', 'lorem ipsum dolor sit amet', null),
  c4('lorem  ipsum apart', 'Here stands lorem  ipsum, as it did.', null),
  c4('curly bracket', 'Write { to open a block.', 'curly_bracket'),
  c4('closing bracket', 'Write } to close a block.', null),
  c4('curly bracket in a line that goes', 'if (x) {', null),
  c4('javascript', 'Please enable JavaScript in your browser.', null),
  c4('javascript and a bracket', 'Please enable javascript {now} here.', null),
  c4('policy', 'Read our Privacy Policy and Terms of Use.', null),
  c4('policy and a bracket', 'Our cookie policy is {here} to read.', 'curly_bracket'),
  c4('long word', `A ${'x'.repeat(1001)} stands here.`, null),
  c4('longest word', `A ${'x'.repeat(1000)} stands here.`, null),
  c4('citations', 'It is so [1][23] as they say[edit].[citation needed]', null),
  c4('citation after the stop', 'It is so as they say. [1]', null),
  c4('dots', 'It is so as they say...', null),
  {
    title: 'few sentences',
    text: SENTENCES.slice(0, 4).join('\n'),
    expected: { c4_quality: 'too_few_sentences' },
  },

  bad('bad word', 'They said darn to it.', BAD),
  bad('bad word in capitals', 'They said DARN to it.', BAD),
  bad('bad word at the end', 'They said "darn"', BAD),
  bad('bad word inside', 'They darned all socks.', null, BAD),
  bad('bad word beside an underscore', 'They said _darn_ to it.', null, BAD),
  bad('bad word beside an accent', 'They said darn\u0301 to it.', BAD),
  bad('bad word beside a digit of another script', 'They said darn٣ to it.', null, BAD),
  bad('phrase', 'So blast it, they said.', BAD),
  bad('phrase with two spaces', 'So blast  it, they said.', null),
  bad('with its punctuation', 'They said heck!', BAD),
  bad('with its punctuation and a letter', 'They said heck!o there.', null, BAD),
  bad('capitals beyond ASCII', 'So ein ÄRGER im Haus.', BAD),
  bad('in a line that goes', 'darn darn darn darn', null),
  bad('without spaces', 'これは呪いです です です.', null, BAD),
  bad('between brackets', 'これは「呪い」 です です.', BAD),
  bad('hyphen', 'It is a-b here.', BAD),
  bad('emoji', 'It is \u{1f595}\u{1f595} here.', BAD),
  bad('emoji beside a letter beyond the basic plane', 'It is \u{1d40d}\u{1f595} here.', null, BAD),

  {
    title: 'paragraphs',
    text: `${prose}\n\n${prose}\n\n${prose}`,
    expected: { gopher_repetition: 'dup_para_frac' },
  },
  {
    title: 'long paragraph',
    text: `${prose}\n\nA.\n\nB.\n\nC.\n\n${prose}`,
    expected: { gopher_repetition: 'dup_para_char_frac' },
  },
  { title: 'lines', text: `${prose}\n${prose}`, expected: { gopher_repetition: 'dup_line_frac' } },
  {
    title: 'long lines',
    text: `${prose}\n${SENTENCES.slice(0, 3).join('\n')}`.replaceAll('.\n', '.\nA\u00a0'),
    expected: {},
  },
  { title: 'two words', text: 'hello world', expected: { gopher_repetition: 'top_2_gram' } },
  { title: 'line feeds', text: '\n\n', expected: { gopher_repetition: 'dup_line_frac' } },
  { title: 'empty', text: '', expected: { gopher_repetition: 'empty', gopher_quality: 'gopher_short_doc' } },
  { title: 'lists', text: lines((s) => s.replaceAll(' ', '\n')), expected: { fineweb: 'line_punct_ratio' } },
  { title: 'blank lines', text: SENTENCES.join('\n\n\n\n\n\n\n\n\n\n'), expected: { fineweb: 'list_ratio' } },
  {
    title: 'short lines',
    text: `${SENTENCES.slice(0, 3).join('\n')}\nOne.\nTwo.\nTen.\nSix.\nOdd.\nAll.\nNo.\nYes.`,
    expected: { fineweb: 'short_line_ratio' },
  },
  { title: 'no punctuation', text: lines(unended), expected: { fineweb: 'line_punct_ratio' } },
  { title: 'closing spaces', text: lines((s) => `${s} `), expected: { fineweb: 'line_punct_ratio' } },
  { title: 'repeated lines', text: `${prose}\n${SENTENCES[0]}`, expected: { fineweb: 'char_dup_ratio' } },
]
