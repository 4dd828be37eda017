"""What pods need, by the figures that docs/scaling.md gives in its first table."""

import pathlib
import re

KIB = 2**10
MIB = 2**20

# The table's rows that count here, by their first cells.
ROWS = {
    "events": "events of one stream",
    "event_us": "CPU of an event",
    "process_mib": "memory of the process",
    "stream_kib": "memory of a running stream",
    "connection_kib": "memory of a caller's connection",
    "body_factor": "memory of a body at its peak",
    "body_kib": "body that a running call holds",
}


class Figures:
    """One attribute for each of ROWS, as the text has it."""

    def __init__(self, text):
        for name, row in ROWS.items():
            found = re.search(rf"^\| {row} \| (\d+(?:\.\d+)?)\b", text, flags=re.M)
            if not found:
                raise ValueError(f"no figure for '{row}'")
            setattr(self, name, float(found.group(1)))

    def stream_cores(self, streams):
        return streams * self.events * self.event_us / 1e6


def quantity(text):
    """Kubernetes' notation of cores or bytes, as far as it is used here."""
    number, unit = re.fullmatch(r"(\d+)(m|Mi|Gi)?", str(text)).groups()
    return int(number) * {None: 1, "m": 0.001, "Mi": MIB, "Gi": 2**30}[unit]


class Pod:
    """What one pod of an overlay may have to do, and is given."""

    def __init__(self, overlay, figures):
        self.figures = figures
        # Defaults are those of protos/fireworks/service/v1/config.proto.
        self.loops = overlay.number("loops", 1)
        self.calls = overlay.number("max_concurrent_calls", 4096 * self.loops)
        self.connections = overlay.number("max_connections", 8192)
        self.queued_bytes = overlay.number("max_queued_bytes", 256 * KIB)
        self.request_bytes = overlay.number("max_request_bytes", 64 * MIB)
        resources = overlay.container["resources"]
        self.cpu_request = quantity(resources["requests"]["cpu"])
        self.memory_request = quantity(resources["requests"]["memory"])
        self.memory_limit = quantity(resources["limits"]["memory"])

    def memory(self):
        """Bytes, by what for. A pod of few calls must still hold one large body."""
        figures = self.figures
        bodies = max(self.calls * figures.body_kib * KIB, self.request_bytes)
        return {
            "process": figures.process_mib * MIB,
            "streams": self.calls * figures.stream_kib * KIB,
            "connections": self.connections * figures.connection_kib * KIB,
            "slow callers": self.calls * self.queued_bytes,
            "bodies": bodies * figures.body_factor,
        }


def read(tree):
    return (pathlib.Path(tree) / "docs/scaling.md").read_text()
