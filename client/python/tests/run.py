"""Runs all tests of this folder and ends with a line "N passed, N failed"."""

import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent

if __name__ == "__main__":
    sys.path[:0] = [str(HERE), str(HERE.parent / "src")]
    result = unittest.TextTestRunner().run(unittest.defaultTestLoader.discover(str(HERE)))
    failed = len(result.failures) + len(result.errors)
    sys.stderr.flush()
    print(f"{result.testsRun - failed} passed, {failed} failed")
    sys.exit(1 if failed or not result.testsRun else 0)
