#!/usr/bin/env python3
"""Measures the service beside its baselines and prints a table of targets and verdicts.

Usage: bench.py BIN_DIR [--runs N] [--only ROW]... [--quick] [--no-pin] [--json FILE] [--list]

BIN_DIR is an optimised bazel-bin. Every figure is taken beside its baseline in the same
run, because machines are noisy; docs/performance.md explains the rows.
"""

import argparse
import datetime
import json
import os
import platform
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import figures  # noqa: E402  Beside this file, wherever that is.
import latency  # noqa: E402
import memory  # noqa: E402
import programs  # noqa: E402
import throughput  # noqa: E402
from rounds import Rounds  # noqa: E402

ROWS = {
    "streams-64": throughput.streams_64,
    "events-64": throughput.events_64,
    "free-64": throughput.free_64,
    "stream-1": throughput.stream_1,
    "streams-1000": throughput.streams_1000,
    "paced": latency.paced,
    "open-10000": memory.open_10000,
    "unary": throughput.unary,
    "silence": latency.silence,
    "stopped-reader": latency.stopped_reader,
    "tls": memory.tls,
    "cancel": latency.cancel,
    "bodies": memory.bodies,
    "growth": throughput.growth,
    "short-streams": throughput.call_cost,
}


def machine():
    """Where the figures come from."""
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return f"{os.cpu_count()} x {model}, Linux {platform.release()}"


def commit():
    """The source that this file is of; programs may be of another."""
    try:
        told = subprocess.run(
            ["git", "-C", os.path.dirname(os.path.abspath(__file__)), "describe", "--always",
             "--dirty", "--exclude=*"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return told.stdout.strip()


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bin_dir")
    parser.add_argument("--runs", type=int, default=3,
                        help="measured rounds of each row, less when they take long")
    parser.add_argument("--only", action="append", choices=list(ROWS), metavar="ROW",
                        help="only this row; may be repeated: " + ", ".join(ROWS))
    parser.add_argument("--quick", action="store_true", help="one short round of each row")
    parser.add_argument("--smoke", action="store_true",
                        help="one round of almost nothing: whether everything runs")
    parser.add_argument("--no-pin", action="store_true", help="pin nothing to processors")
    parser.add_argument("--json", metavar="FILE", help="write the figures there too")
    return parser.parse_args()


def rounds_of(arguments, run):
    if arguments.smoke:
        return Rounds(run, 1, share=0.002, most_streams=8)
    if arguments.quick:
        return Rounds(run, 1, share=0.25)
    return Rounds(run, arguments.runs)


def measure(name, bench):
    """One row. What goes wrong in it is told in it, so that the others are not lost."""
    bench.begin_row()
    began, load = time.monotonic(), os.getloadavg()[0]
    try:
        row = ROWS[name](bench)
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        row = figures.Row(name, name, [], skipped=str(error), failed=True)
    row.load = [load, os.getloadavg()[0]]
    print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return row


def main():
    arguments = parse_arguments()
    # Else the programs that were started would go on without it.
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, lambda number, _: sys.exit(128 + number))
    pinning = programs.Pinning(not arguments.no_pin)
    run = programs.Programs(arguments.bin_dir, pinning)
    bench = rounds_of(arguments, run)
    about = {"machine": machine(), "commit": commit(), "pinning": str(pinning),
             "rounds": bench.rounds,
             "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")}
    print(f"{about['machine']}; commit {about['commit']}; {bench.rounds} rounds; {pinning}",
          flush=True)
    try:
        rows = [measure(name, bench) for name in arguments.only or ROWS]
    finally:
        run.close()
    print(f"\n{figures.table(rows)}\n\n{figures.summary(rows)}")
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump({**about, "rows": {row.key: row.as_json() for row in rows}}, file, indent=2)
            file.write("\n")
    return 1 if any(row.failed for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
