#!/usr/bin/env python3
"""README.md shows code of the examples and of tests, as it is run."""

import pathlib
import re
import textwrap
import unittest

ROOT = pathlib.Path("client/cpp")
BLOCK = re.compile(r"<!-- (\S+) (\w+) -->\n```cpp\n(.*?)```\n", re.DOTALL)


def snippet(path, name):
    """The lines between the markers `[START name]` and `[END name]`."""
    text = (ROOT / path).read_text("utf-8")
    found = re.search(rf"^ *// \[START {name}\]\n(.*?)^ *// \[END {name}\]", text, re.DOTALL | re.MULTILINE)
    if not found:
        raise AssertionError(f"{path} has no [START {name}]")
    return textwrap.dedent(found.group(1))


class ReadmeTest(unittest.TestCase):
    def test_each_snippet_is_tested_code(self):
        blocks = BLOCK.findall((ROOT / "README.md").read_text("utf-8"))
        self.assertGreaterEqual(len(blocks), 5)
        for path, name, text in blocks:
            with self.subTest(name):
                self.assertEqual(text, snippet(path, name))

    def test_there_is_no_code_that_nobody_runs(self):
        text = (ROOT / "README.md").read_text("utf-8")
        self.assertEqual(text.count("```cpp"), len(BLOCK.findall(text)))


if __name__ == "__main__":
    unittest.main()
