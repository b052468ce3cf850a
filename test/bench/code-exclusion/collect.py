"""Labelled files of this machine for measure.mjs: whole files, and an excerpt of 2,000 to 4,000 characters of longer ones.

    python3 collect.py SEED NODE_MODULES CORPUS PACKAGES > labelled.jsonl

NODE_MODULES: any. CORPUS: a folder with encyclopedia.jsonl.gz, or `-`. PACKAGES: a folder of unpacked Debian packages
(`apt-get download` and `dpkg-deb -x`): debian-faq{,-de,-fr,-it,-ru,-nl}, developers-reference{,-de,-fr,-it,-ru},
fortunes{,-de,-es,-it,-ru,-pl}. A line: {"kind", "code": 1 or 0, "part": "whole" or "excerpt", "path", "text"}. An excerpt
has its file's label, whatever it is of: Perl's documentation within a module counts as code.
"""
import glob, gzip, json, os, random, re, subprocess, sys
from html.parser import HTMLParser

seed, N, CORPUS, PACKAGES = sys.argv[1:5]
random.seed(int(seed))


def find(root, pat, n, lo=300, hi=200000, skip=None):
    r=subprocess.run(['find',root,'-type','f','-name',pat,'-size','-200k'],capture_output=True,text=True).stdout.split('\n')
    r=[p for p in r if p and (not skip or not re.search(skip,p))]; random.shuffle(r); got=[]
    for p in r:
        if len(got)>=n: break
        try: t=open(p,encoding='utf-8').read()
        except Exception: continue
        if len(t)>=lo: got.append((p,t))
    return got
def emit(kind, code, items):
    for path, text in items:
        parts = [('whole', text[:100000])]
        if len(text) > 4000:
            size = random.randint(2000, 4000)
            at = random.randint(0, len(text) - size)
            at = text.find('\n', at) + 1 or at
            parts.append(('excerpt', text[at:at + size]))
        for part, each in parts:
            if len(each.strip()) > 200:
                print(json.dumps({'kind': kind, 'code': code, 'part': part, 'path': path, 'text': each}))


G='/usr/local/go/src'
emit('python',1,find('/usr/lib/python3','*.py',40)+find('/usr/lib/python3.11','*.py',40)+find('/usr/local/lib','*.py',20))
emit('c-header',1,find('/usr/include','*.h',60))
emit('go',1,find(G,'*.go',60))
emit('go-asm',1,find(G,'*.s',25))
emit('c',1,find('/usr/local/go','*.c',20)+find('/root/.cargo','*.c',30))
emit('rust',1,find('/root/.cargo','*.rs',40)+find('/root/.rustup','*.rs',40))
emit('perl',1,find('/usr/share/perl','*.pm',40,skip='unicore')+find('/usr/share/perl5','*.pm',20))
emit('shell',1,find('/usr','*.sh',50))
emit('js',1,find(N,'*.js',50,skip=r'\.min\.')); emit('ts',1,find(N,'*.d.ts',40)); emit('minified',1,find('/','*.min.js',20)+find('/','*.min.css',10))
emit('json',1,find('/usr','*.json',40)+find(N,'package.json',15)); emit('map',1,find(N,'*.map',8))
emit('yaml',1,find('/','*.yml',40,skip='^/(proc|work)')+find('/','*.yaml',25,skip='^/(proc|work)'))
emit('toml',1,find('/root/.cargo','*.toml',40)+find('/usr/lib','*.toml',10))
emit('ini/conf',1,find('/etc','*.conf',40)+find('/usr/lib','*.service',25)+find('/usr','*.cfg',20))
emit('css',1,find('/','*.css',30,skip='^/proc|min')); emit('html',1,find('/usr','*.html',40,skip='^/proc')); emit('xml',1,find('/usr','*.xml',40))
emit('svg',1,find('/','*.svg',15,skip='^/proc')); emit('csv',1,find('/','*.csv',30,skip='^/proc|^/work'))
emit('sql',1,find('/','*.sql',20,skip='^/proc|^/work')); emit('makefile',1,find('/','Makefile*',25,skip='^/proc|^/work')+find('/','*.mk',15,skip='^/proc'))
emit('cmake',1,find('/','*.cmake',25,skip='^/proc')); emit('log',1,find('/var/log','*.log',15)+find('/root/.npm/_logs','*.log',15))
emit('tex-src',1,find('/','*.tex',15,skip='^/proc')); emit('m4',1,find('/','*.m4',20,skip='^/proc')); emit('dockerfile',1,find('/','Dockerfile*',10,skip='^/proc',lo=150))
emit('ruby',1,find('/','*.rb',20,skip='^/proc')); emit('java',1,find('/','*.java',20,skip='^/proc')); emit('vim/lua/tcl',1,find('/usr','*.lua',10)+find('/usr','*.tcl',15)+find('/usr','*.el',15)+find('/usr','*.vim',10))
emit('awk/gdb/py2',1,find('/usr','*.awk',10)); emit('wasm-text/proto',1,find('/','*.proto',20,skip='^/proc'))
# prose
emit('license',0,[(p,open(p,encoding='utf-8',errors='replace').read()) for p in glob.glob('/usr/share/common-licenses/*') if os.path.isfile(p)]+find(N,'LICENSE*',30)+find('/root/.cargo','LICENSE*',20))
emit('changelog/readme',0,find(N,'README.md',60,lo=800)+find('/root/.cargo','README.md',40,lo=800))
class P(HTMLParser):
    def __init__(s): super().__init__(); s.t=[]; s.skip=0; s.pre=0
    def handle_starttag(s,tag,a):
        if tag in('script','style','head','nav'): s.skip+=1
        if tag in('p','div','li','tr','h1','h2','h3','h4','dt','dd','pre','br'): s.t.append('\n')
        if tag=='pre': s.pre+=1
    def handle_endtag(s,tag):
        if tag in('script','style','head','nav'): s.skip-=1
        if tag in('p','h1','h2','h3','li'): s.t.append('\n')
        if tag=='pre': s.pre-=1
    def handle_data(s,d):
        if not s.skip: s.t.append(d if s.pre else re.sub(r'\s+',' ',d))
def htm(p):
    h=P(); h.feed(open(p,encoding='utf-8',errors='replace').read()); return re.sub(r'\n{3,}','\n\n',''.join(h.t)).strip()
def rd(p):
    b=gzip.open(p).read() if p.endswith('.gz') else open(p,'rb').read()
    return b.decode('utf-8','replace')

if CORPUS != '-':
    rows = [json.loads(line) for line in gzip.open(CORPUS + '/encyclopedia.jsonl.gz', 'rt')]
    random.shuffle(rows)
    emit('encyclopedia', 0, [(row['id'], row['text']) for row in rows[:200]])
    emit('mathematics', 0, [(row['id'], row['text']) for row in rows
        if re.search(r'theorem|\\frac|equation|integral|polynomial|eigenvalue|topolog', row['text'])][:100])
for l in ['de', 'fr', 'it', 'ru', 'nl', 'en']:
    s = '' if l == 'en' else '-' + l
    fs = [f for q in ('debian-faq', 'developers-reference') for f in glob.glob(f'{PACKAGES}/{q}{s}/**/*.html', recursive=True)
        if not re.search('_static|genindex|search', f)]
    random.shuffle(fs)
    emit('docs-' + l, 0, [(f, t) for f, t in ((f, htm(f)) for f in fs[:60]) if len(t) > 600])
for l in ['', '-de', '-es', '-it', '-ru', '-pl']:
    fs = [f for f in glob.glob(f'{PACKAGES}/fortunes{l}/usr/share/games/fortunes/**/*', recursive=True)
        if os.path.isfile(f) and not f.endswith(('.dat', '.u8')) and 'ascii' not in f]
    random.shuffle(fs)
    emit('fortunes' + l, 0, [(f, rd(f)) for f in fs[:40]])
    for f in fs:
        if not re.search('songs|poem|literature|love|riddles', f): continue
        verses = rd(f).split('\n%\n')
        random.shuffle(verses)
        emit('verse', 0, [(f, '\n\n'.join(verses[at:at + 10])) for at in range(0, 80, 8)])
for l in ['de', 'fr', 'es', 'it', 'ru', 'pl', 'ja', 'sv', 'nl', 'pt_BR', 'zh_CN']:
    fs = glob.glob(f'/usr/share/man/{l}/man*/*.gz')
    random.shuffle(fs)
    pages = [(f, subprocess.run(f'zcat {f} | nroff -mandoc -Tutf8 2>/dev/null | col -bx', shell=True, capture_output=True, text=True).stdout)
        for f in fs[:15]]
    emit('man-' + l, 0, [(f, t) for f, t in pages if len(t) > 400])
