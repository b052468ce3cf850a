import { type Finding, KINDS, type Kind } from '../../filters/pii/finding.ts'

/**
 * A labelled set: texts with what is personal in them marked `«kind:…»`, written by hand in many published shapes, and
 * generated ones, deterministic. Numbers are invented: with valid checksums, and of ranges that nobody has where there are some.
 */
export interface Labelled {
  readonly text: string
  readonly labels: readonly Finding[]
}

/** `write to «email:a@b.org»` → the text without marks, and where they were. */
export function labelled(marked: string): Labelled {
  const labels: Finding[] = []
  let text = ''
  for (const part of marked.split(/(«\w+:[^»]*»)/)) {
    const match = /^«(\w+):(.*)»$/s.exec(part)
    const [, kind, inside] = match ?? []
    const known = KINDS.find((each) => each === kind)
    if (known !== undefined && inside !== undefined) {
      labels.push({ kind: known, start: text.length, end: text.length + inside.length })
    }
    text += inside ?? part
  }
  return { text, labels }
}

const HAND_WRITTEN = String.raw`
Write to «email:jane.doe@example.org» or «email:jane+news@mail.example.co.uk».
«email:o'brien@example.ie», «email:first_last-99@sub.domain.example.com»; (see «email:info@müller.de»)
Kontakt: «email:jörg@bücher.example» und «email:用户@例子.公司».
联系我们：«email:info@example.cn»谢谢
mailto:«email:sales@example.travel»?subject=hi and <«email:a@b.io»>.
"Max" <«email:max.mustermann@example.de»>,«email:b@example.fr»;«email:c@example.it»
Mail «email:jane (at) example (dot) org» or «email:jane [at] example.org» or «email:joe[at]example[dot]com».
Email «email:jane at example dot com» or write «email:jane.doe at example dot co dot uk».
Ends a sentence: «email:x.y@example.com».Then another.
https://example.org/?email=«email:foo@example.com»&x=1
jane&#64;x «email:jane&#64;example.com»
Follow @jane on example.social, @jane@mastodon.social, and install vue@3.2.1 or lodash@4.17.21, logo@2x.png
git clone git@github.com:foo/bar.git; ssh://git@example.com/foo; scp a.txt root@example.com:/tmp
look at example dot com, visit us at example dot com for more; foo@localhost; a@b; @decorator.route; user@N00
Call «phone:+1 555 123 4567», «phone:+1-555-123-4567», «phone:+1.555.123.4567», «phone:(555) 123-4567» or «phone:555-123-4567».
«phone:555.123.4567» and «phone:1-800-555-0199» and «phone:1 (800) 555-0199» and «phone:(555)123-4567»
London «phone:+44 20 7946 0958», «phone:+44 (0)20 7946 0958», «phone:020 7946 0958», «phone:(020) 7946 0958», «phone:07700 900123», «phone:01632 960 001»
«phone:+447700900123» «phone:0044 20 7946 0958» «phone:00447700900123» «phone:0161 496 0000»
Berlin «phone:+49 30 901820», «phone:030 90182012», «phone:0176/12345678», «phone:(030) 90182012», «phone:0049 30 123456», «phone:089/1234567-0»
«phone:+49 (0) 89 123456», «phone:+49-170-1234567», «phone:0170-1234567», «phone:+49/30/123456»
Paris «phone:+33 1 23 45 67 89», «phone:01 23 45 67 89», «phone:01.23.45.67.89», «phone:06-12-34-56-78», «phone:+33 (0)6 12 34 56 78»
Madrid «phone:+34 912 345 678», «phone:91 234 56 78», «phone:612 34 56 78». Tel. «phone:912 345 678».
Roma «phone:+39 06 6982 1234», «phone:06 6982 1234», «phone:333 1234567», «phone:+39 333 123 4567».
Amsterdam «phone:+31 20 123 4567», «phone:020-1234567», «phone:06-12345678», «phone:06 1234 5678»; Wien «phone:+43 1 5880 0123»; Zürich «phone:044 668 18 00», «phone:+41 44 668 18 00»
Sydney «phone:+61 2 9876 5432», «phone:(02) 9876 5432», «phone:0412 345 678», «phone:1300 975 707»
Mumbai «phone:+91 98765 43210», «phone:+91-9876543210», «phone:98765 43210», «phone:098765 43210», «phone:022-2345 6789»
東京 «phone:03-1234-5678», «phone:090-1234-5678», «phone:+81 3-1234-5678», «phone:0120-123-456»
北京 «phone:+86 138 0013 8000», «phone:138 0013 8000», «phone:010-12345678», 手机：«phone:13800138000», 电话:«phone:010-87654321»
São Paulo «phone:+55 11 91234-5678», «phone:(11) 91234-5678», «phone:(11) 3456-7890», «phone:11 91234-5678»
Москва «phone:+7 495 123-45-67», «phone:+7 (495) 123-45-67», «phone:8 (495) 123-45-67», «phone:8-800-555-35-35», «phone:8 800 555 35 35», тел. «phone:123-45-67»
Seoul «phone:02-123-4567», «phone:010-1234-5678», «phone:+82 10-1234-5678». Varsovie «phone:+48 22 123 45 67», «phone:22 123 45 67», tel. «phone:601 234 567»
Stockholm «phone:+46 8 123 456 78», «phone:08-123 456 78», «phone:070-123 45 67». Oslo «phone:+47 22 12 34 56», Tlf: «phone:22 12 34 56». København «phone:+45 12 34 56 78».
Helsinki «phone:+358 40 1234567», «phone:040 123 4567». Lisboa «phone:+351 21 123 4567», tel: «phone:21 123 4567». Αθήνα «phone:+30 210 1234567», Dublin «phone:+353 1 234 5678», «phone:(01) 234 5678»
Praha «phone:+420 601 234 567»; Budapest «phone:+36 1 234 5678», «phone:06 1 234 5678»; București «phone:+40 21 123 4567», «phone:0721 234 567»; Kyiv «phone:+380 44 123 4567»; İstanbul «phone:+90 212 123 45 67», «phone:0532 123 45 67»
Tel Aviv «phone:+972 54-123-4567», «phone:054-1234567»; Dubai «phone:+971 4 123 4567»; Cairo «phone:+20 2 12345678»; Lagos «phone:+234 803 123 4567», «phone:0803 123 4567»; Nairobi «phone:+254 712 345678»; Cape Town «phone:+27 21 123 4567», «phone:021 123 4567»
México «phone:+52 55 1234 5678», «phone:(55) 1234 5678»; Buenos Aires «phone:+54 9 11 1234-5678», «phone:+54 11 1234-5678»; Bogotá «phone:+57 301 2345678»; Santiago «phone:+56 2 1234 5678»; Lima «phone:+51 1 2345678»
Singapore «phone:+65 6123 4567», phone «phone:6123 4567»; Hong Kong «phone:+852 2123 4567»; Manila «phone:+63 917 123 4567», «phone:0917 123 4567»; Jakarta «phone:+62 812-3456-7890», «phone:0812-3456-7890»; Bangkok «phone:+66 2 123 4567», «phone:02-123-4567»; Hanoi «phone:+84 24 1234 5678»; Karachi «phone:+92 300 1234567», «phone:0300-1234567»
Phone: «phone:5551234567». Fax «phone:555-1234». Call us at «phone:555 1234» today. WhatsApp: «phone:5511912345678» Tel.: «phone:030 123456 ext. 12», tel:«phone:+15551234567»
Office «phone:(555) 123-4567 x89», mobile «phone:(555) 987-6543»/«phone:(555) 987-6544», Tel: «phone:+1 555 123 4567», «phone:+1 555 123 4568»
T «phone:+44 20 7946 0958» | M «phone:+44 7700 900 456» | «email:k@example.org»
My number is «phone:+1 (555) 123 4567» and the code is 4521. «phone:+1‑555‑123‑4567»
Server «ip:93.184.216.34» answered; ping «ip:8.8.8.8», dns «ip:1.1.1.1». http://«ip:52.10.20.30»:8080/path, «ip:185.199.108.153»:443.
[12/Mar/2021:10:00:00] client «ip:66.249.66.1», from «ip:203.119.1.1» - - "GET / HTTP/1.1" 200
«ip:2606:4700:4700::1111» and «ip:2a00:1450:4001:81b::200e», [«ip:2001:4860:4860::8888»]:443, «ip:2a03:2880:f12f:83:face:b00c:0:25de»/64
Not: 10.1.2.3, 192.168.0.1, 127.0.0.1, 172.16.9.8, 169.254.1.1, 192.0.2.44, 198.51.100.7, 203.0.113.9, 224.0.0.1, 255.255.255.0, 0.0.0.0, 100.64.1.1, ::1, fe80::1, 2001:db8::1, fd00::12
Version 1.2.3.4, v4.5.6.7, foo-1.2.3.4.tar.gz, Section 3.2.1.4, see 2.3.1.1 Overview, Chrome/91.0.4472.124, build 10.0.19041.1, release 210.120.33.12, 1.3.6.1.4.1.311, 256.100.100.100
MAC 00:1A:2B:3C:4D:5E, time 20:15:30, 2024:05:06, std::vector::size, 3ffe-xx, 12:34:56:78
IBAN «iban:DE89 3704 0044 0532 0130 00», «iban:GB29NWBK60161331926819», «iban:FR14 2004 1010 0505 0001 3M02 606», «iban:NL91 ABNA 0417 1643 00».
«iban:CH93 0076 2011 6238 5295 7»; «iban:ES9121000418450200051332»; «iban:IT60X0542811101000000123456»; «iban:BE68 5390 0754 7034»; «iban:AT611904300234573201»; «iban:PL61 1090 1014 0000 0712 1981 2874»; «iban:NO93 8601 1117 947»; «iban:MT84MALT011000012345MTLCAST001S»
«iban:SE45 5000 0000 0583 9825 7466», «iban:DK50 0040 0440 1162 43», «iban:FI21 1234 5600 0007 85», «iban:PT50000201231234567890154», «iban:SA03 8000 0000 6080 1016 7519», «iban:AE07-0331-2345-6789-0123-456», «iban:TR33 0006 1005 1978 6457 8413 26», «iban:BR18 0036 0305 0000 1000 9795 493C 1»
Not: DE89 3704 0044 0532 0130 01, GB29NWBK60161331926810, DE12345, AB12 3456 7890 1234, XY89370400440532013000
Card «card:4111 1111 1111 1111», «card:4111111111111111», «card:5555-5555-5555-4444», «card:378282246310005», «card:3782 822463 10005», «card:6011 1111 1111 1117», «card:3056 930902 5904», «card:3530111333300000», «card:2223 0031 2200 3222», «card:6200000000000005», exp 12/27
Visa «card:4012888888881881» (cvv 123); cc#«card:4222222222222», MC «card:5105105105105100». «card:4000056655665556» «card:5200828282828210» «card:371449635398431» «card:30569309025904» «card:36227206271667»
Not: 4111 1111 1111 1112, 1234 5678 9012 3456, 1234567890123456, 5555555555554445, 4006381333931, 978-3-16-148410-0, 9783161484100, IMEI 352099001761481, 0.4111111111111111, id 8111111111111111
AWS «secret:AKIAIOSFODNN7EXAMPLE» and aws_secret_access_key = «secret:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY»
GitHub «secret:ghp_16C7e42F292c6912E7710c838347Ae178B4a», «secret:github_pat_11ABCDEFG0abcdefghijkl_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456», "«secret:gho_16C7e42F292c6912E7710c838347Ae178B4a»"
Slack «secret:xoxb-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx», https://«secret:hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX»
key=«secret:AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY» "«secret:sk_live_4eC39HqLyjWDarjtT1zdp7dc»", «secret:rk_test_4eC39HqLyjWDarjtT1zdp7dc»
OPENAI_API_KEY=«secret:sk-abcdEFGH1234ijklMNOP5678qrstUVWX9012yzABcd34EFgh», «secret:sk-proj-Ab1_cd2-Ef3gh4Ij5kl6Mn7op8Qr9st0Uv1wx2Yz3», «secret:sk-ant-api03-aB3dEfGhIjKlMnOpQrStUvWxYz0123456789-AA»
Authorization: Bearer «secret:eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U»
«secret:hf_AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEfGh», «secret:npm_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789», «secret: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», «secret:glpat-AbCdEfGhIjKlMnOpQrSt», «secret:123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0»
-----BEGIN CERTIFICATE----- MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA -----END CERTIFICATE-----
postgres://«secret:admin:s3cr3tPa55»@db.example.com:5432/app and api_key: "«secret:8f14e45fceea167a5a36dedd4bea2543»", client_secret='«secret:aB3dEfGhIjKlMnOpQrStUv»'
sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08, md5 d41d8cd98f00b204e9800998ecf8427e, commit 16C7e42F292c6912E7710c838347Ae178B4a1234
uuid 550e8400-e29b-41d4-a716-446655440000, sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==, class sk-fading-circle-animation, risk-assessment-framework-2021, AKIA-Kommune, xoxo-love
2024-01-15, 15.01.2024, 01/15/2024, 01-15-2024, 15-01-2024 10:30, 2019-2023, 10:15:30, 1998–2004, 12.05.1987 08:15, 01.02.2003 04:05:06, 20240115T103000Z
ISBN 978-0-306-40615-7, ISBN 0-306-40615-2, ISBN-10: 0306406152, ISSN 0317-8471, EAN 4006381333931, 978 3 16 148410 0
40.7128, -74.0060; 52.520008, 13.404954; 48°51'24"N; +52.520008, +13.404954; 37.7749° N, 122.4194° W; lat 51.5074 lon -0.1278
$1,234,567.89, 1 234 567, 3.14159265358979, 123456789, 1,000,000,000, 12 345 678 EUR, 0.123456789, 6.02214076e23, 00123456, 15 000 000
Part no. 415-555-2671, SKU-415-555-2671, order #555-123-4567, invoice 0412-345-678, serial 020-1234567, ticket 555-123-4567, model 030-123456-789
Nature 45 (12), 1345-1678; J. Phys. (1998) 123-4567; pp. 1234-5678; 45 (12) 1345-1678; vol. 12, 123-130; §123-456; doi:10.1000/182.555.1234
SSN 078-05-1120, ZIP 02134-1000, EIN 12-3456789, 1-2-3, 0-0-1-0, 3-2-1, 100-200-300, 2 3 4 5 6 7 8 9, 01 02 03 04 05 06 07, 12-34-56
PMID: 12345678, arXiv:2101.12345, RFC 2616, CVE-2021-44228, ISO 8601:2004, DIN 476-2, 19/12/2021 1900 1230, bus 020 1234
1990 1991 1992 1993 1994, 2010/2011, 1.234.567, 12.345.678,90, 1'234'567, 4:3, 16:9, 1920x1080, 100 000 000, GPL-2.0, 07 08 2019
`
  .trim()
  .split('\n')
  .map(labelled)

const KEY = 'MIIEpAIBAAKCAQEA7bq4J8Xc0m2Zr1Lk9sPpQ0v3H5nYt6WdUeRfGgTzXxCvBnM1\n'.repeat(3)

/** A small deterministic generator of numbers (mulberry32): the set is the same everywhere. */
function numbersFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** `#` is a digit, `N` one of 2 to 9, `[ab]` one of them; the rest stands for itself. */
type Pattern = string

const PHONES: readonly Pattern[] = (
  '(N##) N##-####|N##-N##-####|N##.N##.####|+1 N## N## ####|+1-N##-N##-####|1-N##-N##-####|+1 (N##) N##-####|+1N##N######|' +
  '+44 20 #### ####|+44 7### ######|020 7### ####|07### ######|0[12]### ######|+44 (0)1N## ### ###|+49 30 #######|+49 (0)N## ######|' +
  '0N#/#######|0[1]N# #######|+33 [1-6] ## ## ## ##|0[1-6].8#.##.##.##|0[1-7] 9# ## ## ##|+34 6## ### ###|6## ## ## ##|' +
  '+39 3## #######|3## #######|0N# ### ####|+31 6 ########|06-########|+61 4## ### ###|04## ### ###|(0[2378]) #### ####|' +
  '+91 9#### #####|9#### #####|+81 90-####-####|0[789]0-####-####|+86 13# #### ####|13# #### ####|+55 [1-9][1-9] 9####-####|([1-9][1-9]) 9####-####|' +
  '+7 9## ###-##-##|8 (N##) ###-##-##|+82 10-####-####|+48 ### ### ###|+46 70-### ## ##|+47 9## ## ###|+45 ## ## ## ##|+41 79 ### ## ##|' +
  '+43 664 #######|+32 4## ## ## ##|+358 4# ### ####|+351 9## ### ###|+353 8# ### ####|+420 6## ### ###|+36 20 ### ####|+380 67 ### ####|+90 5## ### ## ##|' +
  '+972 5#-###-####|+971 5# ### ####|+234 80# ### ####|+254 7## ######|+27 8# ### ####|+52 55 #### ####|+54 11 ####-####|+65 8### ####|+63 9## ### ####|+62 812-####-####|+66 8# ### ####'
).split('|')

const LOOK_ALIKES: readonly Pattern[] = (
  '[12]#.#.#.#|v#.##.#|20[12]#-0[1-9]-1#|1#/0[1-9]/20[12]#|1#.0[1-9].19##|1#:[345]#:[12]#|ISBN 978-#-##-######-#|#,###,###|###,###.##|# ### ###|' +
  'order ###-#######-#######|[abcdef]#[abcdef]##[abcdef]####[abcdef]###|#.#########|-##.######, 1##.######|[A-F]##-####-##|RFC ####|CVE-20##-####|pp. ###-###|' +
  '19##-20##|part ##-####-##|#########|S/N [A-Z]#######|tracking 1Z###[A-Z]##########|PMID ########|#e-##|##%|#:##:##|1#######-####-4###-8###-############|[A-Z][A-Z]####|' +
  '$#,###,###.##|€ ###.###,##|## ### ###|(19##) ##-###|Vol. ## (#), ###-###|192.168.#.##|10.##.#.#|0x########|#########.##|ID: ##########|[A-Z]#-##-###|lat 4#.#####|invoice #######'
).split('|')

const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789'.split('')

const WORDS =
  'the report was sent to every office before noon and nobody answered so we wrote again after a week with more detail'.split(
    ' ',
  )

/** 600 sentences with one or two things each, half of them look-alikes. */
function generated(): Labelled[] {
  const random = numbersFrom(20_240_601)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  const digit = (): string => String(Math.floor(random() * 10))
  const filled = (pattern: Pattern): string =>
    pattern
      .replace(/\[([^\]]+)\]/g, (_, set: string) => pick(expanded(set)))
      .replace(/N/g, () => String(2 + Math.floor(random() * 8)))
      .replace(/#/g, digit)
  const token = (length: number): string => Array.from({ length }, () => pick(LETTERS)).join('')
  const makers: Record<Kind, () => string> = {
    email: () =>
      `${pick(['jane', 'k.miller', 'info', 'sales+eu', 'a_b', 'x-y', 'li.wei99'])}@${pick(['example', 'mail.acme', 'uni-bonn', 'x1'])}.${pick(['com', 'org', 'co.uk', 'de', 'io', 'museum', 'ac.jp'])}`,
    phone: () => filled(pick(PHONES)),
    ip: () =>
      random() < 0.7
        ? `${pick([23, 34, 52, 81, 93, 104, 151, 185, 194, 216])}.${Math.floor(random() * 256)}.${60 + Math.floor(random() * 196)}.${1 + Math.floor(random() * 254)}`
        : `2a0${digit()}:${digit()}b${digit()}${digit()}:${digit()}f::${digit()}e${digit()}`,
    iban: () =>
      iban(
        pick([
          'DE##################',
          'AT################',
          'CH#################',
          'BE############',
          'NO###########',
          'FI##############',
        ]),
        filled,
      ),
    card: () =>
      card(pick(['4###-####-####-###', '51## #### #### ###', '6011###########', '4##############']), filled),
    secret: () =>
      pick([
        () => `AKIA${token(16).toUpperCase()}`,
        () => `ghp_${token(36)}`,
        () => `AIza${token(35)}`,
        () => `sk_live_${token(24)}`,
        () => `xoxb-${filled('############')}-${token(24)}`,
      ])(),
  }
  return Array.from({ length: 1200 }, (_, index) => {
    const words = (): string =>
      Array.from({ length: 2 + Math.floor(random() * 6) }, () => pick(WORDS)).join(' ')
    const kind = pick(KINDS)
    const thing = index % 2 === 0 ? `«${kind}:${makers[kind]()}»` : filled(pick(LOOK_ALIKES))
    return labelled(
      `${words()}${pick([' ', ': ', ' ('])}${thing}${pick([' ', '. ', ', ', ') ', '; '])}${words()}.`,
    )
  })
}

/** `1-6` → 1 … 6, `A-F` → A … F, else each character. */
function expanded(set: string): string[] {
  const [, first, last] = /^(.)-(.)$/.exec(set) ?? []
  if (first === undefined || last === undefined) return set.split('')
  const from = first.charCodeAt(0)
  return Array.from({ length: last.charCodeAt(0) - from + 1 }, (_, at) => String.fromCharCode(from + at))
}

/** Country and account number with its check digits, in groups of four. */
function iban(pattern: Pattern, filled: (pattern: Pattern) => string): string {
  const country = pattern.slice(0, 2)
  const account = filled(pattern.slice(2))
  const number = `${account}${country}00`
    .split('')
    .map((sign) => Number.parseInt(sign, 36))
    .join('')
  const check = String(98 - Number(BigInt(number) % 97n)).padStart(2, '0')
  return `${country}${check}${account}`.replace(/(.{4})(?=.)/g, '$1 ')
}

/** A number with its Luhn digit. */
function card(pattern: Pattern, filled: (pattern: Pattern) => string): string {
  const number = filled(pattern)
  for (let last = 0; last < 10; last++) {
    const digits = `${number}${last}`.replace(/\D/g, '').split('').map(Number).toReversed()
    const sum = digits.reduce((total, digit, at) => {
      const doubled = at % 2 === 1 ? digit * 2 : digit
      return total + (doubled > 9 ? doubled - 9 : doubled)
    }, 0)
    if (sum % 10 === 0) return `${number}${last}`
  }
  throw new Error('unreachable')
}

export const PII_TEXTS: readonly Labelled[] = [
  ...HAND_WRITTEN,
  labelled(`Here:\n«secret:-----BEGIN RSA PRIVATE KEY-----\n${KEY}-----END RSA PRIVATE KEY-----»\nand more`),
  labelled(`«secret:-----BEGIN OPENSSH PRIVATE KEY-----\n${KEY}-----END OPENSSH PRIVATE KEY-----»`),
  labelled(
    `key: «secret:-----BEGIN PRIVATE KEY-----\\n${KEY.replaceAll('\n', '\\n')}-----END PRIVATE KEY-----\\n»`,
  ),
  labelled('Look for -----BEGIN PRIVATE KEY----- in your files.'),
  ...generated(),
]
