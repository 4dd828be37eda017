"""What was measured, the verdict on it, and the table that shows both.

Pure arithmetic and text; figures_test.py proves it.
"""

import dataclasses
import math
import statistics

HOLDS, FLOOR_HOLDS, MISSES = "holds", "floor holds", "misses"


@dataclasses.dataclass
class Figure:
    """One measured quantity, a value per round.

    `target` bounds its median, from above or with `at_least` from below. `floor` is the
    bound that holds in any case, where there is one. Without a target it is there to be
    read only.
    """

    name: str
    values: list
    unit: str = ""
    target: float = None
    floor: float = None
    at_least: bool = False

    @property
    def median(self):
        return statistics.median(self.values)

    def _within(self, bound):
        return self.median >= bound if self.at_least else self.median <= bound

    @property
    def verdict(self):
        """HOLDS, FLOOR_HOLDS or MISSES; empty without a target."""
        if self.target is None:
            return ""
        if self._within(self.target):
            return HOLDS
        return FLOOR_HOLDS if self.floor is not None and self._within(self.floor) else MISSES

    @property
    def bound(self):
        """The target as the table shows it."""
        if self.target is None:
            return ""
        sign = ">=" if self.at_least else "<="
        floor = "" if self.floor is None else f" (floor {number(self.floor)})"
        return f"{sign} {number(self.target)}{floor}"

    def as_json(self):
        described = {"name": self.name, "unit": self.unit, "median": self.median,
                     "min": min(self.values), "max": max(self.values), "values": self.values}
        if self.target is not None:
            described.update(target=self.target, floor=self.floor, at_least=self.at_least,
                             verdict=self.verdict)
        return described


@dataclasses.dataclass
class Row:
    """One scenario's figures, and the machine's load while they were taken."""

    key: str
    title: str
    figures: list
    load: list = dataclasses.field(default_factory=list)
    # Why it could not be measured; then there are no figures.
    skipped: str = ""
    # Whether that is so because something went wrong.
    failed: bool = False

    def as_json(self):
        return {"title": self.title, "load": self.load, "skipped": self.skipped,
                "figures": [figure.as_json() for figure in self.figures]}


def ratios(values, baseline):
    """Each round's value by the baseline's of the same round."""
    return [value / base for value, base in zip(values, baseline, strict=True)]


def differences(values, baseline):
    """Each round's value less the baseline's of the same round."""
    return [value - base for value, base in zip(values, baseline, strict=True)]


def straightness(points):
    """How far the last of some (size, cost) points is from the straight line through the
    first and the middle one: 1 is on it, more is above it."""
    ordered = sorted(points)
    (x0, y0), (x1, y1), (x2, y2) = ordered[0], ordered[len(ordered) // 2], ordered[-1]
    slope = max(0.0, (y1 - y0) / (x1 - x0))
    return y2 / (y0 + slope * (x2 - x0))


def number(value):
    """Three digits that count, no more than the measurement has."""
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def spread(figure):
    """Median, least and greatest."""
    unit = f" {figure.unit}" if figure.unit else ""
    if len(figure.values) == 1:
        return number(figure.median) + unit
    return (f"{number(figure.median)} ({number(min(figure.values))}"
            f"-{number(max(figure.values))}){unit}")


def table(rows):
    """The rows as text: a line per figure, below a line per scenario."""
    header = ("", "median (least-greatest)", "target", "verdict")
    lines = []
    for row in rows:
        lines.append(None)
        load = " ".join(f"{value:.1f}" for value in row.load)
        lines.append(f"{row.title}" + (f"   [load {load}]" if row.load else ""))
        if row.skipped:
            lines.append(f"  not measured: {row.skipped}")
        lines.extend((f"  {figure.name}", spread(figure), figure.bound, figure.verdict)
                     for figure in row.figures)
    cells = [header] + [line for line in lines if isinstance(line, tuple)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(header))]
    layout = lambda line: "  ".join(
        cell.ljust(width) for cell, width in zip(line, widths)).rstrip()
    return "\n".join([layout(header)] + [
        "" if line is None else line if isinstance(line, str) else layout(line)
        for line in lines])


def summary(rows):
    """One line: how many targets hold."""
    verdicts = [figure.verdict for row in rows for figure in row.figures if figure.verdict]
    skipped = sum(1 for row in rows if row.skipped)
    parts = [f"{verdicts.count(verdict)} {words}" for verdict, words in
             ((HOLDS, "hold"), (FLOOR_HOLDS, "hold the floor only"), (MISSES, "miss"))]
    more = f"; {skipped} scenarios not measured" if skipped else ""
    return f"of {len(verdicts)} targets " + ", ".join(parts) + more
