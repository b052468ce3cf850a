/**
 * What lines begin with. Each pattern is tested against the beginning of one line, without its indent and at most
 * {@link HEAD} characters of it, so that the cost of a line is bounded whatever its text.
 */
export const HEAD = 120

export const FENCE = /^(?:```|~~~)/

/** Levels, progress and stack traces: what logs have without a date. */
export const LOG_WORDS = oneOf(
  /\[?(?:INFO|WARN|WARNING|ERROR|DEBUG|FATAL|TRACE|NOTICE)\]?[: ]/,
  // Progress: what is done to a file, a version, a share of it, and dots
  /(?=.*[\d/_(])[A-Z(].* \.\.\.(?: *\d+%| *(?:done|ok)\.?)?$/,
  // Stack traces
  /Traceback \(most recent|File ".*", line \d+|at [\w.$<>]+ ?\(.*[):]$/,
  // Packages as they are installed
  /(?:Setting up|Unpacking|Preparing to unpack|Processing triggers for) \S+ \(?\S/,
)
/** The same, or a date, a clock, a level at the start: `2024-01-02 10:20:30`, `Jan  2 10:20:30`, `1.2.3.4 - - [02/Jan/2024:…`, epoch seconds. */
export const LOG = oneOf(
  LOG_WORDS,
  /[[<(]?\d[\d.,:/TZ+ -]{4,28}.{0,80}?(?:\d\d:\d\d|\b(?:INFO|WARN|WARNING|ERROR|DEBUG|FATAL|TRACE|NOTICE)\b)/,
  /(?:\[?(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?\[?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\.? +\d\d? .{0,20}?\d\d:\d\d/,
  /[-\w./]{1,40} \[?\d[\d.:-]{7,40}.{0,40}?\d\d:\d\d/,
  /[\d.]{7,15} - \S{1,40} \[/,
  /[-\d].{0,80}\b1\d{9}\b/,
  /\[(?:info|warn|warning|error|debug|fatal|trace|notice)\]/,
  /\d{1,9} (?:silly|verbose|info|http|timing|warn|error|debug|trace|notice) /,
  // A program and its process: sshd[123]:
  /.{0,40}[\w.-]\[\d{1,9}\]: /,
  // A kernel's seconds, the part of a program that speaks: [    0.263496], [eva:alarm]
  /\[ *\d{1,7}\.\d{3,9}\] /,
  /\[[a-z][\w-]{1,20}(?::[\w-]{1,20})?\] (?![-([])/,
  // A container's name before what it says; seconds as TAI64N
  /[a-z][\w.-]*[-_]\d+ +\| |@4[\da-f]{23} /,
  // Colours of a terminal, without their escape character
  /\[\d{1,3}(?:;\d{1,3})*m/,
)

/** A place in a file of which a tool speaks: `main.c:7: Error`, `main.c: In function`. */
export const PLACE = /^[\w./+-]{1,80}\.\w{1,5}:(?:\d{1,7}:(?:\d{1,5}:)?| In (?:function|member)) ?/
/** A date and a clock with seconds further on in a line, or a clock with parts of a second. */
export const CLOCK =
  /^.{0,40}\d\d:\d\d:\d\d[.,]\d{3,9}\b|(?:\d{4}[-/.]\d\d|\d\d[-/.]\d\d[-/.]\d{2,4}\b|\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b).{0,14}\d\d:\d\d:\d\d/
/** What people wrote to each other: `13:47 <ann> Good morning.` */
export const CHAT = /^.{0,24}\d?\d:\d\d(?::\d\d)?[\])]? *<[@+% ]?[^<>\s.]{1,30}> /

/** Comments that need no state: C, SQL, Lisp and assembler, TeX and Erlang, ML, m4, BASIC and batch files. */
export const COMMENT = /^(?:\/\/|\/\*|--+ |;+ |;;|!(?: |[!*-]{2})|%+ |<!--|-->|\*\/|\(\*|""")/
/** Those that begin with a word. */
export const COMMENT_WORD = /^(?:dnl\b|rem |REM )/
/** Vim's comments, of which a dialogue has none: `" Vim syntax file`, `"====`, `"`. */
export const VIM_COMMENT = /^"(?:[ \t=*-][^"]*)?$/
/** Lines of a patch before its hunks, and a hunk with how many lines it takes and gives. */
export const PATCH_HEAD = /^(?:diff -|index [\da-f]{7,40}\.\.|Index: \S+$|(?:---|\+\+\+) [\w.]+\/|={67}$)/
export const HUNK = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/

/** Perl's documentation, to `=cut`. */
export const POD = /^=(?:pod|head[1-4]|over|item|back|begin|for|encoding)\b/

/** Statements by what they begin with; most need something that prose does not put there. */
export const STATEMENT = oneOf(
  /#!/,
  /#\s*(?:include|define|undef|ifdef|ifndef|endif|pragma|if|elif|else|error)\b/,
  /@[\w.]+(?:\(.*\))?$/,
  // Imports
  /import +[\w{*"'.][^ ]*(?: *$| +from\b| +as\b)/,
  /import +(?:[{*(]|[\w.*]+;)/,
  /from +[\w.]+ +import\b/,
  /require(?:_relative)? *[('"]/,
  /use +[\w:\\]+.*;/,
  /use strict|using +[\w.]+;|package +[\w.:]+;?$/,
  // Definitions, after modifiers
  /(?:(?:export|public|private|protected|internal|static|final|abstract|async|inline|extern|unsafe|pub|default|local|override|virtual|readonly|declare|sealed|my|our)(?:\(\w+\))? +){0,4}(?:def +[\w.]+[!?]? *(?:\(|:|$)|(?:class|interface|struct|enum|trait|impl|module|namespace|union|type|record) +[\w.:<>, ]+(?:[:({=;<]|extends\b|implements\b|$)|(?:function|func|fn|fun|sub|proc) +[\w.&$:<>]+ *[({]|(?:function|func) *\(|(?:const|let|var|val|int|void|char|bool|double|float|long|unsigned|size_t|uint\d+_t|string|auto) +[*&]*[\w$[{][^ ]* *(?:[:=;([,]|$))/,
  /typedef\b|template *<|[\w$]+\?: |readonly +[\w$]+/,
  // Control flow
  /(?:if|while|for|switch|elif|else if|foreach|catch|until|unless) *(?:[([!$]|\{[!$[])/,
  /(?:if|for|while|elif|with|try|else|except|finally)\b.*:$/,
  /(?:if|else if) .*(?:\{|then)$/,
  /(?:else|try|do|begin|fi|done|esac|end|endif|endfor|endwhile|rescue|ensure|pass|break|continue|finally|loop|then)\b *[;:{)]?$/,
  /return\b *(?:[\w.$"'([{!&*-]+ *;|[\w.]+\(|[\w.]+$|[\w.]+ [-+*/=<>&|]|$)/,
  /case +.*:$|default:$|throw +new|raise +\w+\(|yield +[\w(]+$|assert[ (]|print(?:f|ln)?[ (]["(]/,
  // Shell, make, containers, cmake
  /[-@]?(?:echo|rm|cp|mv|mkdir|cd|install|touch|exit|exec|cat|grep|sed|awk|make|sudo) +[-$"'/[@]/,
  /(?:FROM|RUN|COPY|ADD|ENV|EXPOSE|WORKDIR|ENTRYPOINT|CMD|ARG) +[\w./@["$-]+/,
  /[\w./%$(){}-]+ *::? .*\$[({]\w+[)}]|@?\$\(\w+\)(?:$|[\w/])/,
  /@echo\b|\$\(\w+\) |\.PHONY|set +\w+ +|export +\w+=|local +\w+=/,
  /(?:add_|set_|target_|find_|include_|install|project|cmake_|message|endif|endforeach|endfunction|endmacro)\w*\(/,
  /(?:if|elif|while) +(?:test +|\[ )|[A-Z\d]{2,}_[A-Z_\d]+\(/,
  // Examples of Python
  />>> (?:import |from |[\w.]+ *[=([])/,
  // PostScript
  /%[%!][A-Z]|\/[A-Za-z][\w-]*[ \t]*(?:\{|.* def$)|\} +(?:bind +)?def$|g(?:save|restore)\b/,
  // Lisp, Tcl, Vim
  /\((?:def(?:un|var|macro|custom|const|group|face|subst|ine|ault)?|setq?|let\*?|cond|lambda|require|provide|progn|interactive|eval-\S+|add-\S+|put|quote)[ )]/,
  /proc +[\w:]+ +\{|variable +\w+$|package +(?:ifneeded|require|provide) |namespace +(?:eval|export|import) |set +[\w:()$]+ +[[$"{\d]|foreach +\w+ +[$[{]/,
  /syn(?:tax)? +(?:match|keyword|region|case|include|cluster|sync) |hi(?:ghlight)?!? +(?:def(?:ault)? +)?(?:link +)?\w+ +\w|setl(?:ocal)? +\w+|let +[bgslwavt]:\w+|au(?:tocmd)?!? +\w+|(?:[nvxoic]?nore)?map +<|command!? +-/,
  /endfunction\b|end(?:func|try)$|call +[\w:#]+\(|finish$|func(?:tion)?! |\\ +['"]/,
  // ML and Haskell
  /let +(?:rec +)?[\w']+.* =(?: |$)|(?:module|instance|newtype|data) +[A-Z(].*(?:=|where|::)|type +['\w ()]+ =|match +.* with$|open +[A-Z][\w.]*(?:;;)?$|import +qualified +|[a-z][\w']* +:: .*(?:->|=>|[A-Z]\w*$)|val +[\w']+ +: |exception +[A-Z]\w+|\{-# /,
  // A rule of a style sheet
  /[\w.#:,>* -]+\{ *[\w-]+ *:.*\}?$/,
  // A string of a table, and what it is
  /"[^"]{1,60}" *=> *[["'\d\w]|'[^']{1,60}' *(?::|=>) *[[({'"\d\w]|['"][^'"]{1,40}['"],? +(?:#|\/\/) /,
  // Assembler's directives
  /\.(?:section|globl|global|text|data|align|p2align|type|size|byte|long|quad|d[bwdq]|h?word|asciz?|string|space|skip|org|equ|file|cfi_\w+)\b/,
)

/** Statements of words alone: `export const hidden: string`, `import React from x`. */
export const DECLARATION =
  /^(?:export (?:const|let|default|declare|type|interface)|declare (?:const|function|module)|const|let) [\w$]+: ?\S/

/** Fortran, in capitals or not. */
export const FORTRAN =
  /^(?:(?:integer|real|logical|complex|character|double precision|type)\b[^:]*::|implicit +none$|call +\w+ *\(|(?:pure +|recursive +)?subroutine +\w+ *(?:\(|$)|end +(?:subroutine|module|program|function|type|interface|select|do|if)\b(?: +\w+)?$|(?:write|read|print) *\(\*|program +\w*_\w*$)/i

/** SQL in capitals, which counts where the line ends as code does: `CREATE TABLE t (`. */
export const LOUD_SQL = /^(?:CREATE|INSERT|DROP|ALTER|SELECT|UPDATE|DELETE|GRANT|REVOKE|VALUES|WHERE|FROM)\b/
/** What goes on over lines up to a semicolon: `CREATE TABLE t (`, `INSERT INTO t VALUES`. */
export const SQL_OPENING =
  /^(?:CREATE|create|ALTER|alter|INSERT|insert|REPLACE|replace) +(?:(?:OR|or) +\w+ +|[A-Za-z]+ +){0,2}(?:TABLE|table|INTO|into|VIEW|view|INDEX|index|TYPE|type|TRIGGER|trigger|DOMAIN|domain)\b/
/** A column in SQL: `id INTEGER PRIMARY KEY,`. */
export const COLUMN =
  /^(?:(?:IN|OUT|INOUT) +)?["'`[]?\w+["'`\]]? +(?:INTEGER|INT|BIGINT|SMALLINT|SERIAL|TEXT|N?VARCHAR2?|CHAR|NUMERIC|DECIMAL|BOOLEAN|DATE|TIMESTAMP|FLOAT|REAL|DOUBLE|BYTEA)\d?\b(?:.*[,)]$| (?:NOT NULL|NULL|DEFAULT|PRIMARY|REFERENCES|UNIQUE)|$)/
/** The same in small letters, whose types are words as well: with a size, a default or a constraint. */
export const SMALL_COLUMN =
  /^["'`[]?\w+["'`\]]? +(?:integer|int|bigint|smallint|tinyint|serial|text|varchar|char|numeric|decimal|boolean|date|timestamp|float|real|double|bytea)\b(?: ?\(\d+(?:, ?\d+)?\))?(?: +unsigned)? *(?:(?:not null|null|default|primary key|references|unique)\b.*[,)]$|\(\d+\),$)/i
/** SQL, which counts where the line also ends or is built as code is. */
export const SQL =
  /^(?:create|insert|drop|alter|select|update|delete|grant|revoke|comment on|begin|commit|set|from|where|values|constraint|primary key|foreign key|language|returns|as) ?\b/i

/** Assembler: `MOVQ\tAX, BX`, `movl %eax, %ebx`, `.L4:`. */
export const MNEMONIC =
  /^(?:[A-Z]{2,}[A-Z0-9.]*(?:\t| +[$%#(*]| +\w+, ?[\w$(#%*])|[a-z.]{2,8}\d*[ \t]+[%$#]\w+|(?:[._$]\w*|\w*[_\d]\w*):$)/

/** `[section]` of an .ini file. */
export const SECTION = /^\[\[?[\w."':/ @*-]+\]?\]$/
/** `key = value`, `KEY=value`, `export KEY=value`; a key of one letter is a variable of mathematics as often. */
export const SETTING = /^(?:- )?(?:export )?["']?[\w.@/$-]{2,}["']? *(?:=|:=|\+=|\?=)(?!=)/
/** A path alone, as lists of sources have them: `lib/log.c`. */
export const PATH = /^[\w.+-]+\/(?:[\w.+-]+\/)*[\w+-]+\.\w{1,5}$/
/** A word and what it is set to, quoted. */
export const QUOTED = /^\w+ (?:"[^"]*"|'[^']*')$/
/** `key: value` where the value is one word, a number, or begins as no sentence does. */
export const YAML =
  /^(?:- )?["']?[a-z_$][\w.$/-]*["']?:(?: +(?:["'\d[{|>&*!$~/-]|(?:true|false|null|yes|no|on|off)$|[^ ]+$))/
/** Keys as no sentence has them, of capitals too: `Naming/MethodName:`, `Enabled: true`. */
export const SWITCH = /^[A-Za-z]\w*(?:\/\w+:$|: +(?:true|false|null)$)/
/** `key: any text`, which counts after another setting only. */
export const ENTRY = /^(?:- )?[a-z_][\w.-]*:(?: |$)/

/** A key whose value is a block of text: `run: |`. */
export const BLOCK_SCALAR = /: *[|>][-+]?\d?$/
/** A key whose value is on the lines behind it, and one of a list of such, of one word. */
export const LONE_KEY = /^["']?[a-z_][\w.-]*["']?:$/
export const LIST_VALUE = /^- \S+$/
/** A value in a list of such, without white space: `- no-member`, `no-member,`. */
export const VALUE = /^(?:- )?[^\s]+$/

/** Lists within lists and names with hyphens: `(setq a (car b))`, `(foo 'b :c`, `(find-file name`. */
export const LISP =
  /^[`',]{0,2}\([a-z]+(?:-[\w:-]+|:\w[\w:-]*)(?: |\)|$)|^[`',]{0,2}\(.*(?:\)\)|[ (]['`:#][a-z]|[ (]\([\w-])/
/** A case of ML: `| Some x -> x`, no row of a table. */
export const ALTERNATIVE = /^\| ?[^|]*(?:->| of )[^|]*$/

/** A string of a program's list, or one that is put together: `'sózott',`, `+ 'b'`, `'A' |`. */
export const LISTED = /^(?:[+.|] ?['"`]|(["'`])[^"`]{0,110}\1 ?(?:[,+|;\\]|\)[;,]?|,? ?\\)$)/
/** A definition of Lisp, whose documentation is a string. */
export const LISP_DEFINITION = /^\((?:def|autoload|cl-def|easy-|transient-)/

/** A line of JSON. */
export const JSON_ENTRY =
  /^(?:[{[] ?[{["]|"[^"]{0,100}" *:|[\]}{[],?$|"[^"]*",?$|'[\w.-]+',?$|-?\d[\d.eE+-]*,?$|(?:true|false|null),?$)/

/** Six groups and more of hexadecimal digits, with a digit somewhere: looked for last, since few lines have the groups. */
export const HEXADECIMAL = /^(?=(?:[\da-fA-F]{2,16}[ :,-]{1,2}){6}).*\d/
/** Strings side by side, and a character's code before a semicolon, as tables of Unicode have it: `"add" "adc"`, `2C9C; C;`. */
export const STRINGS = /^(?:(["'])[^"'\n]{0,40}\1[, ]{1,3}){3}|^(?:"[^"\n]{0,40}"[, \t]{1,3})+"[^"]{0,40}"$/
export const CHARACTER_CODE = /^[\dA-F]{4,6}(?:\.\.[\dA-F]{4,6})? *; /
/** Line feeds and tabs written out: a string of a program or of JSON, whose beginning is not there. */
export const ESCAPED = /^(?:[^\\]*\\[nrt](?![a-z])){2}/
/** No space in sight, and no address: text that was encoded. */
export const ENCODED = /^(?!\w+:\/\/|www\.)[\w+/=%-]{40,}$/
/** TeX's mathematics: `$x^2$`, `$$`, `\(x\)`, its commands, equations aligned by `&=`. `$a = $b` of a shell is none. */
export const MATHEMATICS =
  /\$(?! )[^$]{0,80}[^$ ]\$(?![\w{(])|^\$\$|^&(?:=|\\[a-z])|^\\\[|\\\(.*\\\)|\\(?:frac|sum|int|prod|lim|sqrt|alpha|beta|gamma|delta|epsilon|varepsilon|theta|lambda|mu|pi|sigma|phi|varphi|omega|Gamma|Delta|Theta|Lambda|Pi|Sigma|Phi|Psi|Omega|le|ge|leq|geq|neq|in|to|cdot|cdots|ldots|times|cup|cap|subseteq|forall|exists|left|right|mathbb|mathrm|mathcal|text|infty|partial|quad|(?:begin|end)\{(?:align|equation|gather|[bp]?matrix|cases))\b/

/** Arithmetic in words: `Ann = 2 * 6 = 12 years`, `400/4 = 100 of them`. */
export const CALCULATION =
  /^(?:[A-Z][a-z']+(?: [\w']+){0,5} *= *(?:.*\d *[-+*/=x×] *\d|<<)|\d[^a-z=]{0,40}= *[\d<(])/

/**
 * An equation of numbers and letters alone, with what no program writes: `2x + 3 = 7`, `(x - 2)(x - 3) = 0`, `3(a + b)`,
 * `x^2`, `x = 2 or x = 3`.
 */
export const EQUATION =
  /^(?:[A-Z][a-z]+:? )?(?=.*[=<>≤≥])(?=.*(?:\d[a-z]\b|\)\(|[a-z)]\^\d|\d\(|\b(?:or|and) [a-z] = ))(?:[-+*/^=<>≤≥≠±×·÷√()\d., ²³]|\b[a-z]\b|\d[a-z]\b| (?:or|and) )+$/

/** An item of a list. */
export const BULLET = /^(?:[*+•-]|\d+[.)]) /
/** One tag, or the beginning of one. */
export const LONE_TAG = /^<[a-zA-Z][\w:.-]*(?:\s[^<>]*)?>?$/
/** An element that a line begins with and that most likely holds words: no container of others. */
export const ELEMENT =
  /^<(?!(?:html|body|div|section|article|table|center|details|picture|ul|ol|dl)\b)([a-zA-Z][\w:.-]*)\b[^<>]*(?<!\/)>/
/** What a document of markup begins with. */
export const MARKUP_START = /^\s*(?:<!--[^]*?-->\s*)?<(?:!doctype|html|head|body|\?xml|svg|[\w:.-]+ xmlns)/i
/** What a program, a script, a patch or a page of one begins with. */
export const CODE_START =
  /^\s*(?:#!|;;; |\/\*|\/\/|<\?php|\{-[#-]?|%!|\(\*|["']use strict|diff -|From [\da-f]{40} |#\s*include\b|package [\w.]+;|using [\w.]+;|-----BEGIN |@(?:charset|import|media)\b|\{\s*["}{[]|\[\s*[{["\d]|\[[\w.:-]+\]\s*\n|--\[\[|CREATE |INSERT |SET \w+ *=)/
/** A Markdown page, by its headings and links: its tags are no document of markup. */
export const PAGE_HEADING = /^#{1,6} +\S.*$/m
export const PAGE_LINK = /\]\(\S|^```|^\[[^\]]+\]: \S/m
/** A closing tag of a paragraph, or the opening of any. */
export const PARAGRAPH_TAG = /<(\/?)(?:p|dd|dt|li|td|div|ul|ol|pre|para|table|section)\b[^<>]*>/
/** Tables, rules, diagrams, links and directives of light markup, and the signature of a changelog's entry. */
export const PROSE_MARKS = oneOf(
  /\||[=+\-|:~ ]{4,}$|([^\w\s{}()[\]"])\1{2,}$/,
  /\[[^\]]{1,80}\]: |\.\. |:[\w -]+:(?: |$)/,
  /-- .*(?:@|\d{4} \d\d:\d\d:\d\d)/,
  // Links of Markdown in headings, quotes and lists; the day and author of a ChangeLog; what links lead to
  /(?:> ?){0,4}(?:#{1,6} |[-*+] )?\[[^\]]{1,100}\]\(|\d{4}-\d\d-\d\d {2}\S.* <\S+@\S+>$/,
  /<a (?:name|id)="[^"]*">(?:<\/a>)?$/,
)
/** Lines of a patch. */
export const PATCH = /^(?:[+\->]|@@ )/

function oneOf(...patterns: readonly RegExp[]): RegExp {
  return new RegExp(`^(?:${patterns.map((pattern) => pattern.source).join('|')})`)
}
