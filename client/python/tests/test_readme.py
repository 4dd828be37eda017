"""README.md shows code of the examples, as it is run."""

import pathlib
import re
import textwrap
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"<!-- (\w+) -->\n```python\n(.*?)```\n", re.DOTALL)


def snippet(name):
    """The lines between the markers `[START name]` and `[END name]`."""
    for path in sorted((ROOT / "examples").glob("*.py")):
        found = re.search(rf"# \[START {name}\]\n(.*?) *# \[END {name}\]", path.read_text("utf-8"), re.DOTALL)
        if found:
            return textwrap.dedent(found.group(1)).strip() + "\n"
    raise AssertionError(f"no example has [START {name}]")


class ReadmeTest(unittest.TestCase):
    def test_each_snippet_is_an_examples(self):
        blocks = BLOCK.findall((ROOT / "README.md").read_text("utf-8"))
        self.assertGreaterEqual(len(blocks), 5)
        for name, text in blocks:
            with self.subTest(name):
                self.assertEqual(text, snippet(name))

    def test_there_is_no_python_that_nobody_runs(self):
        text = (ROOT / "README.md").read_text("utf-8")
        self.assertEqual(text.count("```python"), len(BLOCK.findall(text)))


if __name__ == "__main__":
    unittest.main()
