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


def openssl(command, *files):
    subprocess.run(["openssl", *command.split(), *files], check=True, capture_output=True)


def flags(**values):
    """Command line flags, of names with underscores."""
    return [f"--{name.replace('_', '-')}={value}" for name, value in values.items()]


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
        self.key = self.folder / "server.key"
        self.accounts_key = self.folder / "accounts.key"
        certificate = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
        names = "-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
        openssl(f"{certificate} {names} -keyout", self.key, "-out", self.ca)
        openssl("genrsa -out", self.accounts_key, "2048")
        self.admin = "admin-for-a-moment"
        (self.folder / "admins.csv").write_text(f'{self.admin},admin,admin,"system:masters"\n')

    def _run(self, name, *command):
        with open(self.folder / f"{name}.log", "wb") as log:
            self.processes.append(
                subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            )

    def _start_etcd(self, program):
        client, peer = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
        self.etcd_url = client
        clients = flags(listen_client_urls=client, advertise_client_urls=client)
        peers = flags(listen_peer_urls=peer, initial_advertise_peer_urls=peer)
        kept = flags(data_dir=self.folder / "etcd", unsafe_no_fsync="true")
        self._run("etcd", program, *clients, *peers, f"--initial-cluster=default={peer}", *kept)

    def _start_kube_apiserver(self, program):
        address = flags(
            bind_address="127.0.0.1",
            advertise_address="127.0.0.1",
            secure_port=self.port,
            tls_cert_file=self.ca,
            tls_private_key_file=self.key,
        )
        accounts = flags(
            service_account_issuer=self.url,
            service_account_signing_key_file=self.accounts_key,
            service_account_key_file=self.accounts_key,
        )
        others = flags(
            etcd_servers=self.etcd_url,
            cert_dir=self.folder / "made",
            service_cluster_ip_range="10.96.0.0/16",
            authorization_mode="RBAC",
            token_auth_file=self.folder / "admins.csv",
        )
        self._run("kube-apiserver", program, *address, *accounts, *others)

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
            with urllib.request.urlopen(
                request, timeout=30, context=ssl.create_default_context(cafile=str(self.ca))
            ) as answer:
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
        return self.call(
            "PATCH",
            self.path_of(thing) + query,
            yaml.safe_dump(thing),
            kind="application/apply-patch+yaml",
        )

    def token_for(self, namespace, name, audience=None):
        """A token of a service account, which is made if need be."""
        for thing in (
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}},
            {
                "apiVersion": "v1",
                "kind": "ServiceAccount",
                "metadata": {"name": name, "namespace": namespace},
            },
        ):
            self.apply(thing)
        spec = {"expirationSeconds": 600, "audiences": [audience] if audience else []}
        status, answer = self.call(
            "POST",
            f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token",
            {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec},
        )
        if status != 201:
            raise RuntimeError(f"no token: {answer}")
        return answer["status"]["token"]
