"""Holds each overlay against the service: its configuration, its times, its ports.

Usage: check_overlays.py --rendered FOLDER --service FILE --simulator FILE

FOLDER has a file OVERLAY.yaml for each overlay. Ends with "N passed, N failed".
"""

import argparse
import pathlib
import re
import subprocess
import tempfile
import unittest

import counted
from overlay import Overlay, make_certificate

arguments = None
made = None

# How long the service takes to end what is left after the grace, and kubelets to notice.
FLUSH_SECONDS = 2
SPARE_SECONDS = 10


def check_config(overlay, spoil=lambda text: text):
    with tempfile.TemporaryDirectory() as root:
        config = overlay.materialise(root, made)
        policy = pathlib.Path(root + "/etc/fireworks-grpc/policy/policy.textproto")
        policy.write_text(spoil(policy.read_text()))
        # No environment: a pod has none of ours.
        return subprocess.run(
            [arguments.service, f"--config={config}", "--check_config"],
            env={},
            capture_output=True,
            text=True,
            timeout=60,
        )


class OverlayTest:
    """The cases; one class of unittest is made of it for each overlay."""

    overlay = None

    def test_the_service_takes_configuration_and_policy(self):
        ran = check_config(self.overlay)
        self.assertEqual(ran.returncode, 0, ran.stderr)

    def test_the_service_would_not_take_another_policy(self):
        ran = check_config(
            self.overlay, lambda text: text + 'rules { name: "a" callers: "*" method: "*" }'
        )
        self.assertEqual(ran.returncode, 2)
        self.assertIn("policy.textproto", ran.stderr)

    def test_the_flags_are_those_of_the_mounted_configuration(self):
        self.assertEqual(
            self.overlay.container["args"],
            ["--config=/etc/fireworks-grpc/config/service.textproto"],
        )

    def test_nothing_is_mounted_by_sub_path(self):
        for mount in self.overlay.container["volumeMounts"]:
            self.assertNotIn("subPath", mount)
            self.assertTrue(mount["readOnly"])

    def test_the_grace_covers_the_longest_call(self):
        grace = self.overlay.seconds("drain_grace", 30)
        wait = self.overlay.seconds("max_wait", 10)
        for field, default in (
            ("stream_timeout", 3600),
            ("inference_timeout", 600),
            ("management_timeout", 60),
        ):
            self.assertGreaterEqual(grace, self.overlay.seconds(field, default) + wait, field)

    def test_the_pod_may_live_as_long_as_it_drains(self):
        sleep = self.overlay.container["lifecycle"]["preStop"]["sleep"]["seconds"]
        needed = sleep + self.overlay.seconds("drain_grace", 30) + FLUSH_SECONDS + SPARE_SECONDS
        self.assertGreaterEqual(self.overlay.pod["terminationGracePeriodSeconds"], needed)

    def test_probes_ask_the_health_port(self):
        port = self.overlay.ports()["health"]
        for probe, service in (
            ("startupProbe", "liveness"),
            ("readinessProbe", None),
            ("livenessProbe", "liveness"),
        ):
            self.assertEqual(self.overlay.container[probe]["grpc"].get("port"), port)
            self.assertEqual(self.overlay.container[probe]["grpc"].get("service"), service, probe)

    def test_ports_are_those_that_the_service_listens_on(self):
        declared = {p["name"]: p["containerPort"] for p in self.overlay.container["ports"]}
        self.assertEqual(declared, self.overlay.ports())
        for name in ("fireworks-grpc", "fireworks-grpc-headless"):
            service = self.overlay.find("Service", name)
            self.assertEqual(service["spec"]["ports"][0]["targetPort"], "grpc")
            self.assertEqual(service["spec"]["ports"][0]["port"], declared["grpc"])
        self.assertEqual(
            self.overlay.find("Service", "fireworks-grpc-headless")["spec"]["clusterIP"], "None"
        )

    def test_plaintext_is_told_to_gateways_where_it_is(self):
        port = self.overlay.find("Service", "fireworks-grpc")["spec"]["ports"][0]
        plaintext = " tls {" not in self.overlay.config.split("server {")[1].split("\n}")[0]
        self.assertEqual(port.get("appProtocol"), "kubernetes.io/h2c" if plaintext else None)

    def test_selectors_find_the_pods(self):
        labels = self.overlay.deployment["spec"]["template"]["metadata"]["labels"]
        selectors = [self.overlay.find("Service", "fireworks-grpc")["spec"]["selector"]]
        selectors += [
            o["spec"]["selector"]["matchLabels"]
            for kind in ("PodDisruptionBudget", "PodMonitor")
            for o in self.overlay.all(kind)
        ]
        selectors += [
            c["labelSelector"]["matchLabels"] for c in self.overlay.pod["topologySpreadConstraints"]
        ]
        for selector in selectors:
            self.assertLessEqual(selector.items(), labels.items())

    def test_everything_else_is_denied_on_the_network(self):
        deny = self.overlay.find("NetworkPolicy", "default-deny")["spec"]
        self.assertEqual(deny["podSelector"], {})
        self.assertEqual(sorted(deny["policyTypes"]), ["Egress", "Ingress"])
        self.assertNotIn("ingress", deny)
        self.assertNotIn("egress", deny)

    def test_the_network_opens_no_port_to_everyone(self):
        for policy in self.overlay.all("NetworkPolicy"):
            for direction, peers in (("ingress", "from"), ("egress", "to")):
                for rule in policy["spec"].get(direction, []):
                    self.assertTrue(rule[peers] and rule["ports"], policy["metadata"]["name"])
                    self.assertNotIn({}, rule[peers])

    def test_every_address_of_the_configuration_may_be_reached(self):
        allowed = {
            p["port"]
            for policy in self.overlay.all("NetworkPolicy")
            if policy["spec"]["podSelector"].get("matchLabels", {}).get("app.kubernetes.io/name")
            == "fireworks-grpc"
            for rule in policy["spec"].get("egress", [])
            for p in rule["ports"]
        }
        needed = {int(port) for port in re.findall(r'address: "[^"]*:(\d+)"', self.overlay.config)}
        for scheme, port in re.findall(r'"(https?)://[^/:"]+(?::(\d+))?[/"]', self.overlay.config):
            needed.add(int(port or {"http": 80, "https": 443}[scheme]))
        self.assertLessEqual(needed, allowed)

    def test_tokens_are_mounted_where_the_configuration_reads_one(self):
        self.assertFalse(self.overlay.pod["automountServiceAccountToken"])
        mounted = any("projected" in volume for volume in self.overlay.pod["volumes"])
        self.assertEqual(mounted, "jwks_token_file" in self.overlay.config)
        self.assertEqual(mounted, bool(self.overlay.all("ClusterRoleBinding")))

    def test_all_pods_satisfy_the_restricted_standard(self):
        self.assertEqual(
            self.overlay.find("Namespace", "fireworks")["metadata"]["labels"][
                "pod-security.kubernetes.io/enforce"
            ],
            "restricted",
        )
        for deployment in self.overlay.all("Deployment"):
            pod = deployment["spec"]["template"]["spec"]
            self.assertTrue(pod["securityContext"]["runAsNonRoot"])
            self.assertEqual(pod["securityContext"]["seccompProfile"], {"type": "RuntimeDefault"})
            for container in pod["containers"]:
                context = container["securityContext"]
                self.assertFalse(context["allowPrivilegeEscalation"])
                self.assertTrue(context["readOnlyRootFilesystem"])
                self.assertEqual(context["capabilities"], {"drop": ["ALL"]})

    def test_the_autoscaler_scales_before_the_limit_and_waits_for_streams(self):
        for scaler in self.overlay.all("HorizontalPodAutoscaler"):
            self.assertNotIn("replicas", self.overlay.deployment["spec"])
            target = int(scaler["spec"]["metrics"][0]["pods"]["target"]["averageValue"])
            self.assertLessEqual(target, 0.6 * self.overlay.number("max_concurrent_calls", 4096))
            self.assertGreaterEqual(
                scaler["spec"]["behavior"]["scaleDown"]["stabilizationWindowSeconds"],
                self.overlay.seconds("stream_timeout", 3600),
            )

    def test_the_gateway_lets_the_service_end_calls(self):
        for policy in self.overlay.all("BackendTrafficPolicy"):
            http = {k: int(v[:-1]) for k, v in policy["spec"]["timeout"]["http"].items()}
            self.assertEqual(http["requestTimeout"], 0)
            self.assertGreater(
                http["maxStreamDuration"],
                self.overlay.seconds("stream_timeout", 3600) + self.overlay.seconds("max_wait", 10),
            )
            self.assertGreater(
                http["streamIdleTimeout"], self.overlay.seconds("inference_timeout", 600)
            )
            self.assertLess(
                http["connectionIdleTimeout"], self.overlay.seconds("max_connection_idle", 900)
            )
            route = self.overlay.find("GRPCRoute", policy["spec"]["targetRefs"][0]["name"])
            backend = route["spec"]["rules"][0]["backendRefs"][0]
            service = self.overlay.find("Service", backend["name"])
            self.assertEqual(backend["port"], service["spec"]["ports"][0]["port"])

    def test_the_simulator_takes_its_flags(self):
        if not any(
            d["metadata"]["name"] == "fireworks-simulator" for d in self.overlay.all("Deployment")
        ):
            return
        pod = self.overlay.find("Deployment", "fireworks-simulator")["spec"]["template"]["spec"]
        flags = [re.sub(r":\d+$", ":0", flag) for flag in pod["containers"][0]["args"]]
        with subprocess.Popen(
            [arguments.simulator, *flags], stdout=subprocess.PIPE, text=True
        ) as simulator:
            line = simulator.stdout.readline()
            simulator.terminate()
        self.assertRegex(line, r"^listening on 0\.0\.0\.0:\d+$")


def load_tests(loader, tests, _):
    for path in sorted(pathlib.Path(arguments.rendered).glob("*.yaml")):
        case = type(
            f"Overlay_{path.stem}", (OverlayTest, unittest.TestCase), {"overlay": Overlay(path)}
        )
        tests.addTests(loader.loadTestsFromTestCase(case))
    return tests


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rendered", required=True)
    parser.add_argument("--service", required=True)
    parser.add_argument("--simulator", required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        made = make_certificate(pathlib.Path(folder))
        counted.run("__main__")
