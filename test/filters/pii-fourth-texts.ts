import { type Labelled, labelled } from './pii-texts.ts'

/**
 * A fourth labelled set, from another angle than the first three: national numbers as forty countries print them, behind
 * their own words; IBANs of all lengths and cards of all networks with checksums worked out here; keys of many issuers drawn
 * by their documented formats; private keys whole, cut and escaped; headers of mails, signatures and changelogs; and look-alikes
 * drawn in the same way. Marks as in pii-texts.ts. Numbers come from a fixed sequence, so that the set is the same each time.
 * The rules of that day found 558 of its first 563, and four wrong: Discord's webhooks, two words for a phone, `upgraded from
 * 1.2.3.4`, digits of pi, a number of inhabitants. The lines with `....adam@` and `KEY:DOMAIN` are made after such in
 * real files.
 */
let seed = 20260207
/** A number in [0, below): a linear congruential sequence (Numerical Recipes). */
function draw(below: number): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return Math.floor((seed / 2 ** 32) * below)
}
const any = (signs: string, length: number): string =>
  Array.from({ length }, () => signs[draw(signs.length)]).join('')
const pick = <T>(values: readonly T[]): T => values[draw(values.length)]!

const DIGITS = '0123456789'
const HEX = '0123456789abcdef'
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const WORD = `${UPPER}${UPPER.toLowerCase()}${DIGITS}`
const URL_SAFE = `${WORD}_-`

/** `#` is any digit. */
const filled = (shape: string): string => shape.replaceAll('#', () => any('23456789', 1))

/** What stands before a number in its country, and how it is printed there; then with the calling code. */
const NATIONAL = String.raw`
Τηλ.: |210 ### ####|+30 210 ### ####
Telefon: |06 1 ### ####|+36 1 ### ####
Tel.: |224 ### ###|+420 224 ### ###
Tel: |02/#### ####|+421 2 #### ####
Tel. |021 ### ####|+40 21 ### ####
Тел.: |02 98# ####|+359 2 98# ####
Tel: |01 #### ###|+385 1 #### ###
Telefon: |011/###-####|+381 11 ###-####
tel. |01 ### ## ##|+386 1 ### ## ##
Тел. |(044) ###-##-##|+380 44 ###-##-##
тел. |8 (017) ###-##-##|+375 17 ###-##-##
Telefon: |0212 ### ## ##|+90 212 ### ## ##
טלפון: |03-###-####|+972 3-###-####
هاتف: |02 #### ####|+20 2 #### ####
Phone: |021 ### ####|+27 21 ### ####
Call |0803 ### ####|+234 803 ### ####
Tel: |020 ### ####|+254 20 ### ####
Teléfono: |55 #### ####|+52 55 #### ####
Tel: |601 ### ####|+57 601 ### ####
Teléfono |011 4###-####|+54 11 4###-####
Fono: |2 2### ####|+56 2 2### ####
Telf. |(01) ###-####|+51 1 ### ####
Telp. |(021) ####-####|+62 21 #### ####
Tel: |03-#### ####|+60 3-#### ####
โทร. |02-###-####|+66 2 ### ####
Điện thoại: |024 3### ####|+84 24 3### ####
Tel: |(02) 8### ####|+63 2 8### ####
Phone |042-########|+92 42 ########
Sími: |581 ####|+354 581 ####
Phone: |01 ### ####|+353 1 ### ####
Telefone: |21 ### ####|+351 21 ### ####
puh. |09 ### ####|+358 9 ### ####
Tlf. |33 ## ## ##|+45 33 ## ## ##
Telefon |22 ## ## ##|+47 22 ## ## ##
Tel. |044 ### ## ##|+41 44 ### ## ##
Tel.: |01/512 ## ##|+43 1 512 ## ##
Tél. |26 ## ## ##|+352 26 ## ## ##
Tél. : |02/###.##.##|+32 2 ### ## ##
電話：|(02) 2###-####|+886 2 2###-####
電話: |2### ####|+852 2### ####
Tel: |6### ####|+65 6### ####
Phone |09-### ####|+64 9 ### ####
電話番号 |06-####-####|+81 6-####-####
전화: |031-###-####|+82 31-###-####
电话：|0755-########|+86 755 ########
Ph: |080 #### ####|+91 80 #### ####
Telefoonnummer: |010-### ####|+31 10 ### ####
Rufnummer: |0221 ######|+49 221 ######
`
const phones = NATIONAL.trim()
  .split('\n')
  .flatMap((line) => {
    const [cue = '', national = '', international = ''] = line.split('|')
    const abroad = filled(international)
    return [
      `${cue}«phone:${filled(national)}»`,
      pick([
        `Reach us on «phone:${abroad}» from abroad.`,
        `«phone:${abroad}»`,
        `| Office | «phone:${abroad}» |`,
        `Ann Lee, «phone:${abroad}», room 12`,
      ]),
      `<a href="tel:«phone:${abroad.replaceAll(/[^+\d]/g, '')}»">`,
    ]
  })

/** Countries, lengths of their IBANs and what begins their account: letters where the registry has such. */
const IBANS =
  'AD24:0001 AL28 AT20 BE16 BG22:BNBG BH22:BMAG CH21 CR22:0 CY28 CZ24 DE22 DK18 DO28:BAGR EE20 ES24 FI18 FR27 GB22:NWBK GE22:NB ' +
  'GI23:NWBK GR27 HR21 HU28 IE22:AIBK IL23 IS26 IT27:X KW30:CBKU KZ20 LB28 LI21 LT20 LU20 LV21:BANK MC27 MD24:AG ME22 MK19 MT31:MALT ' +
  'MU30:BOMM NL18:ABNA NO15 PK24:SCBL PL28 PT25 QA29:DOHB RO24:AAAA RS22 SA24 SE24 SI19 SK24 SM27:U TN24 TR26 UA29 VG24:VPVG XK20'
function iban(entry: string): string {
  const [country = '', bank = ''] = entry.split(':')
  const account = bank + any(DIGITS, Number(country.slice(2)) - 4 - bank.length)
  const number = `${account}${country.slice(0, 2)}00`.replaceAll(/[A-Z]/g, (letter) =>
    String(letter.charCodeAt(0) - 55),
  )
  return `${country.slice(0, 2)}${String(98n - (BigInt(number) % 97n)).padStart(2, '0')}${account}`
}
const grouped = (value: string, separator: string): string =>
  value.replaceAll(/(.{4})(?=.)/g, `$1${separator}`)
const ibans = IBANS.split(' ').flatMap((entry) => [
  `Bank details: «iban:${iban(entry)}».`,
  `IBAN «iban:${grouped(iban(entry), ' ')}» BIC ABCDEF2A`,
  pick([
    `iban=«iban:${iban(entry).toLowerCase()}»`,
    `«iban:${grouped(iban(entry), '-')}»`,
    `«iban:${grouped(iban(entry), '\u{a0}')}»`,
    `(«iban:${grouped(iban(entry), ' ')}»)`,
  ]),
])

/** Prefixes and lengths: Visa, Mastercard, American Express, Discover, Diners, JCB, UnionPay, Maestro, Mir, RuPay. */
const CARDS =
  '4:16 4:16 4:19 51:16 55:16 2221:16 2720:16 34:15 37:15 6011:16 644:16 65:16 36:14 38:14 3528:16 3589:16 62:16 62:19 6759:16 2200:16'
function card(entry: string): string {
  const [prefix = '', length = ''] = entry.split(':')
  const digits = prefix + any(DIGITS, Number(length) - prefix.length - 1)
  const sum = Array.from(digits)
    .toReversed()
    .reduce((total, digit, at) => {
      const doubled = at % 2 === 0 ? Number(digit) * 2 : Number(digit)
      return total + (doubled > 9 ? doubled - 9 : doubled)
    }, 0)
  return digits + String((10 - (sum % 10)) % 10)
}
function printed(value: string, separator: string): string {
  const isShort = value.length < 16
  return isShort
    ? [value.slice(0, 4), value.slice(4, 10), value.slice(10)].join(separator)
    : grouped(value, separator)
}
const cards = CARDS.split(' ').flatMap((entry) => [
  `Charged to «card:${card(entry)}», thank you.`,
  `«card:${printed(card(entry), ' ')}» exp. 09/28 CVV 123`,
  `{"pan": "«card:${printed(card(entry), '-')}»"}`,
  `Kartennummer: «card:${printed(card(entry), pick([' ', '\u{a0}']))}»`,
])

/** Issuers' documented formats. */
const KEYS: readonly (() => string)[] = [
  () => `AKIA${any(`${UPPER}234567`, 16)}`,
  () => `ghp_${any(WORD, 36)}`,
  () => `ghu_${any(WORD, 36)}`,
  () => `github_pat_${any(WORD, 22)}_${any(WORD, 59)}`,
  () => `glpat-${any(URL_SAFE, 20)}`,
  () => `AIza${any(URL_SAFE, 35)}`,
  () => `GOCSPX-${any(URL_SAFE, 28)}`,
  () => `sk_live_${any(WORD, 24)}`,
  () => `rk_test_${any(WORD, 99)}`,
  () => `whsec_${any(WORD, 32)}`,
  () => `sk-proj-${any(URL_SAFE, 48)}T3BlbkFJ${any(URL_SAFE, 48)}`,
  () => `sk-${any(WORD, 20)}T3BlbkFJ${any(WORD, 20)}`,
  () => `sk-ant-api03-${any(URL_SAFE, 93)}AA`,
  () => `xoxb-${any(DIGITS, 12)}-${any(DIGITS, 12)}-${any(WORD, 24)}`,
  () => `xoxp-${any(DIGITS, 12)}-${any(DIGITS, 12)}-${any(DIGITS, 12)}-${any(HEX, 32)}`,
  () =>
    `https://hooks.slack.com/services/T${any(UPPER + DIGITS, 8)}/B${any(UPPER + DIGITS, 10)}/${any(WORD, 24)}`,
  () => `https://discord.com/api/webhooks/${any('123456789', 18)}/${any(URL_SAFE, 68)}`,
  () => `SG.${any(URL_SAFE, 22)}.${any(URL_SAFE, 43)}`,
  () => `SK${any(HEX, 32)}`,
  () => `npm_${any(WORD, 36)}`,
  () => `pypi-AgEIcHlwaS5vcmc${any(URL_SAFE, 150)}`,
  () => `hf_${any(WORD.slice(0, 52), 34)}`,
  () => `dop_v1_${any(HEX, 64)}`,
  () => `shpat_${any(HEX, 32)}`,
  () => `dapi${any(HEX, 32)}`,
  () => `hvs.${any(URL_SAFE, 95)}`,
  () => `NRAK-${any(UPPER + DIGITS, 27)}`,
  () => `PMAK-${any(HEX, 24)}-${any(HEX, 34)}`,
  () => `lin_api_${any(WORD, 40)}`,
  () => `eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ${any(URL_SAFE, 60)}.${any(URL_SAFE, 43)}`,
  () => `EAACEdEose0cBA${any(WORD, 120)}`,
  () => `${any('123456789', 10)}:AA${any(URL_SAFE, 33)}`,
  () => `glsa_${any(WORD, 32)}_${any(HEX, 8)}`,
  () => `figd_${any(URL_SAFE, 40)}`,
  () => `dckr_pat_${any(URL_SAFE, 27)}`,
  () => `sq0atp-${any(URL_SAFE, 22)}`,
  () => `key-${any(HEX, 32)}`,
  () => `AccountKey=${any(`${WORD}+/`, 86)}==`,
  () => `gsk_${any(WORD, 52)}`,
  () => `r8_${any(WORD, 37)}`,
]
const keys = KEYS.flatMap((key) => [
  `Set it up with «secret:${key()}» first.`,
  `export TOKEN="«secret:${key()}»"`,
  pick([`- key: «secret:${key()}»`, `curl -H 'X-Key: «secret:${key()}»' host`, `«secret:${key()}»`]),
])

const body = (lines: number): string[] => Array.from({ length: lines }, () => any(`${WORD}+/`, 64))
const pem = ['RSA ', 'EC ', '', 'OPENSSH ', 'DSA ', 'ENCRYPTED '].flatMap((kind) => {
  const [begin, end] = [`-----BEGIN ${kind}PRIVATE KEY-----`, `-----END ${kind}PRIVATE KEY-----`]
  return [
    `Do not share:\n«secret:${[begin, ...body(4), end].join('\n')}»\nThank you.`,
    `{"private_key": "«secret:${[begin, ...body(3), end].join('\\n')}»\\n", "id": 1}`,
    `It began so:\n«secret:${[begin, ...body(2)].join('\n')}»`,
    `    «secret:${[begin, ...body(2), end].join('\n    ')}»\n`,
    `key = '«secret:${[begin, ...body(2), end].join('')}»'`,
  ]
})

const OTHERS = String.raw`
From: Ann Example <«email:ann@mail.example.org»>  Date: Tue, 14 May 2024 09:12:44 +0200
Message-ID: <20240514071244.GA12345@kernel>
-- Jane Roe <«email:jroe@debian.example.org»>  Fri, 03 Mar 2023 11:02:10 +0100
Maintainer: Team <«email:pkg-team@lists.example.net»>, Uploaders: Max M. <«email:max@example.at»>, Li <«email:li@example.com.cn»>
Signed-off-by: T. Hacker <«email:t.hacker+kernel@gmail.example.com»>
* Fixed by Bob (bob at example.net), closes #123456, LP: #1234567 CVE-2023-12345
2019-11-03  Someone  <«email:some.one@gnu.example.org»>
and so on....«email:adam@example.com».....<https://www.example.com/>
MAILER_DSN=mailgun+https://KEY:DOMAIN@default, gmail+smtp://USERNAME:APP-PASSWORD@default, s3://ACCESS_KEY:SECRET_KEY@host
AUTHORS: «email:a.b-c_d@x-y.example.edu», «email:1234@example.qq.com»; ‹«email:k@example.рф»›
Received: from mail.example.org ([«ip:93.184.215.14»]) by mx (8.14.4/8.14.4) with ESMTP id r0ABCDEF012345
X-Originating-IP: [«ip:203.0.112.77»]; 10.0.0.1, 172.16.4.5, 192.168.178.20, 100.64.3.2, 198.51.100.7, 203.0.113.9
May  4 11:22:33 host sshd[4242]: Failed password for root from «ip:61.177.172.140» port 52113 ssh2
«ip:66.249.66.1» - - [10/Oct/2023:13:55:36 +0000] "GET /a HTTP/1.1" 200 2326
AAAA «ip:2a00:1450:4001:81b::200e»; ::1, fe80::1, fd12:3456:789a::1, 2001:db8::ff00:42:8329
Upgraded from 1.2.3.4 to 1.2.4.0; libfoo2 (2.4.11.1-3), Python 3.11.4, gcc 12.2.0-14, kernel 6.1.0.13.76, build 10.0.19045.3448
Firefox/118.0, AppleWebKit/537.36, Chrome/118.0.0.0 Safari/537.36, Edg/118.0.2088.46
1.3.6.1.4.1.311.21.20, OID 2.5.29.17, section 3.2.1.4, clause 252.227-7013 (c) (1)
Fingerprint 4A:BB:45:5F:12:9C:DE:00:11:22:33:44:55:66:77:88:99:AA:BB:CC
key 1024D/5B0358A2 1999-03-15 [expires: 2009-07-11]; Key fingerprint = 0D96 9F21 4F56 1D5B 5E2C  3A7B 5B03 58A2 0102 0304
#1a2b3c, #FF8800, rgb(120 130 140), hsl(210 50% 40%), 0xDEADBEEF, 0b1010, U+00E9, \u00e9, &#233;
Amazon order 302-1234567-1234567, eBay 12-34567-89012, FedEx 6129 9999 1234, UPS 1Z12345E0205271688, DHL JD014600006281234567
Rechnung Nr. 2023-004711 vom 12.03.2023, Kundennummer 4711 0815 12, Steuernummer 12/345/67890, USt-ID DE123456789
SIRET 732 829 320 00074, SIREN 732 829 320, NIP 123-456-32-18, CNPJ 11.222.333/0001-81, CPF 111.444.777-35
ISBN 3-16-148410-X, ISBN 978 0 306 40615 7, ISSN 0317-8471, ISMN 979-0-2600-0043-8, EAN 5901234123457, DOI 10.1109/5.771073
LCCN 2003-56789; OCLC 123456789; PMID: 12345678; zbMATH 0612.35001; MR 1234567; arXiv:math/0211159
48.8583701, 2.2944813; 35°41'22.4"N 139°41'30.1"E; geo:37.786971,-122.399677; POINT(13.404954 52.520008); bbox 5.87,47.27,15.04,55.06
1000000000, 4294967295, 2147483647, 18446744073709551615, 3735928559, 65536, 1_000_000, 123.456.789, 0.000123456789
2023-10-05T14:48:00.000Z, 20231005144800, 05/10/23 14:48, 1696517280, 14:48:00.123456, 2023W401, Q4/2023, 1939-1945
id=550e8400e29b41d4a716446655440000, {6F9619FF-8B86-D011-B42D-00CF4FC964FF}, urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6
4111 1111 1111 1113, 5500-0000-0000-0005, 3782 822463 10006, 1234-5678-9012-3456, 0000000000000000
GB30 NWBK 6016 1331 9268 19, NL92ABNA0417164300, FR7630006000011234567890188, BE69 5390 0754 7034
sk-learn, sk-button-primary-large-outlined, AKIAIOSFODNN7, ghp_short, xoxb-token, hf_model_name, npm_config_registry, key-value-store
api_key: "<your key here>", password=hunter, token=null, secret_key = os.environ["SECRET_KEY"], AIza...
-----BEGIN PUBLIC KEY-----, -----BEGIN CERTIFICATE-----, "BEGIN RSA PRIVATE KEY" stands at its head
user@host:/path$ git clone ssh://git@host/repo, root@server1, @media (min-width: 768px), me@home, foo@1.2.3, x@2x
3 4 5 6 7 8 9 10, 100 200 300 400, 1-2-3-4-5, 12-34-56, 001-002-003, 1/2/3/4, 7 + 8 = 15, 1,2,3,4,5,6,7
f(x) = 3.14159 26535 89793 23846; e = 2.71828 18284 59045; 1 000 000 000 m, 299 792 458 m/s, 6 378 137 m, 149 597 870 700 m
Genesis 1:1-2:3; Matthew 5:3-12; Ps 119:105; Op. 27 No. 2; BWV 1046-1051; K. 331; Hob. XVI:52; RV 269
Route 66, A4, 747-400, MD-80, R2-D2, C-3PO, 90210, 1600 Pennsylvania Ave, Suite 1200, PO Box 123456, SW1A 2AA, 75116 Paris
The score was 3:2 (25-18, 22-25, 25-20, 19-25, 15-12); 2:31.45 min; 110 m in 12.80; 1 500 m in 3:26.00; 8 848.86 m
Einwohner: 3 755 251 (2022), 892 km2; ca. 83 200 000; 1 234 567 890; 12'345'678; 1.234.567; 12,34,567
0.1.2.3 4.5.6 7.8.9, v0.0.0-20190308221718-c2843e01d9a2, sha1-abc, h1:K/MlPr8eRsuEzNLwOuxGzVvXoWnZ8eTQwDlcV9z9rOs=
`

export const FOURTH_PII_TEXTS: readonly Labelled[] = [
  ...phones,
  ...ibans,
  ...cards,
  ...keys,
  ...pem,
  ...OTHERS.trim().split('\n'),
].map(labelled)
