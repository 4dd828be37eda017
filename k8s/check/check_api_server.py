"""Holds the overlays against a real API server, and its tokens against the service.

Usage: check_api_server.py --rendered FOLDER --crds FOLDER --etcd FILE --kube-apiserver FILE
           --service FILE --simulator FILE --fwctl FILE

Ends with "N passed, N failed".
"""

import argparse
import copy
import pathlib
import re
import subprocess
import tempfile
import time
import unittest

import yaml

import counted
from api_server import ApiServer
from overlay import Overlay

arguments = None
server = None
OVERLAYS = ("dev", "gateway", "production")
NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "fireworks"}}


def overlays():
    return [Overlay(pathlib.Path(arguments.rendered) / f"{name}.yaml") for name in OVERLAYS]


def create_definitions():
    """Teaches the server the other projects' kinds, and waits until it serves them."""
    for path in pathlib.Path(arguments.crds).glob("*.yaml"):
        for definition in filter(None, yaml.safe_load_all(path.read_text())):
            status, answer = server.apply(definition)
            assert status in (200, 201), answer
            name = definition["metadata"]["name"]
            for _ in range(300):
                _, found = server.call(
                    "GET", f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}"
                )
                conditions = {
                    c["type"]: c["status"] for c in found.get("status", {}).get("conditions", [])
                }
                if conditions.get("Established") == "True":
                    break
                time.sleep(0.1)
            else:
                raise RuntimeError(f"{name} is not established")


class Admission(unittest.TestCase):
    def test_every_object_of_every_overlay_is_admitted(self):
        for overlay in overlays():
            for thing in overlay.objects:
                with self.subTest(
                    overlay=overlay.name, kind=thing["kind"], name=thing["metadata"]["name"]
                ):
                    status, answer = server.apply(thing, dry_run=True)
                    self.assertIn(status, (200, 201), answer)

    def pod(self, deployment):
        template = copy.deepcopy(deployment["spec"]["template"])
        # Nothing makes the default account here; what counts is the pod.
        template["spec"].setdefault("serviceAccountName", "fireworks-grpc")
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "spec": template["spec"],
            "metadata": {
                "name": "one",
                "namespace": "fireworks",
                "labels": template["metadata"]["labels"],
            },
        }

    def test_the_namespace_admits_the_pods_under_the_restricted_standard(self):
        for overlay in overlays():
            for thing in [
                overlay.find("Namespace", "fireworks"),
                overlay.find("ServiceAccount", "fireworks-grpc"),
            ]:
                server.apply(thing)
            for deployment in overlay.all("Deployment"):
                status, answer = server.apply(self.pod(deployment), dry_run=True)
                self.assertEqual(status, 201, answer)

    def test_the_namespace_refuses_a_pod_that_may_write_its_privileges(self):
        overlay = overlays()[0]
        server.apply(overlay.find("Namespace", "fireworks"))
        pod = self.pod(overlay.deployment)
        pod["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = True
        status, answer = server.apply(pod, dry_run=True)
        self.assertEqual(status, 403)
        self.assertIn("restricted", answer["message"])

    def test_a_field_that_kubernetes_does_not_know_is_refused(self):
        thing = copy.deepcopy(overlays()[0].deployment)
        thing["spec"]["template"]["spec"]["terminationGracePeriod"] = 1
        status, _ = server.apply(thing, dry_run=True)
        self.assertGreaterEqual(status, 400)


class Rights(unittest.TestCase):
    def test_the_services_account_reads_the_issuers_keys_and_nothing_else(self):
        production = overlays()[2]
        for kind in ("Namespace", "ServiceAccount", "ClusterRoleBinding"):
            for thing in production.all(kind):
                server.apply(thing)
        token = server.token_for("fireworks", "fireworks-grpc")
        self.assertEqual(server.call("GET", "/openid/v1/jwks", token=token, raw=True)[0], 200)
        for path in (
            "/api/v1/namespaces/fireworks/secrets",
            "/api/v1/namespaces/fireworks/configmaps",
            "/api/v1/namespaces",
            "/apis/rbac.authorization.k8s.io/v1/clusterroles",
        ):
            self.assertEqual(server.call("GET", path, token=token)[0], 403, path)


class Tokens(unittest.TestCase):
    """The service as the overlay gateway configures it, on loopback, with real tokens."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.processes = []
        cls.addClassCleanup(cls.stop)
        root = pathlib.Path(cls.folder.name)
        (root / "key").write_text("simulated")
        (root / "token").write_text(server.token_for("fireworks", "fireworks-grpc"))
        overlay = overlays()[1]
        (root / "policy.textproto").write_text(overlay.policy)
        config = overlay.config
        for pattern, value in (
            (r'issuer: "[^"]*"', f'issuer: "{server.url}"'),
            (r'jwks_url: "[^"]*"', f'jwks_url: "{server.url}/openid/v1/jwks"'),
            (r'jwks_ca_file: "[^"]*"', f'jwks_ca_file: "{server.ca}"'),
            (r'jwks_token_file: "[^"]*"', f'jwks_token_file: "{root}/token"'),
            (r'api_key_file: "[^"]*"', f'api_key_file: "{root}/key"'),
            (r'policy_file: "[^"]*"', f'policy_file: "{root}/policy.textproto"'),
            (r'listen: "[^"]*"', 'listen: "127.0.0.1:0"'),
        ):
            config, count = re.subn(pattern, value, config)
            assert count, pattern
        (root / "service.textproto").write_text(config)
        upstream = cls.start(arguments.simulator, "--listen", "127.0.0.1:0")
        cls.target = "127.0.0.1:" + cls.start(
            arguments.service,
            f"--config={root}/service.textproto",
            f"--upstream_base_url=http://127.0.0.1:{upstream}",
        )
        cls.await_keys()

    @classmethod
    def start(cls, *command):
        """Starts a process and returns the port that its first line names."""
        with open(pathlib.Path(cls.folder.name) / "log", "ab") as log:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True
            )
        cls.processes.append(process)
        return re.search(r"(\d+)$", process.stdout.readline().strip()).group(1)

    @classmethod
    def stop(cls):
        for process in reversed(cls.processes):
            process.terminate()
            process.wait(timeout=60)
            process.stdout.close()
        cls.folder.cleanup()

    @classmethod
    def chat(cls, token):
        path = pathlib.Path(cls.folder.name) / "caller"
        path.write_text(token)
        return subprocess.run(
            [
                arguments.fwctl,
                "chat",
                "--target",
                cls.target,
                "--token-file",
                str(path),
                "say: hello",
            ],
            capture_output=True,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
        )

    @classmethod
    def await_keys(cls):
        """The issuer's keys are fetched after the service has begun to listen."""
        token = server.token_for("web", "chat", "fireworks-grpc")
        for _ in range(200):
            ran = cls.chat(token)
            if ran.returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError(ran.stderr)

    def test_a_pod_of_the_namespace_web_may_chat(self):
        ran = self.chat(server.token_for("web", "chat", "fireworks-grpc"))
        self.assertEqual((ran.returncode, ran.stdout.strip()), (0, "hello"), ran.stderr)

    def test_a_pod_of_another_namespace_may_not(self):
        ran = self.chat(server.token_for("elsewhere", "chat", "fireworks-grpc"))
        self.assertIn("PERMISSION_DENIED", ran.stderr)

    def test_a_token_for_another_audience_is_nobodys(self):
        ran = self.chat(server.token_for("web", "chat", "something-else"))
        self.assertIn("UNAUTHENTICATED", ran.stderr)

    def test_the_tokens_are_those_that_the_api_server_takes_itself(self):
        token = server.token_for("web", "chat", "fireworks-grpc")
        status, answer = server.call(
            "POST",
            "/apis/authentication.k8s.io/v1/tokenreviews",
            {
                "apiVersion": "authentication.k8s.io/v1",
                "kind": "TokenReview",
                "spec": {"token": token, "audiences": ["fireworks-grpc"]},
            },
        )
        self.assertEqual(status, 201, answer)
        self.assertTrue(answer["status"]["authenticated"])
        self.assertEqual(answer["status"]["user"]["username"], "system:serviceaccount:web:chat")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for option in ("rendered", "crds", "etcd", "kube-apiserver", "service", "simulator", "fwctl"):
        parser.add_argument("--" + option, required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = ApiServer(arguments.etcd, arguments.kube_apiserver, folder)
        try:
            create_definitions()
            server.apply(NAMESPACE)
            counted.run("__main__")
        finally:
            server.stop()
