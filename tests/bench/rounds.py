"""How much is measured, how often, and in which order."""


import time

# A row that has taken so long begins no further round: all rows take about ten minutes at
# most, on busy machines too.
ROW_SECONDS = 40


class Rounds:
    """Sizes of loads. `share` makes runs shorter, `most_streams` smaller too."""

    def __init__(self, programs, rounds, share=1.0, most_streams=None, clock=time.monotonic):
        self.programs = programs
        self.rounds = rounds
        self._share = share
        self._most_streams = most_streams
        self._clock = clock
        self.begin_row()

    def begin_row(self):
        self._row_began = self._clock()

    def _row_is_late(self):
        return self._clock() - self._row_began > ROW_SECONDS

    def events(self, wanted):
        """How many events, calls or repetitions to ask for."""
        return max(2, round(wanted * self._share))

    def streams(self, wanted):
        return min(wanted, self._most_streams or wanted)

    def seconds(self, wanted):
        """How long streams have to be open together: not less where there are as many."""
        return self.events(wanted) if self._most_streams else wanted

    def take_turns(self, loads, rounds=None, warm_up=True):
        """Runs each of some named loads once a round; their results by name. What comes
        first changes from round to round, and a first round that warms up does not count.
        One counts in any case, others as long as the row is not late."""
        results = {name: [] for name in loads}
        order = list(loads)
        for number in range(-1 if warm_up else 0, rounds or self.rounds):
            if number > 0 and self._row_is_late():
                break
            for name in order:
                result = loads[name]()
                if number >= 0:
                    results[name].append(result)
            order.reverse()
        return results


def cpu(results):
    """Microseconds of CPU per message, round by round."""
    return [result["cpu_seconds"] / result["messages"] * 1e6 for result in results]


def rate(results):
    """Messages per second."""
    return [result["messages"] / result["seconds"] for result in results]


def quantile(results, what, share):
    """Of `latency`, `first` or `call`: microseconds at p50, p99 or max."""
    return [result[what][share] for result in results]
