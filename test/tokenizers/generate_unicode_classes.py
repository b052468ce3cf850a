"""Writes tokenizers/tekken/unicode-classes.ts: which class of Tekken's split pattern each code point is in, by the
regular expressions of tiktoken itself (0.14.0, Unicode 16.0).

    pip install tiktoken==0.14.0 && python test/tokenizers/generate_unicode_classes.py
"""

import pathlib
import tiktoken

CLASSES = {"U": r"\p{Lu}\p{Lt}", "W": r"\p{Ll}", "B": r"\p{Lm}\p{Lo}", "M": r"\p{M}", "N": r"\p{N}", "S": r"\s"}
BYTES = {bytes([byte]): byte for byte in range(256)}
TEXT = "".join(chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000)

class_of = {}
for letter, members in CLASSES.items():
    # What the pattern does not match, tiktoken leaves out: only the members' bytes come back.
    encoding = tiktoken.Encoding(letter, pat_str=f"[{members}]", mergeable_ranks=BYTES, special_tokens={})
    for character in bytes(encoding.encode(TEXT)).decode():
        class_of[ord(character)] = letter

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def base36(number):
    text = ""
    while True:
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
        if number == 0:
            return text


ranges = []
after = 0
code = 0
while code < 0x110000:
    letter = class_of.get(code)
    if letter is None:
        code += 1
        continue
    end = code
    while class_of.get(end) == letter:
        end += 1
    ranges.append(base36(code - after) + ("" if end - code == 1 else "." + base36(end - code)) + letter)
    after = code = end

lines, line = [], ""
for item in ranges:
    if len(line) + len(item) > 100:
        lines.append(line)
        line = ""
    line += item
lines.append(line)
body = ",\n".join(f"  '{line}'" for line in lines)
path = pathlib.Path(__file__).parents[2] / "tokenizers/tekken/unicode-classes.ts"
path.write_text(f"""/**
 * The general categories that Tekken's split pattern asks for, as of Unicode {'16.0'}. They are data, not the runtime's own
 * tables, so that a text's ids are the same on every Node version. Written by test/tokenizers/generate_unicode_classes.py.
 *
 * Ranges in order, each `gap[.length]class` in base 36: code points skipped since the last range, length (1 if left out),
 * and U Lu|Lt, W Ll, B Lm|Lo, M M, N N, S White_Space.
 */
export const UNICODE_CLASSES = [
{body},
].join('')
""")
print(len(ranges), "ranges")
