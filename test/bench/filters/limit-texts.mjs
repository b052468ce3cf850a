/** Texts that are made to hurt: each is of one kind throughout, `size` UTF-16 units long. */

let seed = 1
const random = (below) => {
  seed = (Math.imul(seed, 0x41c64e6d) + 12345) >>> 0
  return Math.floor((seed / 2 ** 32) * below)
}
const fill = (part, size) => part.repeat(Math.ceil(size / part.length)).slice(0, size)
const made = (make, size) => {
  const parts = []
  for (let length = 0; length < size; length += parts.at(-1).length) parts.push(make())
  return parts.join('').slice(0, size)
}
/** `count` draws of the ASCII or Latin-1 characters in `of`. */
const letters = (count, of) => {
  const bytes = Buffer.allocUnsafe(count)
  for (let at = 0; at < count; at++) bytes[at] = of.charCodeAt(random(of.length))
  return bytes.latin1Slice()
}
/** `count` draws of the UTF-16 units in [from, to). */
const units = (count, from, to) =>
  Buffer.from(Uint16Array.from({ length: count }, () => from + random(to - from)).buffer).ucs2Slice()
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const LATIN1 = Buffer.from(Array.from({ length: 256 }, (_, at) => at)).latin1Slice()
const word = () => letters(2 + random(8), 'etaoinshrdlu')

/** One after the other, without white space where it is shown without. */
const REPEATED = [
  'a',
  ' ',
  '\n',
  '\t',
  '.',
  '-',
  '_',
  '#',
  '|',
  '`',
  '"',
  ')',
  '(',
  '[',
  '{',
  '<',
  '@',
  '0',
  '😀',
  '本',
  'ก',
  'a\u0301',
  '\u0301',
  '\u0301\u0323',
  '…',
  '\0',
  '\ufeff',
  '\ud800',
  'Ã©',
  'word ',
  'a ',
  'a\n',
  'a line.\n',
  'a line. ',
  'a. ',
  '本。',
  'は本 ',
  'a:',
  'a.',
  'a-',
  'a_',
  'aB',
  '1.',
  '1:',
  '1-',
  '1 ',
  '(1',
  'a@',
  'a@b.',
  'a@b.com ',
  'a@b.com',
  'a dot b at c dot d ',
  '[at]',
  '+49 89 1234567 ',
  '+49 89 1234567',
  '555-0123-',
  '4111 1111 1111 1111 ',
  '10.0.0.1 ',
  '10.0.0.',
  'dead:beef:',
  'DE89 ',
  'DE89370400440532013000',
  'https://a:b@',
  'https://a.example/b?c=d ',
  'http://',
  '://',
  'www.',
  '-----BEGIN PRIVATE KEY-----\n',
  '-----BEGIN PRIVATE KEY-----',
  'api_key = ',
  'sk-a1A-',
  "''' ",
  '""" ',
  '<a ',
  '<a>',
  '<p>\n',
  '<div><p>text</p></div>\n',
  '<td>a</td>',
  '</a>',
  '<!--',
  '<![CDATA[',
  '&amp',
  '&amp;',
  '```\n',
  '```',
  '~~~\n',
  '    x = 1\n',
  '/*\n',
  '/*',
  '// ',
  '# a\n',
  '{"a": 1}\n',
  '{"a":',
  '[1]',
  'a, ',
  'a|',
  '|a|b|\n',
  '- a\n',
  '• a\n',
  'a: \n ',
  'a;\n',
  '$x$ ',
  '\\a{',
  'cookie ',
  'cookie policy\n',
  'lorem ipsum ',
  '\r',
  '\r\n',
  '\u2028',
  '\u3000',
  '\u00a0',
]

export const texts = {
  'one line of words': (size) => made(() => `${word()} `, size),
  'words, a line each': (size) => made(() => `${word()}\n`, size),
  'lines of words': (size) => made(() => `${Array.from({ length: 12 }, word).join(' ')}.\n`, size),
  'lines that differ': (size) => made(() => `${letters(6, BASE64)}.\n`, size),
  'words that differ': (size) => made(() => `${letters(7, BASE64)} `, size),
  base64: (size) => made(() => letters(1000, BASE64), size),
  digits: (size) => made(() => letters(1000, '0123456789'), size),
  punctuation: (size) => made(() => letters(1000, '()[]{}<>"\'`.,:;!?-_/*#@&%$ '), size),
  'numbers as of phones': (size) => made(() => `+${letters(2, '123')} (0)${letters(9, '0123 -.')} `, size),
  'random bytes': (size) => made(() => letters(1000, LATIN1), size),
  'random bytes as UTF-8': (size) =>
    made(() => Buffer.from(letters(1000, LATIN1), 'latin1').toString(), size),
  'any UTF-16 unit': (size) => made(() => units(1000, 0, 0x10000), size),
  'Chinese without spaces': (size) => made(() => units(1000, 0x4e00, 0x9fa5), size),
  'kana without spaces': (size) => made(() => units(1000, 0x3041, 0x3097), size),
  'Hangul syllables': (size) => made(() => units(1000, 0xac00, 0xd7a4).replaceAll(/.{3}/g, '$& '), size),
  'Thai without spaces': (size) => made(() => units(1000, 0x0e01, 0x0e2f), size),
  'emoji that differ': (size) => made(() => String.fromCodePoint(0x1f300 + random(0x300)), size),
  ...Object.fromEntries(REPEATED.map((part) => [JSON.stringify(part), (size) => fill(part, size)])),
}
