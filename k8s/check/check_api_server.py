"""Holds the overlays against a real API server, and its tokens against the service.

Usage: check_api_server.py --rendered FOLDER --crds FOLDER --etcd FILE --kube-apiserver FILE
           --service FILE --simulator FILE --fwctl FILE

Ends with "N passed, N failed".
"""

import argparse
import copy
import pathlib
import signal
import sys
import tempfile
import unittest

import yaml

import counted
from api_server import ApiServer
from overlay import Overlay
from service_tokens import ServiceTokens

arguments = None
server = None

ACCOUNT = ("fireworks", "fireworks-grpc")
DISCOVERY = "system:service-account-issuer-discovery"
BINDING = f"/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/{DISCOVERY}"


def overlays():
    return {
        path.stem: Overlay(path) for path in sorted(pathlib.Path(arguments.rendered).glob("*.yaml"))
    }


def prepare():
    """A cluster that has the other projects' kinds, and a namespace to dry-run things in;
    and whose owner took away what Kubernetes grants every account, so that what these
    manifests grant shows."""
    for path in pathlib.Path(arguments.crds).glob("*.yaml"):
        for definition in filter(None, yaml.safe_load_all(path.read_text())):
            server.define(definition)
    server.must("DELETE", BINDING)
    server.make_account(*ACCOUNT)


class OverlayTest:
    """The cases; one class of unittest is made of it for each overlay."""

    overlay = None

    def apply(self, thing, dry_run=False):
        answer = server.apply(thing, dry_run)
        name = f"{thing['kind']} {thing['metadata']['name']}"
        self.assertIn(answer.status, (200, 201), f"{name}: {answer.body}")
        self.assertEqual(answer.warnings, [], name)
        return answer.body

    def test_the_server_takes_every_object_and_warns_of_none(self):
        for thing in self.overlay.objects:
            with self.subTest(kind=thing["kind"], name=thing["metadata"]["name"]):
                self.apply(thing, dry_run=True)

    def test_a_second_time_changes_nothing(self):
        # In the order of the file, as kubectl does; over what another overlay left there.
        first, second = (
            [self.apply(thing)["metadata"]["resourceVersion"] for thing in self.overlay.objects]
            for _ in range(2)
        )
        self.assertEqual(first, second)

    def pod(self, deployment):
        template = copy.deepcopy(deployment["spec"]["template"])
        # No controller makes a namespace's default account here; what counts is the pod.
        template["spec"].setdefault("serviceAccountName", ACCOUNT[1])
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "spec": template["spec"],
            "metadata": {
                "name": deployment["metadata"]["name"],
                "namespace": deployment["metadata"]["namespace"],
                "labels": template["metadata"]["labels"],
            },
        }

    def test_the_namespace_takes_the_pods_under_the_restricted_standard(self):
        self.apply(self.overlay.find("Namespace", "fireworks"))
        for deployment in self.overlay.all("Deployment"):
            self.apply(self.pod(deployment), dry_run=True)

    def test_the_namespace_refuses_pods_that_ask_for_more(self):
        self.apply(self.overlay.find("Namespace", "fireworks"))
        more = {
            "allowPrivilegeEscalation": True,
            "capabilities": {"drop": ["ALL"], "add": ["NET_ADMIN"]},
            "runAsNonRoot": False,
            "seccompProfile": {"type": "Unconfined"},
        }
        for field, value in more.items():
            with self.subTest(field=field):
                pod = self.pod(self.overlay.deployment)
                pod["spec"]["containers"][0]["securityContext"][field] = value
                answer = server.apply(pod, dry_run=True)
                self.assertEqual(answer.status, 403)
                self.assertIn('violates PodSecurity "restricted', answer.body["message"])

    def test_what_no_kind_knows_is_refused(self):
        for thing in self.overlay.objects:
            if thing["kind"] in ("ConfigMap", "Namespace", "Secret", "ServiceAccount"):
                continue  # Theirs is no spec.
            with self.subTest(kind=thing["kind"], name=thing["metadata"]["name"]):
                spoiled = copy.deepcopy(thing)
                spoiled.setdefault("spec", {})["notAField"] = 1
                self.assertGreaterEqual(server.apply(spoiled, dry_run=True).status, 400)


class Rights(unittest.TestCase):
    """What an account may, as the server lists it: its own name, and what it is bound to."""

    def setUp(self):
        self.bindings = overlays()["production"].all("ClusterRoleBinding")
        for binding in self.bindings:
            server.call("DELETE", server.path_of(binding))

    def bind(self):
        for binding in self.bindings:
            self.assertEqual(server.apply(binding).status, 201)

    def rules(self):
        token = server.token_for(*ACCOUNT)
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectRulesReview",
            "spec": {"namespace": ACCOUNT[0]},
        }
        path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
        status = server.must("POST", path, review, token=token)["status"]
        resources, urls = status["resourceRules"], status["nonResourceRules"]
        return (
            {(verb, name) for r in resources for verb in r["verbs"] for name in r["resources"]},
            {(verb, url) for r in urls for verb in r["verbs"] for url in r["nonResourceURLs"]},
        )

    def status_of(self, path):
        return server.call("GET", path, token=server.token_for(*ACCOUNT)).status

    def test_the_binding_adds_the_issuers_keys_and_nothing_else(self):
        resources, urls = self.rules()
        self.bind()
        bound_resources, bound_urls = self.rules()
        self.assertEqual(bound_resources, resources)
        self.assertEqual(
            bound_urls - urls,
            {("get", f"/{p}") for p in (".well-known/openid-configuration/", "openid/v1/jwks/")}
            | {("get", f"/{p}") for p in (".well-known/openid-configuration", "openid/v1/jwks")},
        )

    def test_the_issuers_keys_take_the_binding(self):
        self.assertEqual(self.status_of("/openid/v1/jwks"), 403)
        self.bind()
        self.assertEqual(self.status_of("/openid/v1/jwks"), 200)

    def test_secrets_are_not_the_services_to_read(self):
        self.bind()
        for path in (
            "/api/v1/namespaces/fireworks/secrets",
            "/api/v1/namespaces/fireworks/secrets/fireworks-grpc-keys",
            "/api/v1/namespaces/fireworks/configmaps",
            "/api/v1/namespaces/fireworks/pods",
            "/api/v1/namespaces",
        ):
            self.assertEqual(self.status_of(path), 403, path)


class Tokens(unittest.TestCase):
    """The service as the overlay gateway configures it, with tokens as pods have them."""

    @classmethod
    def setUpClass(cls):
        overlay = overlays()["gateway"]
        for thing in overlay.objects:
            server.must_apply(thing)
        cls.tokens = ServiceTokens(arguments, server, overlay, server.token_for(*ACCOUNT))
        cls.addClassCleanup(cls.tokens.stop)
        cls.tokens.await_keys()

    def assert_refused(self, token, code):
        ran = self.tokens.chat(token)
        self.assertNotEqual(ran.returncode, 0)
        self.assertIn(code, ran.stderr)

    def test_a_pod_of_the_namespace_web_may_chat(self):
        ran = self.tokens.chat(self.tokens.of_pod("web"))
        self.assertEqual((ran.returncode, ran.stdout.strip()), (0, "hello"), ran.stderr)

    def test_a_pod_of_another_namespace_may_not(self):
        self.assert_refused(self.tokens.of_pod("elsewhere"), "PERMISSION_DENIED")

    def test_a_token_for_another_audience_is_nobodys(self):
        self.assert_refused(self.tokens.of_pod("web", "something-else"), "UNAUTHENTICATED")

    def test_a_token_for_the_api_server_itself_is_nobodys(self):
        self.assert_refused(self.tokens.of_pod("web", None), "UNAUTHENTICATED")

    def test_a_token_of_another_cluster_with_the_same_names_is_nobodys(self):
        token = self.tokens.signed_elsewhere(self.tokens.of_pod("web"))
        self.assert_refused(token, "UNAUTHENTICATED")

    def test_the_api_server_takes_the_same_tokens_as_the_same_caller(self):
        spec = {"token": self.tokens.of_pod("web"), "audiences": ["fireworks-grpc"]}
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": spec}
        path = "/apis/authentication.k8s.io/v1/tokenreviews"
        status = server.must("POST", path, review)["status"]
        self.assertTrue(status["authenticated"])
        self.assertEqual(status["user"]["username"], "system:serviceaccount:web:chat")


def load_tests(loader, tests, _):
    for name, overlay in overlays().items():
        case = type(f"Overlay_{name}", (OverlayTest, unittest.TestCase), {"overlay": overlay})
        tests.addTests(loader.loadTestsFromTestCase(case))
    return tests


def main():
    global arguments, server
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for option in ("rendered", "crds", "etcd", "kube-apiserver", "service", "simulator", "fwctl"):
        parser.add_argument("--" + option, required=True)
    arguments = parser.parse_args()
    # Whoever ends this ends what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory() as folder:
        server = ApiServer(arguments.etcd, arguments.kube_apiserver, folder)
        try:
            prepare()
            counted.run("__main__")
        finally:
            server.stop()


if __name__ == "__main__":
    main()
