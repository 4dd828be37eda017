"""Holds alerts, autoscaler and dashboard against the documents.

Usage: check_alerts.py --rendered FOLDER [--metrics FILE]

FOLDER has a file OVERLAY.yaml for each overlay; production has all alerts. FILE is
docs/metrics.md unless told. Ends with "N passed, N failed".
"""

import argparse
import json
import pathlib
import re
import unittest

import yaml

import counted
from overlay import Overlay

TREE = pathlib.Path(__file__).resolve().parents[2]
arguments = None

# What Prometheus itself adds to each series; `le` is a bucket's.
TARGET_LABELS = {"job", "namespace", "pod", "le"}
# Prometheus's own.
FOREIGN_METRICS = {"up"}
OPERATORS = {"and", "or", "unless"}
# Reasons of errors that callers cause, or that tell of the caller only.
CALLERS_REASONS = set(
    """INVALID_REQUEST UPSTREAM_ERROR SLOW_READER DEADLINE_EXCEEDED CANCELLED UNAUTHENTICATED
    PERMISSION_DENIED QUOTA_EXCEEDED""".split()
)
# The upstream's refusal of our key has an alert of its own.
KEY_REASONS = {"UPSTREAM_CREDENTIALS"}


def production():
    return Overlay(pathlib.Path(arguments.rendered) / "production.yaml")


def alerts():
    groups = production().find("PrometheusRule", "fireworks-grpc")["spec"]["groups"]
    return [rule for group in groups for rule in group["rules"]]


def dashboard():
    return json.loads(
        production().find("ConfigMap", "fireworks-grpc-dashboard")["data"]["fireworks-grpc.json"]
    )


def panels():
    return [p for p in dashboard()["panels"] if p["type"] != "row"]


def documented():
    """Metric to labels, of the tables in docs/metrics.md; histograms by all their series."""
    metrics = {}
    for line in pathlib.Path(arguments.metrics).read_text().splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) < 6 or not re.fullmatch(r"`\w+`", cells[1]):
            continue
        name, labels = cells[1].strip("`"), set(re.findall(r"`(\w+)`", cells[4]))
        suffixes = ["_bucket", "_sum", "_count"] if cells[2] == "histogram" else [""]
        for suffix in suffixes:
            metrics[name + suffix] = labels
    return metrics


def uses(expression):
    """(metric, labels) for each selector of an expression."""
    text = re.sub(r'"[^"]*"', '""', expression)
    text = re.sub(r"\[[^]]*\]|\b(?:by|on|without|ignoring) \([^)]*\)", "", text)
    text = re.sub(r"^(label_values\(.*), \w+\)$", r"\1)", text)
    return [
        (name, set(re.findall(r"(\w+)\s*[=!]", matchers)))
        for name, matchers in re.findall(r"\b([a-z_]\w*)\b(?!\s*\()(?:\{([^}]*)\})?", text)
        if name not in OPERATORS
    ]


def family(series):
    return re.sub(r"_(bucket|sum|count)$", "", series)


def grouped(expression):
    lists = re.findall(r"\b(?:by|on|without|ignoring) \(([^)]*)\)", expression)
    return {label.strip() for labels in lists for label in labels.split(",")}


def runbook():
    text = (TREE / "docs/operations.md").read_text()
    return re.split(r"^## ", text.split("\n## Alerts\n")[1], flags=re.M)[0]


class Alerts(unittest.TestCase):
    def test_the_documents_explain_each_alert_and_no_other(self):
        explained = re.findall(r"^### (\w+)$", runbook(), flags=re.M)
        self.assertEqual(sorted(explained), sorted(rule["alert"] for rule in alerts()))

    def test_each_alert_says_how_bad_it_is_what_it_means_and_where_to_read_on(self):
        for rule in alerts():
            self.assertIn(rule["labels"]["severity"], ("critical", "warning"))
            self.assertEqual(
                set(rule["annotations"]), {"summary", "description", "runbook_url"}, rule["alert"]
            )
            self.assertEqual(
                rule["annotations"]["runbook_url"], f"docs/operations.md#{rule['alert'].lower()}"
            )

    def test_each_alert_is_tested_both_ways(self):
        cases = [
            case
            for test in yaml.safe_load((TREE / "k8s/check/alerts_test.yaml").read_text())["tests"]
            for case in test["alert_rule_test"]
        ]
        names = {rule["alert"] for rule in alerts()}
        self.assertEqual({case["alertname"] for case in cases if case["exp_alerts"]}, names)
        self.assertEqual({case["alertname"] for case in cases if not case["exp_alerts"]}, names)

    def test_each_reason_is_ours_the_upstreams_or_the_callers(self):
        proto = (TREE / "protos/fireworks/errors/v1/errors.proto").read_text()
        reasons = set(re.findall(r"^  ERROR_REASON_(\w+) = ", proto, flags=re.M)) - {"UNSPECIFIED"}
        lists = {
            rule["alert"]: set(re.search(r'reason=~"([^"]*)"', rule["expr"]).group(1).split("|"))
            for rule in alerts()
            if "reason=~" in rule["expr"]
        }
        ours, upstreams = lists["FireworksGrpcOwnErrors"], lists["FireworksGrpcUpstreamErrors"]
        self.assertEqual(
            len(ours) + len(upstreams) + len(CALLERS_REASONS) + len(KEY_REASONS), len(reasons)
        )
        self.assertEqual(ours | upstreams | CALLERS_REASONS | KEY_REASONS, reasons)


class Metrics(unittest.TestCase):
    def expressions(self):
        yield from ((rule["alert"], rule["expr"]) for rule in alerts())
        for panel in panels():
            yield from ((panel["title"], target["expr"]) for target in panel["targets"])
        for variable in dashboard()["templating"]["list"]:
            if variable["type"] == "query":
                yield variable["name"], variable["query"]["query"]

    def test_metrics_and_labels_of_alerts_and_dashboard_are_documented(self):
        metrics = documented()
        self.assertGreater(len(metrics), 50)
        for where, expression in self.expressions():
            used = uses(expression)
            self.assertTrue(used, where)
            known = set(TARGET_LABELS)
            for name, labels in used:
                if name in FOREIGN_METRICS:
                    continue
                self.assertTrue(name in metrics, f"{where}: {name}")
                self.assertLessEqual(labels, metrics[name] | TARGET_LABELS, f"{where}: {name}")
                known |= metrics[name]
            self.assertLessEqual(grouped(expression), known, where)

    def test_each_series_is_of_this_job(self):
        for where, expression in self.expressions():
            for name, labels in uses(expression):
                self.assertIn("job", labels, f"{where}: {name}")

    def test_what_is_refused_at_the_door_is_the_same_everywhere(self):
        lists = {
            found
            for _, expression in self.expressions()
            for found in re.findall(r'reason[=!]~"([^"]*\bUNAUTHENTICATED\b[^"]*)"', expression)
        }
        self.assertEqual(len(lists), 1, lists)

    def test_the_autoscaler_goes_by_a_documented_metric(self):
        scaler = production().find("HorizontalPodAutoscaler", "fireworks-grpc")
        self.assertIn(scaler["spec"]["metrics"][0]["pods"]["metric"]["name"], documented())


class Dashboard(unittest.TestCase):
    def test_each_metric_of_an_alert_and_of_what_to_do_then_has_a_panel(self):
        shown = {
            family(name)
            for panel in panels()
            for target in panel["targets"]
            for name, _ in uses(target["expr"])
        }
        for rule in alerts():
            for name, _ in uses(rule["expr"]):
                self.assertIn(family(name), shown, rule["alert"])
        known = {family(name) for name in documented()}
        for name in known & set(re.findall(r"`(\w+)", runbook())):
            self.assertIn(name, shown, "docs/operations.md")

    def test_each_panel_has_an_id_a_title_a_unit_and_a_word_on_what_it_shows(self):
        ids = [p["id"] for p in dashboard()["panels"]]
        self.assertEqual(len(ids), len(set(ids)))
        titles = [p["title"] for p in panels()]
        self.assertEqual(len(titles), len(set(titles)))
        for panel in panels():
            self.assertTrue(panel["description"], panel["title"])
            self.assertIn("unit", panel["fieldConfig"]["defaults"], panel["title"])

    def test_panels_do_not_overlap_and_fill_24_columns(self):
        taken = set()
        for panel in dashboard()["panels"]:
            at = panel["gridPos"]
            cells = {
                (x, y)
                for x in range(at["x"], at["x"] + at["w"])
                for y in range(at["y"], at["y"] + at["h"])
            }
            self.assertFalse(cells & taken, panel["title"])
            taken |= cells
        self.assertEqual({x for x, _ in taken}, set(range(24)))

    def test_all_data_comes_from_the_source_that_the_viewer_picks(self):
        for panel in panels():
            self.assertEqual(panel["datasource"], {"type": "prometheus", "uid": "${datasource}"})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rendered", required=True)
    parser.add_argument("--metrics", default=TREE / "docs/metrics.md")
    arguments = parser.parse_args()
    counted.run("__main__")
