#!/usr/bin/env python3
"""That every row of the benchmark runs and measures what it says, on almost nothing.

No figure is judged: how fast this is, is nobody's business in a test.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).parent


@unittest.skipIf("TSAN_OPTIONS" in os.environ or "ASAN_OPTIONS" in os.environ,
                 "what these programs share with tests is tested there with sanitizers")
class SmokeTest(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "bench.json"
            # Run from the root of the runfiles, programs are where they are in bazel-bin.
            done = subprocess.run(
                [sys.executable, HERE / "bench.py", os.getcwd(), "--smoke", "--json", file],
                stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
            cls.output = done.stdout + done.stderr
            cls.code = done.returncode
            cls.told = json.loads(file.read_text()) if file.exists() else {"rows": {}}

    def test_every_row_is_measured(self):
        self.assertEqual(self.code, 0, self.output)
        has_nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin") is not None
        skipped = [key for key, row in self.told["rows"].items() if row["skipped"]]
        self.assertEqual(skipped, [] if has_nginx else ["tls"], self.output)
        self.assertGreaterEqual(len(self.told["rows"]), 15)

    def test_every_row_has_figures_and_most_have_targets(self):
        for key, row in self.told["rows"].items():
            if row["skipped"]:
                continue
            judged = [figure for figure in row["figures"] if "verdict" in figure]
            self.assertEqual(bool(judged), key not in ("short-streams", "free-64"), key)
            self.assertTrue(all(figure["values"] for figure in row["figures"]), key)

    def test_times_are_taken(self):
        for key, name in (("paced", "latency, direct: p50"),
                          ("paced", "latency, bare gRPC: p50"),
                          ("paced", "time to first event, direct: p50"),
                          ("open-10000", "latency of a chunk, p50"),
                          ("stopped-reader", "latency of the others, p50"),
                          ("silence", "chat completion, p50")):
            found = {figure["name"]: figure for figure in self.told["rows"][key]["figures"]}
            self.assertGreater(found[name]["median"], 0, f"{key}: {name}\n{self.output}")

    def test_nothing_is_lost(self):
        figures = {figure["name"]: figure for figure in self.told["rows"]["open-10000"]["figures"]}
        lost = [figure for name, figure in figures.items() if name.startswith("chunks lost")]
        self.assertEqual([figure["median"] for figure in lost], [0])
        self.assertEqual(figures["calls that failed"]["median"], 0)

    def test_the_table_has_every_row(self):
        for row in self.told["rows"].values():
            self.assertIn(row["title"], self.output)


if __name__ == "__main__":
    unittest.main(verbosity=2)
