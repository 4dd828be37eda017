"""A real Kubernetes API server on loopback, with etcd behind it, for the life of a test.

Nothing schedules or runs pods there: it checks, admits, stores, and makes tokens.
"""

import contextlib
import json
import pathlib
import socket
import ssl
import subprocess
import time
import typing
import urllib.error
import urllib.request

import yaml

START_SECONDS = 120
STOP_SECONDS = 60

# Kubernetes' own default, which the overlays name.
ISSUER = "https://kubernetes.default.svc.cluster.local"


class Answer(typing.NamedTuple):
    status: int
    body: typing.Any  # what JSON says, or text
    warnings: typing.List[str]


def free_ports(count):
    """Ports of loopback that nobody has; all are held until all are known, lest two are one."""
    with contextlib.ExitStack() as held:
        listeners = [held.enter_context(socket.socket()) for _ in range(count)]
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
        return [listener.getsockname()[1] for listener in listeners]


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
        self.port, client, peer = free_ports(3)
        self.url = f"https://127.0.0.1:{self.port}"
        self.resources = {}
        self._make_keys()
        trust = ssl.create_default_context(cafile=str(self.ca))
        # Whatever proxy the environment names, this one is on loopback.
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust)
        )
        try:
            self._start_etcd(etcd, client, peer)
            self._start_kube_apiserver(kube_apiserver)
            self._await_ready()
        except BaseException:
            self.stop()
            raise

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

    def _start_etcd(self, program, client_port, peer_port):
        client, peer = (f"http://127.0.0.1:{port}" for port in (client_port, peer_port))
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
            service_account_issuer=ISSUER,
            service_account_signing_key_file=self.accounts_key,
            service_account_key_file=self.accounts_key,
        )
        others = flags(
            etcd_servers=self.etcd_url,
            cert_dir=self.folder / "made",
            service_cluster_ip_range="10.96.0.0/16",
            authorization_mode="RBAC",
            # It would tell pods an address; there are none, and loopback is not taken for one.
            endpoint_reconciler_type="none",
            token_auth_file=self.folder / "admins.csv",
        )
        self._run("kube-apiserver", program, *address, *accounts, *others)

    def _await_ready(self):
        ends = time.monotonic() + START_SECONDS
        while time.monotonic() < ends:
            if any(process.poll() is not None for process in self.processes):
                break
            try:
                if self.call("GET", "/readyz").status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.2)
        logs = (self.folder / f"{name}.log" for name in ("etcd", "kube-apiserver"))
        tails = [f"{log.name}:\n{log.read_text(errors='replace')[-3000:]}" for log in logs]
        raise RuntimeError("the API server does not become ready\n" + "\n".join(tails))

    def stop(self):
        """The API server first, which wants its storage until it has ended."""
        for process in reversed(self.processes):
            process.terminate()
            try:
                process.wait(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def call(self, method, path, body=None, token=None, kind="application/json"):
        """What the server says, be it yes or no."""
        request = urllib.request.Request(self.url + path, method=method)
        request.add_header("Authorization", "Bearer " + (token or self.admin))
        if body is not None:
            request.add_header("Content-Type", kind)
            request.data = (body if isinstance(body, str) else json.dumps(body)).encode()
        try:
            answer = self.opener.open(request, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            text = answer.read().decode()
            return Answer(
                answer.status,
                json.loads(text) if text.startswith("{") else text,
                answer.headers.get_all("Warning", []),
            )

    def must(self, method, path, body=None, **others):
        """The body of an answer that is no refusal."""
        answer = self.call(method, path, body, **others)
        if answer.status not in (200, 201):
            raise RuntimeError(f"{method} {path}: {answer}")
        return answer.body

    def path_of(self, thing):
        """The address of an object, by what the server says of its kind."""
        version, kind, metadata = thing["apiVersion"], thing["kind"], thing["metadata"]
        base = f"/api/{version}" if "/" not in version else f"/apis/{version}"
        if (base, kind) not in self.resources:
            for resource in self.must("GET", base)["resources"]:
                if "/" not in resource["name"]:
                    self.resources[base, resource["kind"]] = resource
        resource = self.resources[base, kind]
        if resource["namespaced"]:
            base += "/namespaces/" + metadata["namespace"]
        return f"{base}/{resource['name']}/{metadata['name']}"

    def apply(self, thing, dry_run=False):
        """Server-side apply, strict: what the server does not know is an error."""
        query = "?fieldManager=check&fieldValidation=Strict" + ("&dryRun=All" if dry_run else "")
        return self.call(
            "PATCH",
            self.path_of(thing) + query,
            yaml.safe_dump(thing),
            kind="application/apply-patch+yaml",
        )

    def must_apply(self, thing):
        answer = self.apply(thing)
        if answer.status not in (200, 201):
            raise RuntimeError(f"{thing['kind']} {thing['metadata']['name']}: {answer}")
        return answer.body

    def define(self, definition):
        """Teaches the server another project's kind, and waits until it serves that."""
        body = self.must_apply(definition)
        path = self.path_of(definition)
        ends = time.monotonic() + START_SECONDS
        while time.monotonic() < ends:
            conditions = body.get("status", {}).get("conditions") or []  # null at first
            if ("Established", "True") in [(c["type"], c["status"]) for c in conditions]:
                return
            time.sleep(0.1)
            body = self.must("GET", path)
        raise RuntimeError(f"{path} is not established: {body['status']}")

    def make_account(self, namespace, name):
        things = [("Namespace", {"name": namespace})]
        things += [("ServiceAccount", {"name": name, "namespace": namespace})]
        for kind, metadata in things:
            self.must_apply({"apiVersion": "v1", "kind": kind, "metadata": metadata})

    def token_for(self, namespace, name, audience=None, pod=None):
        """A service account's token, as a kubelet asks for it where `pod` is one's object;
        without `audience` what every pod has that mounts one, for the API server itself."""
        spec = {"expirationSeconds": 600, "audiences": [audience] if audience else []}
        if pod:
            bound = {"name": pod["metadata"]["name"], "uid": pod["metadata"]["uid"]}
            spec["boundObjectRef"] = {"apiVersion": "v1", "kind": "Pod", **bound}
        return self.must(
            "POST",
            f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token",
            {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec},
        )["status"]["token"]
