#!/usr/bin/env python3
"""The order of the rounds of a benchmark, and when they end."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rounds  # noqa: E402  Beside this file, wherever that is.


class RoundsTest(unittest.TestCase):

    def setUp(self):
        self.now = 0.0
        self.ran = []

    def bench(self, number):
        return rounds.Rounds(None, number, clock=lambda: self.now)

    def load(self, name, seconds=0.0):
        def run():
            self.now += seconds
            self.ran.append(name)
            return len(self.ran)
        return run

    def test_loads_take_turns_and_the_round_that_warms_up_does_not_count(self):
        results = self.bench(2).take_turns({"a": self.load("a"), "b": self.load("b")})
        self.assertEqual(self.ran, ["a", "b", "b", "a", "a", "b"])
        self.assertEqual(results, {"a": [4, 5], "b": [3, 6]})

    def test_without_warming_up_all_rounds_count(self):
        results = self.bench(3).take_turns({"a": self.load("a")}, warm_up=False)
        self.assertEqual(results, {"a": [1, 2, 3]})

    def test_a_late_row_ends_after_a_round_that_counts(self):
        results = self.bench(5).take_turns({"a": self.load("a", rounds.ROW_SECONDS + 1)})
        self.assertEqual(results, {"a": [2]})

    def test_rounds_go_on_while_there_is_time(self):
        results = self.bench(5).take_turns({"a": self.load("a", rounds.ROW_SECONDS * 0.3)})
        self.assertEqual(results, {"a": [2, 3, 4]})

    def test_the_next_row_has_its_own_time(self):
        bench = self.bench(2)
        bench.take_turns({"a": self.load("a", rounds.ROW_SECONDS + 1)})
        bench.begin_row()
        self.assertEqual(len(bench.take_turns({"b": self.load("b")})["b"]), 2)

    def test_sizes(self):
        self.assertEqual(rounds.Rounds(None, 1).events(2000), 2000)
        short = rounds.Rounds(None, 1, share=0.25)
        self.assertEqual((short.events(2000), short.streams(64), short.seconds(8)), (500, 64, 8))
        tiny = rounds.Rounds(None, 1, share=0.001, most_streams=8)
        self.assertEqual((tiny.events(2000), tiny.streams(64), tiny.seconds(8)), (2, 8, 2))


class PerMessageTest(unittest.TestCase):

    def test_cost_and_rate(self):
        results = [{"cpu_seconds": 0.5, "seconds": 2, "messages": 1000,
                    "latency": {"p50": 7}}]
        self.assertEqual(rounds.cpu(results), [500])
        self.assertEqual(rounds.rate(results), [500])
        self.assertEqual(rounds.quantile(results, "latency", "p50"), [7])


if __name__ == "__main__":
    unittest.main(verbosity=2)
