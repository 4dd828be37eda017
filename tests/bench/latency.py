"""Rows of time: what the service adds to chunks, calls and cancels."""

import concurrent.futures

from figures import Figure, Row, differences, ratios
from rounds import cpu, quantile

PACE_MS = 20


def paced(bench):
    """64 streams of 50 chunks a second, which leaves both processors mostly idle."""
    run = bench.programs
    shape = {"streams": bench.streams(64), "events": 25, "repeat": bench.events(6),
             "stamped": "true", "spread_ms": PACE_MS, "pace_ms": PACE_MS, "directives": ""}
    loads = {
        "direct": lambda: run.direct(measured=False, **shape),
        "service": lambda: run.grpc(run.service, **shape),
        "bare": lambda: run.grpc(run.bare, mode="bare", **shape),
    }
    if run.nginx_path:
        loads["nginx"] = lambda: run.through_nginx(**shape)
    results = bench.take_turns(loads)

    def times(name, what, share):
        return quantile(results[name], what, share)

    def added(name, what, share):
        return differences(times(name, what, share), times("direct", what, share))

    figures = [
        Figure("added latency of a chunk, p50", added("service", "latency", "p50"), "us",
               target=150),
        Figure("added latency of a chunk, p99", added("service", "latency", "p99"), "us",
               target=1000, floor=3000),
        Figure("added time to first event, p50", added("service", "first", "p50"), "us",
               target=300),
        Figure("added time to first event, p99", added("service", "first", "p99"), "us"),
        Figure("CPU per chunk: service", cpu(results["service"]), "us"),
        Figure("CPU per chunk: bare gRPC server", cpu(results["bare"]), "us"),
        Figure("CPU per chunk: service / bare",
               ratios(cpu(results["service"]), cpu(results["bare"]))),
        Figure("latency, bare gRPC: p50", times("bare", "latency", "p50"), "us"),
        Figure("latency, bare gRPC: p99", times("bare", "latency", "p99"), "us"),
        Figure("time to first event, bare gRPC: p50", times("bare", "first", "p50"), "us"),
        Figure("latency, direct: p50", times("direct", "latency", "p50"), "us"),
        Figure("latency, direct: p99", times("direct", "latency", "p99"), "us"),
        Figure("time to first event, direct: p50", times("direct", "first", "p50"), "us"),
    ]
    if run.nginx_path:
        figures += [
            Figure("CPU per chunk: nginx", cpu(results["nginx"]), "us"),
            Figure("nginx adds: latency, p50", added("nginx", "latency", "p50"), "us"),
            Figure("nginx adds: latency, p99", added("nginx", "latency", "p99"), "us"),
            Figure("nginx adds: time to first event, p50", added("nginx", "first", "p50"), "us"),
        ]
    return Row("paced", "64 streams of 50 chunks a second (not saturated)", figures)


def silence(bench):
    """Both are silent for 3 s, take a call, and so on, out of step with each other."""
    run = bench.programs
    shape = {"rpc": "chat", "streams": 1, "channels": 1, "events": 1,
             "pause_ms": 3000 if bench.events(100) > 10 else 10}
    warm = dict(shape, pause_ms=0)
    calls = bench.events(10)
    loads = {
        "bare": lambda **flags: run.grpc(run.bare, mode="bare", **flags),
        "service": lambda **flags: run.grpc(run.service, directives="", **flags),
    }
    for load in loads.values():
        load(**warm, rounds=50)
    with concurrent.futures.ThreadPoolExecutor() as both:
        # The first call of each connects, which a median does not mind.
        running = {name: both.submit(load, **shape, rounds=calls + 1)
                   for name, load in loads.items()}
        results = {name: [future.result()] for name, future in running.items()}
    p50 = {name: quantile(result, "call", "p50") for name, result in results.items()}
    return Row("silence", f"the next call after 3 s of silence, {calls} times", [
        Figure("chat completion, p50", p50["service"], "us"),
        Figure("bare unary call, p50", p50["bare"], "us"),
        Figure("service / bare", ratios(p50["service"], p50["bare"]), target=1.5),
    ])


def stopped_reader(bench):
    """The one that stops shares its connection with a quarter of the others."""
    run = bench.programs
    shape = {"streams": bench.streams(1000) - 1, "events": bench.events(16), "stamped": "true",
             "spread_ms": 2000, "pace_ms": 250, "directives": ""}
    results = bench.take_turns({
        "without": lambda: run.grpc(run.service, **shape),
        "with": lambda: run.grpc(run.service, stopped=1, **shape),
    })
    figures = []
    for share in ("p50", "p99"):
        without = quantile(results["without"], "latency", share)
        others = quantile(results["with"], "latency", share)
        # Noise is what the rounds without it differ by, and a tenth at least.
        noise = max(1.1, max(without) / Figure("", without).median)
        figures += [
            Figure(f"latency of the others, {share}", others, "us"),
            Figure(f"latency without it, {share}", without, "us"),
            Figure(f"{share}, with / without; noise up to {noise:.2f}", ratios(others, without),
                   target=noise),
        ]
    return Row("stopped-reader", "one reader stops among 1,000", figures)


def cancel(bench):
    run = bench.programs
    results = bench.take_turns(
        {"cancel": lambda: run.cancel_latency(streams=bench.streams(1000),
                                              cancels=min(100, bench.streams(100)))},
        warm_up=False)["cancel"]
    times = lambda key: [result[key] for result in results]
    return Row("cancel", "cancel until the upstream is aborted, 100 of 1,000 streams", [
        Figure("p50", times("p50_ms"), "ms"),
        Figure("p99", times("p99_ms"), "ms", target=50),
        Figure("greatest", times("max_ms"), "ms"),
    ])
