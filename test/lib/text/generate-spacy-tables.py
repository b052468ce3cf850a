"""Writes lib/text/spacy-tables.ts and lib/text/spacy-special-cases.ts from the reference implementations.

    python test/lib/text/generate-spacy-tables.py lib/text        # needs spacy==3.8.18, datatrove==0.10.1

Character classes are found by asking the reference's own patterns about every code point, so that what is written
depends on what they match, not on how they are spelt. The rules of more than one character are written out by hand in
lib/text/affixes.ts; the assertions below fail when a later spaCy changes one of them.
"""
import importlib.metadata
import pathlib
import re
import sys
import unicodedata

import spacy
from datatrove.utils.text import PUNCTUATION_SET, TERMINAL_PUNCTUATION
from spacy.lang import char_classes as cc
from spacy.lang.en.punctuation import TOKENIZER_INFIXES
from spacy.lang.punctuation import TOKENIZER_PREFIXES, TOKENIZER_SUFFIXES
from spacy.pipeline.sentencizer import Sentencizer
from spacy.tokenizer import Tokenizer

LIMIT = 0x32000  # no code point from here on is in any of the classes (asserted)
out = pathlib.Path(sys.argv[1])
nlp = spacy.blank("en")
tokenizer = nlp.tokenizer
points = [c for c in range(LIMIT) if not 0xD800 <= c < 0xE000]


def one(pattern):
    search = re.compile(pattern).search
    return lambda s: search(s) is not None



quotes = f"[{cc.CONCAT_QUOTES}]"
dot_rule = next(r for r in TOKENIZER_SUFFIXES if r.endswith(r"\.") and "°" not in r and cc.ALPHA_LOWER in r)
classes = {
    "space": str.isspace,
    "alpha": one(f"[{cc.ALPHA}]"),
    "alphaLower": one(f"[{cc.ALPHA_LOWER}]"),
    "alphaUpper": one(f"[{cc.ALPHA_UPPER}]"),
    "quote": one(quotes),
    "icon": one(cc.LIST_ICONS[0]),
    "prefix": lambda s: tokenizer.find_prefix(s) == 1 and s != "+",
    "suffix": lambda s: tokenizer.find_suffix(s) == 1,
    "currency": lambda s: s in cc.CURRENCY.replace("\\", "").split("|"),
    "beforeDot": lambda s: re.search(dot_rule, s + ".") is not None,
    "letter": str.isalpha,
    "wordCharacter": one(r"\w"),
    "decimal": one(r"\d"),
    "punctuation": lambda s: unicodedata.category(s).startswith("P"),
    "symbol": lambda s: s in PUNCTUATION_SET,
    "sentenceEnd": lambda s: s in set(Sentencizer.default_punct_chars),
    "terminal": lambda s: s in TERMINAL_PUNCTUATION,
}

# What affixes.ts holds by hand: everything that is longer than one character or looks around itself.
long_prefixes = [r for r in TOKENIZER_PREFIXES if len(r) > 1 and not re.fullmatch(r"\\.|\[.*\]", r)]
assert long_prefixes == [r"\+(?![0-9])", "……", r"\.\.+", "US\\$", "C\\$", "A\\$"], long_prefixes
long_suffixes = [r for r in TOKENIZER_SUFFIXES if len(r) > 1 and not re.fullmatch(r"\\.|\[.*\]", r)]
assert long_suffixes[:6] == ["……", r"\.\.+", "'s", "'S", "’s", "’S"] and len(long_suffixes) == 12, long_suffixes
assert long_suffixes[6:8] == [r"(?<=[0-9])\+", r"(?<=°[FfCcKk])\."]
assert long_suffixes[11] == rf"(?<=[{cc.ALPHA_UPPER}][{cc.ALPHA_UPPER}])\."
assert TOKENIZER_INFIXES[:3] == [r"\.\.+", "…", cc.LIST_ICONS[0]] and len(TOKENIZER_INFIXES) == 8
assert TOKENIZER_INFIXES[3] == r"(?<=[0-9])[+\-\*^](?=[0-9-])"
assert TOKENIZER_INFIXES[4] == rf"(?<=[{cc.ALPHA_LOWER}{cc.CONCAT_QUOTES}])\.(?=[{cc.ALPHA_UPPER}{cc.CONCAT_QUOTES}])"
assert TOKENIZER_INFIXES[5] == rf"(?<=[{cc.ALPHA}]),(?=[{cc.ALPHA}])"
assert TOKENIZER_INFIXES[6] == rf"(?<=[{cc.ALPHA}0-9])(?:{cc.HYPHENS})(?=[{cc.ALPHA}])"
assert TOKENIZER_INFIXES[7] == rf"(?<=[{cc.ALPHA}0-9])[:<>=/](?=[{cc.ALPHA}])"
assert cc.HYPHENS == "-|–|—|--|---|——|~", cc.HYPHENS
assert [c for c in cc.CURRENCY.replace("\\", "").split("|") if len(c) > 1] == ["US$", "C$", "A$"]
assert tokenizer.token_match is None
for name, test in classes.items():
    assert not any(test(chr(c)) for c in range(LIMIT, 0x110000)), name

# A special case whose text is one token without the special cases never changes anything when it is matched again
# over finished tokens: the second pass needs only those of two tokens and more.
plain = Tokenizer(nlp.vocab, rules={}, prefix_search=tokenizer.prefix_search, suffix_search=tokenizer.suffix_search,
                  infix_finditer=tokenizer.infix_finditer, url_match=tokenizer.url_match)
specials = {}
for text, parts in tokenizer.rules.items():
    if text.isspace():
        continue
    specials[text] = [part[spacy.symbols.ORTH] for part in parts]
    assert "".join(specials[text]) == text and not any(c.isspace() for c in text) and "`" not in text
    affixed = tokenizer.find_prefix(text) or tokenizer.find_suffix(text) or tokenizer.find_infix(text)
    assert len(plain(text)) > 1 or len(parts) == 1 or not affixed, text


def base36(n):
    digits = ""
    while True:
        n, d = divmod(n, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[d] + digits
        if n == 0:
            return digits


def ranges(test):
    """Runs of members as `gap+length` in base 36, the gap counted from the end of the run before; `+1` is left out."""
    inside, runs = set(c for c in points if test(chr(c))), []
    for c in sorted(inside):
        if runs and runs[-1][1] == c:
            runs[-1][1] = c + 1
        else:
            runs.append([c, c + 1])
    words, end = [], 0
    for start, stop in runs:
        words.append(base36(start - end) + ("" if stop - start == 1 else "+" + base36(stop - start)))
        end = stop
    return words


def wrapped(words, separator, width=108):
    lines, line = [], ""
    for word in words:
        if line and len(line) + len(separator) + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = line + separator + word if line else word
    return "\n".join([*lines, line])


versions = ", ".join(f"{p} {importlib.metadata.version(p)}" for p in ("spacy", "datatrove"))
header = f"""/**
 * Generated by test/lib/text/generate-spacy-tables.py from {versions}, Unicode {unicodedata.unidata_version}:
 * not to be edited by hand. The tables hold facts of spaCy's English rules (MIT License, Copyright (C) 2016-2024
 * ExplosionAI GmbH, 2016 spaCy GmbH, 2015 Matthew Honnibal) and of datatrove's (Apache License 2.0, Hugging Face).
 */
"""
body = "".join(f"  {name}: `\n{wrapped(ranges(test), ' ')}`,\n" for name, test in classes.items())
units = cc.UNITS.split("|")
currencies = [c for c in cc.CURRENCY.replace("\\", "").split("|") if len(c) > 1]
(out / "spacy-tables.ts").write_text(f"""{header}
/** Code points from here on are in no class. */
export const CLASS_LIMIT = {hex(LIMIT)}

/** Runs of code points, `gap+length` in base 36: the gap counts from the end of the run before, `+1` is left out. */
export const CLASS_RUNS = {{
{body}}} as const

/** What is cut off after a digit: units of measurement (one of them two, run together, as in the reference). */
export const UNITS = `
{wrapped(units, ' ')}`
""")
entries = [" ".join(parts) for _, parts in sorted(specials.items())]
(out / "spacy-special-cases.ts").write_text(f"""{header}
/** Chunks whose words are laid down: words are divided by one space, chunks by two or a line end. */
export const SPECIAL_CASES = String.raw`
{wrapped(entries, '  ')}`
""")
