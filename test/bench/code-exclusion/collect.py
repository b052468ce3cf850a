"""Labelled texts for measure.mjs: whole files, and of longer ones an excerpt of 2,000 to 4,000 characters.

    python3 collect.py SEED PER_KIND FOLDER [FILE.jsonl …] > labelled.jsonl

FOLDER/code and FOLDER/prose hold unpacked packages, a folder each (`apt-get source`, `apt-get download` and `dpkg-deb -x`,
`npm pack`, `pip download`). A file of code/ is labelled by its name: source code, markup, configuration, data, logs (all
of code/logs), and READMEs, licenses and changelogs as prose; one of prose/ is prose: manual pages as nroff lays them
out, HTML pages as their text, fortunes, Markdown, plain text. FILE.jsonl: texts that are prose. At most PER_KIND files a
kind, and at most a quarter of them from one package. A line: {"kind", "code": 1 or 0, "part": "whole" or "excerpt",
"path", "text"}. An excerpt has its file's label, whatever it is of: a paragraph of an HTML manual counts as markup.
"""
import gzip, json, os, random, re, subprocess, sys
from html.parser import HTMLParser

SEED, PER_KIND, FOLDER, *TEXTS = sys.argv[1:]
SHORTEST, LONGEST, EXCERPT = 200, 100_000, (2000, 4000)

CODE = {
    'python': r'\.pyi?$', 'c': r'\.[ch]$', 'c++': r'\.(cc|cpp|cxx|hh|hpp)$', 'go': r'\.go$', 'rust': r'\.rs$', 'java': r'\.java$',
    'kotlin/scala': r'\.(kts?|scala|groovy)$', 'minified': r'\.min\.(js|css)$', 'javascript': r'\.[mc]?jsx?$', 'typescript': r'\.[mc]?tsx?$',
    'ruby': r'\.rb$', 'perl': r'\.p[lm]$', 'php': r'\.(php|twig)$', 'shell': r'\.(ba|z|c)?sh$', 'lua': r'\.lua$', 'ml': r'\.(hs|mli?|erl|exs?)$',
    'r': r'\.[rR]$', 'lisp': r'\.(el|lisp|scm|clj|rkt)$', 'vim': r'\.vim$', 'tcl/awk': r'\.(tcl|awk)$', 'sql': r'\.sql$', 'assembler': r'\.[sS]$',
    'css': r'\.(css|scss|less)$', 'html': r'\.x?html?$', 'xml': r'\.(xml|xslt?|xsd|svg|page)$', 'json': r'\.(json|map|ipynb)$', 'yaml': r'\.ya?ml$',
    'toml': r'\.toml$', 'ini': r'\.(ini|cfg|conf|service|properties|desktop)$', 'csv': r'\.[ct]sv$', 'make': r'(^|/)(GNU)?Makefile[^/]*$|\.(mk|am)$',
    'cmake': r'\.cmake$|CMakeLists\.txt$', 'm4': r'\.(m4|ac)$', 'docker': r'(^|/)Dockerfile[^/]*$', 'patch': r'\.(patch|diff)$', 'log': r'\.log$',
    'proto': r'\.(proto|graphql|thrift)$', 'tex macros': r'\.(sty|cls)$', 'gettext': r'\.pot?$', 'fortran': r'\.(f|f90|for)$', 'swift/c#': r'\.(swift|cs)$',
    'nim/d/ada/vhdl': r'\.(nim|d|ad[bs]|vhdl?|sv|pas|zig|jl)$', 'prolog': r'\.(plt|pro)$', 'bibtex': r'\.bib$', 'encoded': r'\.(pem|crt|key|asc|b64)$',
    'dtd/postscript': r'\.(dtd|rnc|e?ps)$', 'lock file': r'(\.lock|go\.sum)$',
}
PROSE = {
    'license': r'(^|/)(LICEN[CS]E|COPYING)[^/.]*(\.(md|txt|rst))?$', 'readme': r'(^|/)README(\.(md|txt|rst))?$',
    'changelog': r'(^|/)(CHANGES|NEWS|HISTORY|ChangeLog|CHANGELOG|changelog)(\.(md|txt|rst))?(\.gz)?$',
    'markdown': r'\.(md|markdown)$', 'rst': r'\.rst$',
}
# Indexes and templates of documentation, what tests print into Markdown, and fortunes' tables
SKIP = re.compile(
    r'genindex|searchindex|/_static/|/_modules/|/_sources/|templates?/.*\.(md|rst)$|_TEMPLATES?(/|\.)|/_snaps/|/__snapshots__/'
    r'|\.dat$|\.u8$|/search\.html'
)


class Text(HTMLParser):
    """The text of a page: blocks are lines, `pre` stays as it is."""

    def __init__(self):
        super().__init__()
        self.parts, self.skipped, self.pre = [], 0, 0

    def handle_starttag(self, tag, attrs):
        if tag in ('script', 'style', 'head', 'nav'): self.skipped += 1
        if tag == 'pre': self.pre += 1
        if tag in ('p', 'div', 'li', 'tr', 'h1', 'h2', 'h3', 'h4', 'dt', 'dd', 'pre', 'br'): self.parts.append('\n')

    def handle_endtag(self, tag):
        if tag in ('script', 'style', 'head', 'nav'): self.skipped = max(0, self.skipped - 1)
        if tag == 'pre': self.pre = max(0, self.pre - 1)
        if tag in ('p', 'h1', 'h2', 'h3', 'li'): self.parts.append('\n')

    def handle_data(self, data):
        if self.skipped == 0: self.parts.append(data if self.pre else re.sub(r'\s+', ' ', data))


def html_text(source):
    page = Text()
    page.feed(source)
    return re.sub(r'\n{3,}', '\n\n', ''.join(page.parts)).strip()


def read(path):
    with (gzip.open(path) if path.endswith('.gz') else open(path, 'rb')) as file:
        return file.read(400_000).decode('utf-8')


def manual_page(path):
    command = 'preconv -e utf-8 | groff -mandoc -Tutf8 -P -cbou 2>/dev/null | col -bx'
    return subprocess.run(command, shell=True, input=read(path), capture_output=True, text=True).stdout


def of_code(path, package):
    """(kind, code, how to read it) of a file of code/."""
    if package == 'logs': return ('log', 1, read)
    for kind, pattern in PROSE.items():
        if re.search(pattern, path): return (kind, 0, read)
    for kind, pattern in CODE.items():
        if re.search(pattern, path): return (kind, 1, read)
    return None


def of_prose(path, package):
    language = re.search(r'/man/([a-z]{2}(?:_[A-Z]{2})?)/man\d', path)
    # Those of functions are programs for the half: an excerpt of them may be nothing else.
    if re.search(r'/man[23]/', path): return None
    if language or re.search(r'/man/man\d/', path): return (f'manual {language[1] if language else "en"}', 0, manual_page)
    if re.search(r'\.html$', path): return (f'text of {package}', 0, lambda p: html_text(read(p)))
    if '/games/fortunes/' in path or re.search(r'\.(md|rst|txt)(\.gz)?$', path): return (package, 0, read)
    return None


def files(folder, kind_of):
    for package in sorted(os.listdir(folder)):
        for root, _, names in sorted(os.walk(os.path.join(folder, package))):
            for name in sorted(names):
                path = os.path.join(root, name)
                inside = path[len(folder) + 1:]
                if os.path.islink(path) or not os.path.isfile(path) or SKIP.search(inside): continue
                if not SHORTEST <= os.path.getsize(path) <= 400_000 and not path.endswith('.gz'): continue
                kind = kind_of(inside, package)
                if kind is not None: yield (package, path, inside, *kind)


def emit(kind, code, path, text):
    parts = [('whole', text[:LONGEST])]
    if len(text) > EXCERPT[1]:
        size = random.randint(*EXCERPT)
        at = random.randint(0, len(text) - size)
        at = text.find('\n', at, at + 1000) + 1 or at
        parts.append(('excerpt', text[at:at + size]))
    for part, each in parts:
        if len(each.strip()) >= SHORTEST:
            print(json.dumps({'kind': kind, 'code': code, 'part': part, 'path': path, 'text': each}))


random.seed(int(SEED))
found = [*files(f'{FOLDER}/code', of_code), *files(f'{FOLDER}/prose', of_prose)]
random.shuffle(found)
taken, heads = {}, set()
for package, path, inside, kind, code, reader in found:
    per_package = int(PER_KIND) // 4
    if taken.get(kind, 0) >= int(PER_KIND) or (code and kind != 'log' and taken.get((kind, package), 0) >= per_package): continue
    try:
        text = reader(path)
    except (UnicodeDecodeError, OSError, EOFError):
        continue
    # Binary, too short, or a copy: packages bring the same license.
    if len(text.strip()) < SHORTEST or '\0' in text or hash(text[:2000]) in heads: continue
    if kind == 'html' and '<' not in text: continue  # apache's lists of languages
    if kind == 'encoded' and '-----BEGIN' not in text: continue  # AsciiDoc is named .asc as well
    heads.add(hash(text[:2000]))
    taken[kind] = taken.get(kind, 0) + 1
    taken[(kind, package)] = taken.get((kind, package), 0) + 1
    emit(kind, code, inside, text)
for name in TEXTS:
    rows = [json.loads(line) for line in (gzip.open(name, 'rt') if name.endswith('.gz') else open(name))]
    for row in random.sample(rows, min(len(rows), int(PER_KIND))):
        emit(os.path.basename(name).split('.')[0], 0, str(row.get('id')), row['text'])
