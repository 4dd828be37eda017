"""A real Kubernetes API server on loopback, with etcd behind it, for the life of a test.

Nothing schedules or runs pods there: it checks, admits, stores, and makes tokens.
"""

import json
import pathlib
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request

import yaml

START_SECONDS = 120


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


class ApiServer:
    """Owns two processes and a folder, which the caller removes."""

    def __init__(self, etcd, kube_apiserver, folder):
        self.folder = pathlib.Path(folder)
        self.processes = []
        self.port = free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.paths = {}
        self._make_keys()
        self._start_etcd(etcd)
        self._start_kube_apiserver(kube_apiserver)
        self._await_ready()

    def _make_keys(self):
        self.ca = self.folder / "server.crt"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
                "-keyout", str(self.folder / "server.key"), "-out", str(self.ca))
        openssl("genrsa", "-out", str(self.folder / "accounts.key"), "2048")
        self.admin = "admin-for-a-moment"
        (self.folder / "admins.csv").write_text(f'{self.admin},admin,admin,"system:masters"\n')

    def _run(self, name, *command):
        with open(self.folder / f"{name}.log", "wb") as log:
            self.processes.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log))

    def _start_etcd(self, program):
        client, peer = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
        self.etcd_url = client
        self._run("etcd", program, "--data-dir", str(self.folder / "etcd"), "--unsafe-no-fsync",
                  "--listen-client-urls", client, "--advertise-client-urls", client,
                  "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                  "--initial-cluster", f"default={peer}")

    def _start_kube_apiserver(self, program):
        self._run("kube-apiserver", program, "--etcd-servers", self.etcd_url,
                  "--bind-address", "127.0.0.1", "--advertise-address", "127.0.0.1",
                  "--secure-port", str(self.port), "--cert-dir", str(self.folder / "made"),
                  "--tls-cert-file", str(self.ca), "--tls-private-key-file", str(self.folder / "server.key"),
                  "--service-cluster-ip-range", "10.96.0.0/16", "--authorization-mode", "RBAC",
                  "--token-auth-file", str(self.folder / "admins.csv"),
                  "--service-account-issuer", self.url,
                  "--service-account-signing-key-file", str(self.folder / "accounts.key"),
                  "--service-account-key-file", str(self.folder / "accounts.key"))

    def _await_ready(self):
        ends = time.monotonic() + START_SECONDS
        while time.monotonic() < ends:
            if any(process.poll() is not None for process in self.processes):
                break
            try:
                if self.call("GET", "/readyz", raw=True)[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.2)
        tail = (self.folder / "kube-apiserver.log").read_text(errors="replace")[-3000:]
        self.stop()
        raise RuntimeError(f"the API server does not become ready:\n{tail}")

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
            process.wait(timeout=60)

    def call(self, method, path, body=None, token=None, kind="application/json", raw=False):
        """(HTTP status, answer)."""
        request = urllib.request.Request(self.url + path, method=method)
        request.add_header("Authorization", "Bearer " + (token or self.admin))
        if body is not None:
            request.add_header("Content-Type", kind)
            request.data = (body if isinstance(body, str) else json.dumps(body)).encode()
        try:
            with urllib.request.urlopen(request, timeout=30,
                                        context=ssl.create_default_context(cafile=str(self.ca))) as answer:
                text = answer.read().decode()
                return answer.status, text if raw else json.loads(text)
        except urllib.error.HTTPError as error:
            text = error.read().decode()
            return error.code, text if raw or not text.startswith("{") else json.loads(text)

    def path_of(self, thing, namespace=None):
        """The address of an object, by what the server says of its kind."""
        version, kind, name = thing["apiVersion"], thing["kind"], thing["metadata"]["name"]
        base = f"/api/{version}" if "/" not in version else f"/apis/{version}"
        if base not in self.paths:
            status, listed = self.call("GET", base)
            if status != 200:
                raise LookupError(f"{base}: {status}")
            self.paths[base] = {r["kind"]: r for r in listed["resources"] if "/" not in r["name"]}
        resource = self.paths[base][kind]
        if resource["namespaced"]:
            base += "/namespaces/" + thing["metadata"].get("namespace", namespace)
        return f"{base}/{resource['name']}/{name}"

    def apply(self, thing, dry_run=False):
        """Server-side apply, strict: what the server does not know is an error."""
        query = "?fieldManager=check&fieldValidation=Strict" + ("&dryRun=All" if dry_run else "")
        return self.call("PATCH", self.path_of(thing) + query, yaml.safe_dump(thing), kind="application/apply-patch+yaml")

    def token_for(self, namespace, name, audience=None):
        """A token of a service account, which is made if need be."""
        for thing in ({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}},
                      {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace}}):
            self.apply(thing)
        spec = {"expirationSeconds": 600, "audiences": [audience] if audience else []}
        status, answer = self.call("POST", f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token",
                                   {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec})
        if status != 201:
            raise RuntimeError(f"no token: {answer}")
        return answer["status"]["token"]
