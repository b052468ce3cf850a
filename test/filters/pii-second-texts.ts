import { type Labelled, labelled } from './pii-texts.ts'

/**
 * A second labelled set, written after the rules and not used to make them: other countries, other contexts, code and logs,
 * and numbers that look alike. Marks as in pii-texts.ts. Numbers are invented, with valid checksums.
 * The rules of that day found 116 of the 118 with valid numbers, and nothing else; one rule of IPv4 addresses was mended since.
 */
export const SECOND_PII_TEXTS: readonly Labelled[] = String.raw`
From: Ada Example <«email:ada.example@mail.example.net»>; Cc: «email:ops-team@corp.example.com», «email:no-reply@shop.example»
For support, e-mail «email:help.desk_2@it.example.edu» or ring «phone:+1 (202) 555-0143» between 9 and 5.
Contact «email:m.rossi@posta.example.it» (Sig. Rossi), «email:k_yamada@mail.example.co.jp», «email:p-müller@firma.example.at».
{"user": "jdoe", "email": "«email:jdoe+test@example.com»", "phone": "«phone:+442079460321»", "ip": "«ip:81.2.69.142»"}
<a href="mailto:«email:editor@journal.example.org»">Write to the editor</a> or <«email:press@journal.example.org»>
author = "Jo Bloggs <«email:jo@bloggs.example.org»>"  # version 1.4.2
Signed-off-by: Sam Coder <«email:sam@kernel.example.org»>
RSVP: «email:party2024@example.info»! Or text «phone:(917) 555-0188».
Name;Mail;Tel\nMeier;«email:meier@example.ch»;«phone:+41 31 555 12 34»
Our fax is «phone:+1 416 555 0172», our office is at 1200 Main Street, Suite 450.
Reservations: «phone:+1.212.555.0100» | «phone:212-555-0101» | «phone:(212) 555-0102»
Call toll-free «phone:1-888-555-0147» (24/7), or «phone:+1 646-555-0119» after 18:30 on 12 March 2021.
Téléphone : «phone:+33 4 78 55 12 34» ou «phone:04 78 55 12 34», mobile «phone:06 39 98 12 34».
Rufen Sie uns an: «phone:+49 221 5550123» oder «phone:0221 5550123», mobil «phone:0151 55501234».
Telefon: «phone:+43 662 555 123», Fax: «phone:+43 662 555 124».
Bel «phone:+31 10 555 1234» of «phone:010-5551234»; mobiel «phone:06-55512345».
Llame al «phone:+34 932 555 123» o al «phone:+34 655 123 456».
Ligue para «phone:+351 912 555 123» ou «phone:+55 21 95551-2345».
Chiama «phone:+39 02 5551 2345» o «phone:+39 347 555 1234».
Zadzwoń: «phone:+48 601 555 123»; e-mail «email:biuro@firma.example.pl».
Звоните: «phone:+7 812 555-12-34», «phone:8 (812) 555-12-34», почта «email:info@primer.example.ru».
電話：«phone:+81 6-5551-2345»、«phone:06-5551-2345»、携帯 «phone:080-5551-2345»
电话：«phone:+86 21 5555 1234»，手机 «phone:139 5551 2345»
Ring «phone:+353 86 555 1234» or «phone:+64 21 555 123» or «phone:+61 3 5550 1234».
WhatsApp «phone:+234 802 555 1234», «phone:+254 722 555 123», «phone:+27 82 555 1234», «phone:+233 24 555 1234».
«phone:+966 50 555 1234», «phone:+971 50 555 1234», «phone:+20 100 555 1234», «phone:+212 612-555123», «phone:+962 7 9555 1234»
«phone:+358 50 555 1234», «phone:+372 5555 1234», «phone:+371 2555 1234», «phone:+370 612 55512», «phone:+354 555 1234»
«phone:+420 777 555 123», «phone:+421 905 555 123», «phone:+36 30 555 1234», «phone:+40 722 555 123», «phone:+359 88 555 1234»
«phone:+385 91 555 1234», «phone:+386 40 555 123», «phone:+381 64 555 1234», «phone:+30 694 555 1234», «phone:+90 532 555 12 34»
«phone:+52 33 5551 2345», «phone:+54 9 351 555 1234», «phone:+56 9 5551 2345», «phone:+57 300 555 1234», «phone:+51 955 512 345», «phone:+593 99 555 1234»
«phone:+66 81 555 1234», «phone:+60 12-555 1234», «phone:+63 917 555 1234», «phone:+84 90 555 12 34», «phone:+62 811-555-1234», «phone:+880 1711-555123», «phone:+94 77 555 1234», «phone:+977 9841-555123»
Emergency contact: Jane, «phone:555-0199», phone «phone:6135550147».
Blocked «ip:45.33.32.156» after 20 failed logins from port 51234; also «ip:2a02:26f0:fe00:1a2::3f1».
Aug 12 10:15:32 host sshd[2211]: Failed password for root from «ip:218.92.0.107» port 40212 ssh2
«ip:64.233.160.5» - frank [10/Oct/2023:13:55:36 -0700] "GET /a.gif HTTP/1.0" 200 2326
nameserver «ip:9.9.9.9»; nameserver 192.168.178.1; route 10.8.0.0/24 via 10.0.0.1
X-Forwarded-For: «ip:151.101.1.69», 172.20.3.4
Bitte überweisen Sie auf «iban:DE75 5121 0800 1245 1261 99» bis zum 15.08.2023, Rechnung 2023-004512.
IBAN: «iban:FR7630006000011234567890189» BIC: AGRIFRPPXXX
Pay «iban:NL02ABNA0123456789» or «iban:BE71 0961 2345 6769», reference +++090/9337/55493+++
«iban:IE64 IRCE 9205 0112 3456 78», «iban:LU59 0010 0123 4567 8910», «iban:CZ55 0800 0000 0012 3456 7899», «iban:HU93 1160 0006 0000 0000 1234 5676»
Visa «card:4539 1488 0343 6467», expires 09/26; the MasterCard «card:5425-2334-3010-9903» was declined.
amex=«card:374245455400126» discover=«card:6011 0009 9013 9424»
export GITHUB_TOKEN=«secret:ghp_aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV1wX2»
aws configure set aws_access_key_id «secret:AKIAI44QH8DHBEXAMPLE»
STRIPE="«secret:sk_live_51H8xYzAbCdEfGhIjKlMnOpQ»"
slack_token: «secret:xoxp-2345678901-2345678901-2345678901234-a1b2c3d4e5f60718293a4b5c6d7e8f90»
GOOGLE_KEY=«secret:AIzaSyA1b2C3d4E5f6G7h8I9j0KlMnOpQrStUvW»
mysql://«secret:root:hunter2pass»@db.internal.example:3306/shop
Released 2.31.0 on 2023-05-22; 1.26.16 and 3.11.4 are affected, 10.15.7 (19H2026) is not.
pip install numpy==1.24.3 pandas==2.0.1; npm i left-pad@1.3.0 @types/node@20.4.2; go get example.org/x@v0.14.0
Use image registry.example/app@sha256:0b1c2d3e4f5061728394a5b6c7d8e9f00112233445566778899aabbccddeeff0
commit 3f786850e387550fdab836ed7e6dc881de23001b (tag: v4.2.0.1), blob e69de29bb2d1d6434b8b29ae775ad8c2e48c5391
MD5 5d41402abc4b2a76b9719d911017c592, CRC 3610a686, etag "33a64df551425fcc55e4d42a148795d9f25f89d4"
ISBN 978-1-4028-9462-6, 1-4028-9462-7, 9781402894626; ISSN 2049-3630; DOI 10.1038/s41586-020-2649-2; PMCID PMC7759461
Order 112-3141592-6535897 shipped via 1Z999AA10123456784; tracking 9400 1000 0000 0000 0000 00; invoice INV-2021-000123
On 03/04/2019 at 14:05:59 and 2019-03-04T14:05:59+01:00; 4.3.2019, 04-03-19; 1939-1945, 1914–1918, 1990/91
The population was 8,336,817 in 2020, 7 895 563 in 1970; GDP 1 234 567 890 USD; 1.000.000 Euro, CHF 12'345.60
π = 3.141592653589793, e ≈ 2.718281828459045, c = 299 792 458 m/s, 6.674e-11, N = 602214076
59.3293° N, 18.0686° E; (48.85837, 2.29448); geo:37.786971,-122.399677; EPSG:4326; 33 U 390000 5820000
Table 2: 12 15 18 21 24; 0.12 0.15 0.18; 100 200 300 400; 10-20-30; 1-0 2-1 3-3; rows 1-10, 11-20
score 21-19 18-21 21-17; lap 1:23.456, 1:24.001; odds 5/2, 11/4; set 6-4 3-6 7-6
def f(x: int = 1234567) -> int: return x << 3 & 0xFF00FF00  # 0x1F4, 1e10, 1_000_000
for i in range(1000, 2000): a[i] = b[i - 1] + 0.5 * c[i + 1]
color: #a1b2c3; margin: 10px 20px 30px; z-index: 99999; @media (max-width: 1024px); @import url(x.css); @font-face
std::chrono::seconds(5); a::b::c; ::before; fe80::1%eth0; 00:1b:44:11:3a:b7; 12:30:45:678
@param name; @Override; user@host:~$ ls; root@localhost:/; me@192.168.0.5; foo@bar; @john_doe; x@y.z
The 2-door model 206-1.4 from 1998-2006; flight LH 1234, train ICE 1002, room 4-112, gate B12, page 123-127
UUID f47ac10b-58cc-4372-a567-0e02b2c3d479; GUID {3F2504E0-4F89-11D3-9A0C-0305E82C3301}; session 1689.1691234567.1
Windows 10.0.22621.1, iOS 16.5.1.2, Firefox/115.0.2.1, OID 2.5.4.3, Section 4.1.2.3, firmware v2.0.0.14, kernel 5.15.0.76
ticket 2021-1234567, case 20-1434, docket 18-956, 42 U.S.C. 1983, 347 U.S. 483 (1954), § 230(c)(1)
ZIP 94103-1234, PO Box 123456, 10115 Berlin, SW1A 1AA, 75008 Paris, 100-0001 Tokyo, 1010 Wien
CAS 7732-18-5, EC 231-791-2, InChI=1S/H2O/h1H2, HS 8471.30, EAN 5901234123457, UPC 036000291452
id=1234567890, ts=1689871234, 1689871234567, uid 4294967295, pid 31337, size 1048576, port 65535
Matthew 5:3-12, Psalm 119:105, Quran 2:255, lines 1024-2048, verses 1-3 and 7-12
VAT DE123456789, GB 123 4567 89, FR 40 303 265 045, ABN 51 824 753 556, CNPJ 11.222.333/0001-81, CPF 111.444.777-35
1200 x 1600, 4032×3024, 24-70mm f/2.8, 5W-30, 225/45 R17, 3/4-16 UNF, M8x1.25, IP67, RFC 822
In 1984, 2001 and 2010 there were 3, 12 and 144 of them; 1,5 m by 2,0 m; 50-60 Hz; 110-240 V; 2.4 GHz, 802.11
sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=, task-queue-worker-pool-manager, sk-learn-pipeline-steps, api_key = os.environ["API_KEY"], password: ********
`
  .trim()
  .split('\n')
  .map(labelled)
