"""Runs a module's tests and ends with the line that scripts/check_k8s.sh adds up."""

import sys
import unittest


class Result(unittest.TextTestResult):
    """Knows which tests ran; what fails or is skipped before them was none."""

    def __init__(self, *arguments, **keywords):
        super().__init__(*arguments, **keywords)
        self.ran = set()

    def startTest(self, test):
        super().startTest(test)
        self.ran.add(test.id())


def count(result):
    """The line, and whether it is a good one. A subtest counts as the test that it is a
    part of; what fails outside of tests, as a class's preparation, as one."""

    def ids(outcomes):
        return {getattr(test, "test_case", test).id() for test in outcomes}

    failed = ids(test for test, _ in result.failures + result.errors)
    failed |= ids(result.unexpectedSuccesses)
    skipped = ids(test for test, _ in result.skipped) - failed
    passed = result.ran - failed - skipped
    line = f"{len(passed)} passed, {len(failed)} failed"
    if skipped:
        line += f", {len(skipped)} skipped"
    return line, bool(passed) and not failed


def run(module):
    result = unittest.TextTestRunner(verbosity=1, resultclass=Result).run(
        unittest.defaultTestLoader.loadTestsFromName(module)
    )
    line, good = count(result)
    print(line, flush=True)
    sys.exit(0 if good else 1)
