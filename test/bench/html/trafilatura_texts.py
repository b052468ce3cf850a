"""Texts of pages by trafilatura: a JSON list of pages on standard input, {version, texts, seconds} on standard output."""

import json
import sys
import time
from importlib.metadata import version

from trafilatura import extract

pages = json.load(sys.stdin)
extract(pages[0])
start = time.process_time()
texts = [extract(page, include_comments=False, include_tables=True) or "" for page in pages]
seconds = time.process_time() - start
json.dump({"version": version("trafilatura"), "texts": texts, "seconds": seconds}, sys.stdout)
