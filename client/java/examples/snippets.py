#!/usr/bin/env python3
"""Brings the snippets of README.md in from the examples' sources.

In a source, a snippet stands between the comments `[START name]` and `[END name]`. In the page, the
comment `snippet: FILE name` stands before the block of code. With --check nothing is written, and the
exit code is 1 when the page is not current.
"""

import pathlib
import re
import sys
import textwrap

HERE = pathlib.Path(__file__).resolve().parent
SOURCES = HERE / "src/main/java/com/fireworks/grpc/examples"
PAGE = HERE.parent / "README.md"


def snippet(file, name):
    text = (SOURCES / file).read_text()
    found = re.search(rf"^ *// \[START {name}\]\n(.*?)^ *// \[END {name}\]$", text, re.M | re.S)
    if not found:
        sys.exit(f"snippets.py: {file} has no snippet {name}")
    return textwrap.dedent(found.group(1)).strip("\n") + "\n"


def current(page):
    return re.sub(r"(<!-- snippet: (\S+) (\S+) -->\n```java\n).*?(```)",
                  lambda m: m.group(1) + snippet(m.group(2), m.group(3)) + m.group(4), page, flags=re.S)


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    page = PAGE.read_text()
    if "--check" in sys.argv:
        if page != current(page):
            sys.exit("snippets.py: README.md is not current; run client/java/examples/snippets.py")
    else:
        PAGE.write_text(current(page))


if __name__ == "__main__":
    main()
