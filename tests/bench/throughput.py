"""Rows of what a chunk or a call costs when all goes as fast as it can."""

from figures import Figure, Row, ratios, straightness
from rounds import cpu, quantile, rate

# Bytes of a token, as texts have them on average.
TOKEN_BYTES = 4


def streams_64(bench):
    """The upstream writes 16 KiB at a time, in which nginx never looks."""
    return Row("streams-64", "64 streams, upstream as fast as it can",
               _beside_baselines(bench, bench.programs, "blast=1", target=1.5, floor=2.0))


def events_64(bench):
    """As models do it: every event arrives by itself."""
    return Row("events-64", "64 streams, upstream as fast as it can with a write per event",
               _beside_baselines(bench, bench.programs, "blast=1;blast_bytes=0", target=1.5,
                                 floor=2.0, nginx_target=1.1))


def free_64(bench):
    """What pinning does to streams-64 and its baselines."""
    with bench.programs.unpinned() as run:
        return Row("free-64", "streams-64 once more, nothing pinned",
                   _beside_baselines(bench, run, "blast=1"))


def _beside_baselines(bench, run, directives, target=None, floor=None, nginx_target=None):
    shape = {"streams": bench.streams(64), "events": bench.events(2000), "repeat": 2}
    asked = {**shape, "directives": directives}
    loads = {
        "bare": lambda: run.grpc(run.bare, mode="bare", **shape),
        "direct": lambda: run.direct(**asked),
        "service": lambda: run.grpc(run.service, **asked),
    }
    if run.nginx_path:
        loads["nginx"] = lambda: run.through_nginx(**asked)
    results = bench.take_turns(loads)
    service, bare = cpu(results["service"]), cpu(results["bare"])
    figures = [
        Figure("CPU per chunk: service", service, "us"),
        Figure("CPU per chunk: bare gRPC server", bare, "us"),
        Figure("CPU per chunk: libcurl, reading", cpu(results["direct"]), "us"),
        Figure("service / bare", ratios(service, bare), target=target, floor=floor),
    ]
    if run.nginx_path:
        nginx = cpu(results["nginx"])
        figures[3:3] = [Figure("CPU per chunk: nginx", nginx, "us")]
        figures.append(Figure("service / nginx", ratios(service, nginx), target=nginx_target))
    return figures + [
        Figure("chunks per second: service", rate(results["service"])),
        Figure("chunks per second: bare", rate(results["bare"])),
    ]


def stream_1(bench):
    run = bench.programs
    shape = {"streams": 1, "events": bench.events(20000), "repeat": 3}
    results = bench.take_turns({
        "bare": lambda: run.grpc(run.bare, mode="bare", **shape),
        "service": lambda: run.grpc(run.service, **shape),
    })
    service, bare = rate(results["service"]), rate(results["bare"])
    return Row("stream-1", "1 stream, upstream as fast as it can", [
        Figure("chunks per second: service", service),
        Figure("chunks per second: bare", bare),
        Figure("service / bare", ratios(service, bare), target=0.7, at_least=True),
        Figure("CPU per chunk: service", cpu(results["service"]), "us"),
        Figure("CPU per chunk: bare", cpu(results["bare"]), "us"),
    ])


def streams_1000(bench):
    """Streams are equally long on both sides, so that beginning them weighs the same."""
    run = bench.programs
    many = {"streams": bench.streams(1000), "events": bench.events(300), "repeat": 1}
    few = {"streams": bench.streams(64), "events": bench.events(300), "repeat": 16}
    results = bench.take_turns({
        "few": lambda: run.grpc(run.service, **few),
        "many": lambda: run.grpc(run.service, **many),
    })
    few_cpu, many_cpu = cpu(results["few"]), cpu(results["many"])
    return Row("streams-1000", "1,000 streams beside 64, of 300 chunks each", [
        Figure("CPU per chunk: 1,000 streams", many_cpu, "us"),
        Figure("CPU per chunk: 64 streams", few_cpu, "us"),
        Figure("1,000 / 64", ratios(many_cpu, few_cpu), target=1.2),
    ])


def unary(bench):
    run = bench.programs
    shape = {"streams": bench.streams(16), "repeat": bench.events(1000), "events": 1}
    results = bench.take_turns({
        "bare": lambda: run.grpc(run.bare, mode="bare", rpc="chat", **shape),
        "chat": lambda: run.grpc(run.service, rpc="chat", directives="", **shape),
        "model": lambda: run.grpc(run.service, rpc="model", **shape),
    })
    bare = cpu(results["bare"])
    figures = []
    for name, title in (("chat", "chat completion"), ("model", "GetModel")):
        cost = cpu(results[name])
        figures += [
            Figure(f"CPU per call: {title}", cost, "us"),
            Figure(f"{title} / bare", ratios(cost, bare), target=2.5),
            Figure(f"calls per second: {title}", rate(results[name])),
        ]
    return Row("unary", "unary calls, 16 at a time", figures + [
        Figure("CPU per call: bare", bare, "us"),
        Figure("calls per second: bare", rate(results["bare"])),
    ])


def growth(bench):
    """CPU per chunk by the number of streams, and by the size of chunks."""
    run = bench.programs
    streams = [1, 8, 64, 512]
    tokens = [1, 8, 64, 512]

    def by_streams(count):
        # Equally long and equally many, so that beginning them weighs the same.
        return lambda: run.grpc(run.service, streams=bench.streams(count),
                                repeat=max(1, bench.streams(streams[-1]) // count),
                                events=bench.events(250))

    def by_tokens(count):
        return lambda: run.grpc(run.service, streams=bench.streams(64), events=bench.events(1000),
                                directives=f"blast=1;chunk_tokens=1;bytes={TOKEN_BYTES * count}")

    loads = {("streams", count): by_streams(count) for count in streams}
    loads.update({("tokens", count): by_tokens(count) for count in tokens})
    results = bench.take_turns(loads, warm_up=False)
    cost = {key: cpu(result) for key, result in results.items()}
    figures = [Figure(f"CPU per chunk: {count} streams at a time", cost["streams", count], "us")
               for count in streams]
    figures.append(Figure("512 streams / 8 streams",
                          ratios(cost["streams", 512], cost["streams", 8]), target=1.2))
    figures += [Figure(f"CPU per chunk: {count} tokens ({TOKEN_BYTES * count} bytes)",
                       cost["tokens", count], "us") for count in tokens]
    per_byte = [(large - small) * 1e3 / (TOKEN_BYTES * (tokens[-1] - tokens[0]))
                for small, large in zip(cost["tokens", tokens[0]], cost["tokens", tokens[-1]])]
    figures.append(Figure("CPU per byte more", per_byte, "ns"))
    straight = [straightness([(count, cost["tokens", count][number]) for count in tokens])
                for number in range(len(cost["tokens", tokens[0]]))]
    figures.append(Figure("512 tokens / the line through 1 and 64", straight, target=1.2))
    return Row("growth", "cost as work grows", figures)


def call_cost(bench):
    """What a stream costs beside its chunks: not a target, but what short answers pay."""
    run = bench.programs
    shape = {"streams": bench.streams(64), "events": 1, "repeat": bench.events(150)}
    results = bench.take_turns({
        "bare": lambda: run.grpc(run.bare, mode="bare", **shape),
        "service": lambda: run.grpc(run.service, directives="", **shape),
    })
    per_call = {name: [result["cpu_seconds"] * 1e6 / (shape["streams"] * shape["repeat"])
                       for result in found] for name, found in results.items()}
    return Row("short-streams", "streams of one content chunk, 64 at a time", [
        Figure("CPU per stream: service", per_call["service"], "us"),
        Figure("CPU per stream: bare", per_call["bare"], "us"),
        Figure("service / bare", ratios(per_call["service"], per_call["bare"])),
        Figure("time of a stream, p50: service", quantile(results["service"], "call", "p50"), "us"),
    ])
