#!/usr/bin/env python3
"""Verdicts, ratios and the table of the benchmarks."""

import os
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import figures  # noqa: E402  Beside this file, wherever that is.
from figures import Figure, Row  # noqa: E402


class VerdictTest(unittest.TestCase):

    def test_the_median_decides_and_the_bound_itself_holds(self):
        self.assertEqual(Figure("x", [9, 1.5, 1], target=1.5).verdict, "holds")
        self.assertEqual(Figure("x", [1.51], target=1.5).verdict, "misses")

    def test_between_target_and_floor_the_floor_holds(self):
        verdict = lambda value: Figure("x", [value], target=1.5, floor=2).verdict
        self.assertEqual(verdict(1.4), "holds")
        self.assertEqual(verdict(2), "floor holds")
        self.assertEqual(verdict(2.1), "misses")

    def test_bounds_from_below(self):
        verdict = lambda value: Figure("x", [value], target=0.7, floor=0.5, at_least=True).verdict
        self.assertEqual(verdict(0.7), "holds")
        self.assertEqual(verdict(0.6), "floor holds")
        self.assertEqual(verdict(0.4), "misses")

    def test_what_has_no_target_has_no_verdict(self):
        self.assertEqual(Figure("x", [1]).verdict, "")
        self.assertNotIn("verdict", Figure("x", [1]).as_json())

    def test_json_has_every_round(self):
        described = Figure("x", [3, 1, 2], "us", target=1).as_json()
        self.assertEqual(described["values"], [3, 1, 2])
        self.assertEqual((described["median"], described["min"], described["max"]), (2, 1, 3))
        self.assertEqual(described["verdict"], "misses")


class ArithmeticTest(unittest.TestCase):

    def test_rounds_are_compared_with_the_baseline_of_the_same_round(self):
        self.assertEqual(figures.ratios([2, 9], [1, 3]), [2, 3])
        self.assertEqual(figures.differences([2, 9], [1, 3]), [1, 6])
        with self.assertRaises(ValueError):
            figures.ratios([1, 2], [1])

    def test_straightness(self):
        self.assertEqual(figures.straightness([(1, 3), (2, 5), (4, 9)]), 1)
        self.assertEqual(figures.straightness([(4, 18), (1, 3), (2, 5)]), 2)
        # Cost that does not grow at first makes no line that falls.
        self.assertEqual(figures.straightness([(1, 3), (2, 2), (4, 6)]), 2)

    def test_numbers_have_three_digits(self):
        shown = [figures.number(value) for value in (0, 0.12345, 1.5, 2, 12.34, 123.4, 98765.4)]
        self.assertEqual(shown, ["0", "0.123", "1.5", "2", "12.3", "123", "98,765"])
        self.assertEqual(figures.number(-0.05), "-0.05")


class TableTest(unittest.TestCase):

    ROWS = [
        Row("a", "First", [Figure("cost", [2, 1, 4], "us"),
                           Figure("cost / bare", [1.6], target=1.5, floor=2)], [0.5, 1.25]),
        Row("b", "Second", [], skipped="no nginx"),
    ]

    def test_every_figure_has_a_line_with_target_and_verdict(self):
        # Columns are as wide as what stands in them.
        lines = [re.sub(r"(?<=\S)  +", "  ", line)
                 for line in figures.table(self.ROWS).splitlines()]
        self.assertIn("First  [load 0.5 1.2]", lines)
        self.assertIn("  cost  2 (1-4) us", lines)
        self.assertIn("  cost / bare  1.6  <= 1.5 (floor 2)  floor holds", lines)
        self.assertIn("  not measured: no nginx", lines)

    def test_the_summary_counts_verdicts(self):
        self.assertEqual(figures.summary(self.ROWS),
                         "of 1 targets 0 hold, 1 hold the floor only, 0 miss; "
                         "1 scenarios not measured")


if __name__ == "__main__":
    unittest.main(verbosity=2)
