"""Rows of memory, and the row with TLS, which is about memory too."""

from figures import Figure, Row, ratios
from rounds import cpu

KIB, MIB = 1024, 1024 * 1024
# Thousands of streams begin at once, and a busy machine is no reason to end one.
PATIENCE = "limits { connect_timeout { seconds: 60 } }"
# Below the 1,000 that one connection of a caller may carry.
STREAMS_PER_CHANNEL = 500


def _hold_open(start, load, streams, seconds, spread_us):
    """Streams of a chunk a second that are open together for a while, in a service of their
    own; one begins every `spread_us`. On a busy machine it takes longer streams to have all
    of them open at a time."""
    for _ in range(3):
        with start(PATIENCE) as service:
            load(service, streams=1, events=1, directives="")  # Connects, and starts threads.
            result = load(service, streams=streams, channels=max(1, streams // STREAMS_PER_CHANNEL),
                          events=seconds, memory="true", pace_ms=1000, directives="",
                          stamped="true", spread_ms=max(100, streams * spread_us // 1000))
        if result["resident_open"] > 0:
            # Beside the content: the first chunk, with the role, and the last.
            result["wanted"] = streams * (seconds + 2)
            return result
        seconds *= 2
    raise RuntimeError("the streams were never all open: the machine is too busy")


def _per_stream(result, streams):
    return (result["resident_open"] - result["resident_before"]) / streams / KIB


def open_10000(bench):
    run = bench.programs
    streams, seconds = bench.streams(10_000), bench.seconds(20)
    results = bench.take_turns({
        "service": lambda: _hold_open(run.new_service, run.grpc, streams, seconds, 700),
    }, rounds=min(2, bench.rounds), warm_up=False)["service"]
    return Row("open-10000", "10,000 open streams of a chunk a second", [
        Figure("resident memory per stream", [_per_stream(r, streams) for r in results], "KiB",
               target=32, floor=40),
        Figure("chunks lost, of " + format(results[0]["wanted"], ","),
               [result["wanted"] - result["messages"] for result in results], target=0),
        Figure("calls that failed", [result["failures"] for result in results], target=0),
        Figure("latency of a chunk, p50", [r["latency"]["p50"] / 1e3 for r in results], "ms"),
        Figure("latency of a chunk, p99", [r["latency"]["p99"] / 1e3 for r in results], "ms"),
        Figure("CPU of the service", [r["cpu_seconds"] / r["seconds"] * 100 for r in results],
               "% of a processor"),
    ])


def tls(bench):
    """The upstream's TLS ends in an nginx that is not measured."""
    run = bench.programs
    title = "TLS to the upstream, mutual TLS to callers, beside plaintext"
    if not run.nginx_path:
        return Row("tls", title, [], skipped="no nginx")
    shape = {"streams": bench.streams(64), "events": bench.events(2000), "repeat": 2}
    results = bench.take_turns({
        "plain": lambda: run.grpc(run.service, **shape),
        "tls": lambda: run.mtls(run.tls_service, **shape),
    })
    plain, secured = cpu(results["plain"]), cpu(results["tls"])
    streams, seconds = bench.streams(2000), bench.seconds(8)

    def held(start, load):
        return _per_stream(_hold_open(start, load, streams, seconds, 1500), streams)

    memory = bench.take_turns({
        "plain": lambda: held(run.new_service, run.grpc),
        "tls": lambda: held(run.new_tls_service, run.mtls),
    }, rounds=min(2, bench.rounds), warm_up=False)
    return Row("tls", title, [
        Figure("CPU per chunk: TLS", secured, "us"),
        Figure("CPU per chunk: plaintext", plain, "us"),
        Figure("CPU per chunk: TLS / plaintext", ratios(secured, plain), target=1.5),
        Figure(f"memory per stream, {streams:,} open: TLS", memory["tls"], "KiB"),
        Figure(f"memory per stream, {streams:,} open: plaintext", memory["plain"], "KiB"),
        Figure("memory per stream: TLS / plaintext", ratios(memory["tls"], memory["plain"]),
               target=2.0),
    ])


def bodies(bench):
    """The most that is resident while one large body passes, over what was before."""
    run = bench.programs
    request, response = bench.events(20) * MIB, bench.events(5) * MIB

    def over(size, **flags):
        with run.new_service() as service:
            run.grpc(service, rpc="chat", streams=1, events=1, directives="", channels=1)
            result = run.grpc(service, rpc="chat", streams=1, events=1, channels=1, memory="true",
                              **flags)
            return (result["resident_peak"] - result["resident_before"]) / size

    results = bench.take_turns({
        "request": lambda: over(request, request_bytes=request, directives=""),
        "response": lambda: over(response, directives=f"bytes={response}"),
    }, warm_up=False)
    return Row("bodies", "one large body", [
        Figure(f"{request // MIB} MiB request: peak memory / body", results["request"], target=3),
        Figure(f"{response // MIB} MiB response: peak memory / body", results["response"],
               target=3),
    ])
