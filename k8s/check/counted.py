"""Runs a module's tests and ends with the line that scripts/check_k8s.sh adds up."""

import sys
import unittest


def run(module):
    result = unittest.TextTestRunner(verbosity=1).run(
        unittest.defaultTestLoader.loadTestsFromName(module)
    )
    # A subtest counts as the test that it is a part of.
    failed = len(
        {getattr(test, "test_case", test).id() for test, _ in result.failures + result.errors}
    )
    passed = result.testsRun - failed
    print(f"{passed} passed, {failed} failed", flush=True)
    sys.exit(0 if passed > 0 and failed == 0 else 1)
