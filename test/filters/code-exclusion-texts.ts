/** Short texts of each kind that code-exclusion tells apart, and of prose that looks a little like them. */
export const noProse: Readonly<Record<string, readonly [reason: string, text: string]>> = {
  javascript: [
    'source_code',
    "import { a } from './a.js'\n\nexport function f(x) {\n  return a(x) + 1\n}\n\nf(3)\n",
  ],
  'python with a long docstring': [
    'source_code',
    'import os\n\n\ndef size(path):\n    """Tell how large a file is.\n\n    The size is in bytes, and links are followed. When there is no such file, an\n    error says so, and it names the path that was asked for.\n    """\n    return os.stat(path).st_size\n',
  ],
  'c with a license in a comment': [
    'source_code',
    '/*\n * This file is free software; you may copy it under the terms that come with it.\n * It comes without any warranty, and nobody is liable for what it does.\n */\n#include <stdio.h>\n\nint main(void) {\n  printf("hello\\n");\n  return 0;\n}\n',
  ],
  go: [
    'source_code',
    'package main\n\nimport "fmt"\n\nfunc main() {\n\tfor i := 0; i < 3; i++ {\n\t\tfmt.Println(i)\n\t}\n}\n',
  ],
  rust: [
    'source_code',
    'use std::fs;\n\npub fn read(path: &str) -> String {\n    fs::read_to_string(path).unwrap()\n}\n',
  ],
  java: [
    'source_code',
    'package a.b;\n\npublic class Point {\n  private final int x;\n\n  public int x() {\n    return x;\n  }\n}\n',
  ],
  'shell of bare commands': [
    'source_code',
    '#!/bin/sh\n\nmkdir temp\ncd temp\nsvnadmin create repo\nsvn co repo work\ncd work\necho a > a\nsvn add a\nsvn ci -m add\n',
  ],
  'a patch of prose': [
    'source_code',
    'diff --git a/README b/README\nindex 1234567..89abcde 100644\n--- a/README\n+++ b/README\n@@ -1,4 +1,4 @@\n The mill stands by the river, and its wheel turns.\n-It turns all day.\n+It turns from morning until night.\n \n The miller sleeps well, as millers do.\n',
  ],
  'SQL that inserts texts': [
    'source_code',
    "INSERT INTO mills (name, text) VALUES\n('north', 'The mill stands by the river, and its wheel turns.'),\n('south', 'It turns from morning until night.\nThe miller sleeps well, as millers do.');\n",
  ],
  'SQL in small letters': [
    'source_code',
    "create table `mills` (\n  `name` varchar(254) NOT NULL default '',\n  `river` text,\n  opened timestamp\n);\n",
  ],
  'autoloads of Lisp': [
    'source_code',
    '(autoload \'mill-run "mill" "\\\nRun the mill at point until night falls.\nWith a prefix, run the one that was named last.\n\nThe wheel turns while it runs.\n\n(fn NAME)" t nil)\n\n(autoload \'mill-stop "mill" "\\\nStop the mill at point.\n\n(fn)" t nil)\n',
  ],
  fortran: [
    'source_code',
    '! The mill and its wheel,\n! as they turn.\nsubroutine mill (a, b)\n  implicit none\n  integer, dimension (:) :: a\n  call turn (a)\nend subroutine mill\n',
  ],
  'declarations of TypeScript': [
    'source_code',
    'export const hidden: string\nexport const title: string\nexport const label: string\nexport default label\n',
  ],
  'package index of Tcl': [
    'source_code',
    'if {![package vsatisfies [package provide Tcl] 8.2]} return\npackage ifneeded mill 1.0 [list source [file join $dir mill.tcl]]\npackage ifneeded wheel 1.0 [list source [file join $dir wheel.tcl]]\n',
  ],
  'log of containers': [
    'log',
    'web-1  |  * Serving the app of the mill\nweb-1  |  * Debug mode is on\nredis-1  | 1:M 25 Apr 2024 05:32:35.019 * monotonic clock\nredis-1  | 1:M 25 Apr 2024 05:32:35.019 * Running\n',
  ],
  lisp: [
    'source_code',
    '(require \'cl-lib)\n\n(defvar mill-count 3\n  "How many.")\n\n(defun mill-run (name)\n  (interactive)\n  (let ((at 0))\n    (setq at (+ at 1))))\n',
  ],
  vim: [
    'source_code',
    'if exists("b:current_syntax")\n  finish\nendif\nsyn match millLabel "\\["\nsyn keyword millWord one two\nhi def link millWord Keyword\nlet b:current_syntax = "mill"\n',
  ],
  'arguments of a function in SQL': [
    'source_code',
    "CREATE FUNCTION mill(IN name text,\n    OUT total BIGINT,\n    OUT share FLOAT8)\nAS 'mill'\nLANGUAGE C;\n",
  ],
  'a log of a package manager': [
    'log',
    'Preparing to unpack .../012-libmill_1.2-3_amd64.deb ...\nUnpacking libmill:amd64 (1.2-3) ...\nSetting up libmill:amd64 (1.2-3) ...\nProcessing triggers for libc-bin (2.36-9) ...\n',
  ],
  'a numbered log with levels': [
    'log',
    '0 verbose cli /usr/bin/node /usr/bin/mill\n1 info using mill@1.2.0\n2 silly config load:file:/etc/millrc\n3 timing build Completed in 20ms\n4 warn old a setting that is old\n',
  ],
  shell: ['source_code', '#!/bin/sh\nset -e\nfor f in *.txt; do\n  echo "$f"\ndone\n'],
  sql: [
    'source_code',
    'CREATE TABLE t (\n  id INTEGER PRIMARY KEY,\n  name TEXT NOT NULL\n);\nSELECT name FROM t WHERE id = 1;\n',
  ],
  assembler: ['source_code', '\t.text\n\t.globl main\nmain:\n\tmovl %eax, %ebx\n\taddl $4, %esp\n\tret\n'],
  'style sheet': [
    'source_code',
    'body {\n  margin: 0;\n  color: #333;\n}\n\n.nav > a:hover {\n  color: red;\n}\n',
  ],
  makefile: ['source_code', '.PHONY: all\nall: a.o b.o\n\t$(CC) -o all a.o b.o\n\n%.o: %.c\n\t$(CC) -c $<\n'],
  html: [
    'markup',
    '<!doctype html>\n<html>\n<head><title>A page</title></head>\n<body>\n<p>Some words on a page.</p>\n</body>\n</html>\n',
  ],
  xml: [
    'markup',
    '<?xml version="1.0"?>\n<feed>\n  <entry id="1"><title>One</title></entry>\n  <entry id="2"><title>Two</title></entry>\n</feed>\n',
  ],
  yaml: [
    'configuration',
    'name: build\non: push\njobs:\n  test:\n    runs-on: ubuntu\n    steps:\n      - uses: checkout\n      - run: make\n',
  ],
  ini: ['configuration', '[core]\nname = mill\npath = /var/lib/mill\n\n[remote]\nport = 8080\n'],
  environment: ['configuration', 'PORT=3000\nHOST=localhost\nDEBUG=true\n'],
  json: ['data', '{\n  "name": "mill",\n  "version": 3,\n  "tags": [\n    "water",\n    "wheel"\n  ]\n}\n'],
  'json lines': ['data', '{"a":1,"b":"some text here"}\n{"a":2,"b":"more text here"}\n'],
  csv: ['data', 'name,age,city\nAnn,31,Berlin\nBob,44,Paris\nCyd,27,Rome\n'],
  'lines of base64': [
    'data',
    'TG9yZW0gaXBzdW0gZG9sb3Igc2l0IGFtZXQgY29uc2VjdGV0dXIgYWRpcGlzY2luZyBlbGl0\n'.repeat(8),
  ],
  'system log': [
    'log',
    'Jan  2 10:20:30 host sshd[123]: Accepted key for bob\nJan  2 10:20:31 host sshd[123]: session opened\n',
  ],
  'application log': [
    'log',
    '2024-01-02 10:20:30,123 INFO server started\n2024-01-02 10:20:31,001 WARN slow answer from 10.0.0.1\n',
  ],
  'access log': ['log', '1.2.3.4 - - [02/Jan/2024:10:20:30 +0000] "GET / HTTP/1.1" 200 12\n'.repeat(3)],
  'stack trace': [
    'log',
    'Traceback (most recent call last):\n  File "a.py", line 3, in <module>\n  File "a.py", line 2, in main\n',
  ],
  minified: [
    'minified',
    `!function(e,t){${'var n=e.a,r=t[0];if(n&&r){n(r,function(i){return i+1})}'.repeat(30)}}(window,[]);`,
  ],
}

export const prose: Readonly<Record<string, string>> = {
  English:
    'The mill stands by the river.\nIts wheel turns from morning until night, and the miller sleeps well.\n',
  German: 'Die Mühle steht am Fluss. Ihr Rad dreht sich von morgens bis abends; der Müller schläft gut.\n',
  French: 'Le moulin est au bord de la rivière : sa roue tourne du matin au soir, et le meunier dort bien.\n',
  Spanish: '¿Dónde está el molino? Está junto al río, y su rueda gira desde la mañana hasta la noche.\n',
  Russian: 'Мельница стоит у реки. Её колесо вращается с утра до вечера, и мельник спит спокойно.\n',
  Japanese: '水車小屋は川のほとりにある。\nその車輪は朝から晩まで回り、粉屋はよく眠る。\n',
  verse:
    'The wheel goes round,\nthe water falls;\nno other sound\nwithin the walls;\nand we who wait\nbeside the door\nmay come too late,\nas oft before.\n',
  'GSM8K arithmetic':
    'Ann has 4 * 3 = <<4*3=12>>12 apples.\nShe eats 12/4=<<12/4=3>>3 of them.\nSo 12 - 3 = <<12-3=9>>9 are left.\n',
  mathematics:
    'Let $f(x) = x^2 + 1$ and $g(x) = \\frac{1}{x}$. Then\n\n$$f(g(x)) = \\frac{1}{x^2} + 1$$\n\nand the claim follows.\n',
  equations:
    'Solve 3x + 2 = 8.\n3x = 8 - 2\n3x = 6\nx = 2\n\nSolve x^2 - 7x + 12 = 0.\n(x - 3)(x - 4) = 0\nx = 3 or x = 4\n\nSolve 2(x + 1) = x + 5.\n2x + 2 = x + 5\nx = 3\n',
  'aligned equations':
    'By parts the integral is\n\\begin{align}\n\\Gamma(n+1) &= n\\Gamma(n) \\\\\n &= n(n-1)\\Gamma(n-1) \\\\\n &= \\cdots = n!\n\\end{align}\nas was to be shown.\n',
  list: '- milk\n- eggs and butter\n- two pounds of flour\n- bread\n',
  table: '| City | People |\n|------|--------|\n| Berlin | 3.7M |\n| Paris | 2.1M |\n',
  changelog:
    '# Changes\n\n## 1.2.0 - 2024-01-02\n\n- Reads `.zst` files (#12).\n- Fixed: `run()` lost the last line.\n\n## 1.1.0\n\n- First release.\n',
  license:
    'Copyright (c) 2024 The authors\n\nPermission is granted, free of charge, to any person obtaining a copy of this\nsoftware, to deal in the software without restriction.\n\nTHE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND.\n',
  'README with code':
    '# Mill\n\nGrinds text into meal. Install it, then call it with a path:\n\n```js\nimport { grind } from "mill"\nconst meal = grind("a.txt")\nconsole.log(meal)\n```\n\nIt answers with what it made, or says what went wrong.\n',
  'text with indented code':
    'To list the files of a folder, call:\n\n    for name in os.listdir(path):\n        print(name)\n\nThe order is that of the file system, which need not be sorted. Sort the names when the order matters.\n',
  'README with badges':
    '# Mill\n\n<p align="center">\n  <a href="https://example.org"><img src="a.svg" alt="Mill"></a>\n</p>\n\nGrinds text into meal. See [the manual](manual.md) for all that it can do.\n\n## Use\n\nCall it with a path, and it says how much meal it made of it.\n',
  'unknown words as tags':
    'The <unk> of the town was built in 1890 , and its <unk> are known for their <unk> .\n= = History = =\nThe town lies at the river .\n',
  dialogue: 'ANNA: Where have you been?\nBOB: At the market. It was full.\nANNA: And the bread?\n',
  recipe:
    'Ingredients:\n200 g flour\n2 eggs\n100 ml milk\n\nMix the flour with the eggs. Add the milk slowly and bake for 20 minutes.\n',
}
