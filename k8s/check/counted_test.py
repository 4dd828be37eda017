"""Tests of counted.py: each outcome of a test is counted as what it is."""

import io
import unittest

import counted


class Example(unittest.TestCase):
    def passes(self):
        pass

    def fails(self):
        self.fail()

    def is_broken(self):
        raise ValueError()

    def is_skipped(self):
        self.skipTest("there is no cluster")

    def has_two_parts_that_fail(self):
        for part in range(2):
            with self.subTest(part=part):
                self.fail()

    def has_a_part_that_is_skipped(self):
        with self.subTest():
            self.skipTest("there is no cluster")

    @unittest.expectedFailure
    def passes_against_expectation(self):
        pass


class Unprepared(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        raise ValueError()

    def passes(self):
        pass


def count(*names, case=Example):
    runner = unittest.TextTestRunner(stream=io.StringIO(), resultclass=counted.Result)
    return counted.count(runner.run(unittest.TestSuite(case(name) for name in names)))


class Count(unittest.TestCase):
    def test_what_passes_is_good(self):
        self.assertEqual(count("passes"), ("1 passed, 0 failed", True))

    def test_failures_and_errors_fail(self):
        self.assertEqual(count("passes", "fails", "is_broken"), ("1 passed, 2 failed", False))

    def test_what_is_skipped_has_not_passed(self):
        self.assertEqual(count("passes", "is_skipped"), ("1 passed, 0 failed, 1 skipped", True))
        self.assertEqual(count("is_skipped"), ("0 passed, 0 failed, 1 skipped", False))
        self.assertEqual(
            count("has_a_part_that_is_skipped"), ("0 passed, 0 failed, 1 skipped", False)
        )

    def test_nothing_is_not_good(self):
        self.assertEqual(count(), ("0 passed, 0 failed", False))

    def test_a_test_whose_parts_fail_is_one(self):
        self.assertEqual(count("has_two_parts_that_fail"), ("0 passed, 1 failed", False))

    def test_who_passes_against_expectation_fails(self):
        self.assertEqual(count("passes_against_expectation"), ("0 passed, 1 failed", False))

    def test_a_class_that_cannot_be_prepared_fails(self):
        self.assertEqual(count("passes", case=Unprepared), ("0 passed, 1 failed", False))


if __name__ == "__main__":
    counted.run("__main__")
