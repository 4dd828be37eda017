"""Holds requests, limits and autoscaler of each overlay against the figures of
docs/scaling.md, and the sums of that page too.

Usage: check_sizes.py --rendered FOLDER

FOLDER has a file OVERLAY.yaml for each overlay. Ends with "N passed, N failed".
"""

import argparse
import pathlib
import unittest

import counted
from overlay import Overlay
from sizing import MIB, Figures, Pod, read

TREE = pathlib.Path(__file__).resolve().parents[2]
arguments = None

# How much of a container's memory may be planned: heaps fragment, and figures are means.
PLANNED_MEMORY = 0.8


def overlays():
    for path in sorted(pathlib.Path(arguments.rendered).glob("*.yaml")):
        yield Overlay(path)


def targets(scaler):
    """Streams for each pod, and the share of its CPU request, that the autoscaler aims at."""
    streams, cpu = scaler["spec"]["metrics"]
    return (
        int(streams["pods"]["target"]["averageValue"]),
        cpu["resource"]["target"]["averageUtilization"] / 100,
    )


class Pods(unittest.TestCase):
    def scaled(self):
        figures = Figures(read(TREE))
        found = [
            (overlay.name, Pod(overlay, figures), *targets(scaler))
            for overlay in overlays()
            for scaler in overlay.all("HorizontalPodAutoscaler")
        ]
        self.assertTrue(found)
        return found

    def test_what_a_pod_may_hold_fits_its_memory(self):
        for overlay in overlays():
            pod = Pod(overlay, Figures(read(TREE)))
            self.assertEqual(pod.memory_request, pod.memory_limit, overlay.name)
            parts = {name: round(value / MIB) for name, value in pod.memory().items()}
            most = PLANNED_MEMORY * pod.memory_limit / MIB
            self.assertLessEqual(sum(parts.values()), most, f"{overlay.name} {parts}")

    def test_the_streams_of_a_full_pod_fit_its_cpu_request(self):
        for name, pod, _, _ in self.scaled():
            self.assertLessEqual(pod.figures.stream_cores(pod.calls), pod.cpu_request, name)

    def test_the_autoscaler_goes_by_streams_before_it_goes_by_cpu(self):
        for name, pod, streams, share in self.scaled():
            self.assertLess(pod.figures.stream_cores(streams), share * pod.cpu_request, name)

    def test_each_requested_core_has_a_loop(self):
        for name, pod, _, _ in self.scaled():
            self.assertEqual(pod.loops, int(pod.cpu_request), name)


class Documents(unittest.TestCase):
    """The sums that docs/scaling.md shows follow from its figures and from k8s/."""

    maxDiff = None

    def setUp(self):
        self.text = read(TREE)
        self.overlay = Overlay(pathlib.Path(arguments.rendered) / "production.yaml")
        self.pod = Pod(self.overlay, Figures(self.text))

    def assert_says(self, *lines):
        text = " ".join(self.text.split())
        missing = [line for line in lines if line not in text]
        self.assertEqual(missing, [], "what docs/scaling.md should say now")

    def test_cpu(self):
        pod, figures = self.pod, self.pod.figures
        streams, share = targets(self.overlay.find("HorizontalPodAutoscaler", "fireworks-grpc"))
        event = f"{figures.events:g}/s × {figures.event_us:g} µs"
        one = figures.stream_cores(1)
        full, aim, guard = one * pod.calls, one * streams, share * pod.cpu_request
        cells = " | ".join(
            [f"{aim:.2f}", f"{aim * 10:.1f}", f"{aim * 100:.0f}", f"{aim * 1000:,.0f}"]
        )
        self.assert_says(
            f"CPU of a full pod = {pod.calls} streams × {event} = {full:.2f} cores",
            f"{1 / one:.0f} streams a core (1 s / ({figures.events:g} × {figures.event_us:g} µs))",
            f"requests {pod.cpu_request} cores for a pod,"
            f" which a full one takes {full / pod.cpu_request:.0%} of".replace("%", " %"),
            f"`upstream.loops`: {pod.loops} in `k8s/`",
            f"CPU at that aim: {streams} × {event} = {aim:.2f} cores",
            f"the guard: {100 * share:.0f} % of the {pod.cpu_request} cores requested"
            f" = {guard:.2f} cores = {int(guard / one)} streams",
            f"more than {int(guard / streams / figures.event_us * 1e6)} events a second",
            f"| cores that are busy | {cells} |",
        )

    def test_memory(self):
        pod, figures = self.pod, self.pod.figures
        parts = {name: round(value / MIB) for name, value in pod.memory().items()}
        together = sum(parts.values())
        limit = pod.memory_limit / MIB
        self.assert_says(
            f"the process {parts['process']} MiB",
            f"streams: {pod.calls} × {figures.stream_kib:g} KiB = {parts['streams']} MiB",
            f"connections: {pod.connections} × {figures.connection_kib:g} KiB"
            f" = {parts['connections']} MiB",
            f"slow callers: {pod.calls} × {pod.queued_bytes // 1024} KiB"
            f" (limits.max_queued_bytes) = {parts['slow callers']} MiB",
            f"bodies: {pod.calls} × {figures.body_kib:g} KiB × {figures.body_factor:g}"
            f" = {parts['bodies']} MiB",
            f"together {together} MiB, {100 * together / limit:.0f} % of {limit / 1024:g} GiB",
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rendered", required=True)
    arguments = parser.parse_args()
    counted.run("__main__")
