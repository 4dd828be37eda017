"""Runs the benchmark scenarios and prints a table of medians and spreads.

Usage: bench.py BIN_DIR [--runs N] [--json FILE]

BIN_DIR is an optimised bazel-bin. Every figure is also given as a ratio to a
baseline of the same run, because machines are noisy.
"""

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys

STREAMS = 64
EVENTS = 2000
REPEAT = 2
CANCEL_STREAMS = 1000
CANCELS = 100


class Process:
    """A server that prints the port it listens on."""

    def __init__(self, command, env=None):
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env={**os.environ, **(env or {})})
        line = self.process.stdout.readline()
        match = re.search(r"(\d+)\s*$", line)
        if match is None:
            raise RuntimeError(f"{command[0]} did not start: {line!r}")
        self.port = int(match.group(1))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def run(command):
    """Runs one load and returns the JSON object that it prints."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=120)
    return json.loads(done.stdout)


def cpu_per_message(result):
    """Microseconds of CPU per message."""
    return result["cpu_seconds"] / result["messages"] * 1e6


def measure(bin_dir, runs):
    """Yields (scenario, list of results), the scenarios taking turns."""
    path = lambda name: os.path.join(bin_dir, name)
    shape = ["--streams", str(STREAMS), "--events", str(EVENTS), "--repeat", str(REPEAT)]
    results = {"bare": [], "direct": [], "service": []}
    with Process([path("tests/simulator/fireworks_simulator"), "--listen", "127.0.0.1:0"]) as sim:
        url = f"http://127.0.0.1:{sim.port}"
        with Process([path("tests/bench/bare_server")]) as bare, Process(
                [path("service/fireworks_grpc"), "--listen=127.0.0.1:0",
                 f"--upstream_base_url={url}"], {"FIREWORKS_API_KEY": "benchmark"}) as service:

            def load(server, mode):
                return run([path("tests/bench/grpc_load"), "--target",
                            f"127.0.0.1:{server.port}", "--mode", mode, "--pid",
                            str(server.process.pid)] + shape)

            for number in range(runs + 1):
                round_results = {
                    "bare": load(bare, "bare"),
                    "direct": run([path("tests/bench/sse_load"), "--url", url] + shape),
                    "service": load(service, "service"),
                }
                if number > 0:  # The first round warms up.
                    for name, result in round_results.items():
                        results[name].append(result)
    return results


def measure_cancels(bin_dir, runs):
    """How long cancels take to reach the upstream, over several runs."""
    path = lambda name: os.path.join(bin_dir, name)
    results = [run([path("tests/bench/cancel_latency"), "--service",
                    path("service/fireworks_grpc"), "--streams", str(CANCEL_STREAMS),
                    "--cancels", str(CANCELS)]) for _ in range(runs)]
    return {key: summary([result[key] for result in results])
            for key in ("p50_ms", "p99_ms", "max_ms")}


def summary(values):
    """Median, least and greatest."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def machine():
    """Where the figures come from."""
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return f"{os.cpu_count()} x {model}, Linux {platform.release()}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bin_dir")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", metavar="FILE")
    arguments = parser.parse_args()

    results = measure(arguments.bin_dir, arguments.runs)
    table = {}
    for name, runs in results.items():
        table[name] = {
            "cpu_us_per_chunk": summary([cpu_per_message(r) for r in runs]),
            "chunks_per_second": summary([r["messages"] / r["seconds"] for r in runs]),
            "ratio_to_bare": summary([cpu_per_message(r) / cpu_per_message(b)
                                      for r, b in zip(runs, results["bare"])]),
        }

    print(f"{STREAMS} streams, {EVENTS} chunks each, upstream as fast as it can; "
          f"{arguments.runs} runs; {machine()}")
    print()
    print(f"{'process measured':<34}{'CPU us/chunk':>22}{'x bare':>16}{'chunks/s':>14}")
    names = {
        "bare": "bare gRPC server",
        "direct": "libcurl reading the simulator",
        "service": "the service",
    }
    for name, title in names.items():
        row = table[name]
        cpu, ratio = row["cpu_us_per_chunk"], row["ratio_to_bare"]
        spread = f"{cpu['median']:.2f} ({cpu['min']:.2f}-{cpu['max']:.2f})"
        times = f"{ratio['median']:.2f}"
        print(f"{title:<34}{spread:>22}{times:>16}{row['chunks_per_second']['median']:>14.0f}")
    cancels = measure_cancels(arguments.bin_dir, min(arguments.runs, 3))
    print()
    print(f"a cancel until its upstream connection is closed, {CANCELS} of {CANCEL_STREAMS} "
          f"streams: p50 {cancels['p50_ms']['median']:.2f} ms, "
          f"p99 {cancels['p99_ms']['median']:.2f} ms, worst {cancels['max_ms']['max']:.2f} ms")
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump({"machine": machine(), "streams": STREAMS, "events": EVENTS,
                       "rows": table, "cancels": cancels}, file, indent=2)
            file.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
