#!/usr/bin/env python3
"""Writes the reference of the contract as a zip of HTML pages.

Usage: generate.py DESCRIPTOR_SET STYLE_CSS OUTPUT_ZIP

The descriptor set holds all imports, and comments: //protos:descriptor_set. The same
input gives the same bytes.
"""

from __future__ import annotations

import pathlib
import sys
import zipfile

from contract import load
from pages import write_pages


def write_zip(pages: dict[str, str], output: pathlib.Path) -> None:
    with zipfile.ZipFile(output, "w") as archive:
        for path, text in sorted(pages.items()):
            entry = zipfile.ZipInfo(f"reference/{path}")  # Dated 1980.
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text)


def main(arguments: list[str]) -> int:
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    descriptor_set, style, output = map(pathlib.Path, arguments)
    contract = load(descriptor_set.read_bytes())
    write_zip(write_pages(contract, style.read_text(encoding="utf-8")), output)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
