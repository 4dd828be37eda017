"""The processes that the cases run against, as `with` resources, and the simulator's control API.

Every process belongs to the object that started it and is dead after its close(). Nothing here is for several
threads at once, but for Service.signal and the Simulator's methods, which only talk to processes.
"""

import hashlib
import http.client
import json
import os
import pathlib
import queue
import signal
import socket
import subprocess
import threading
import time

START_SECONDS = 30
TOKEN = "a-token-of-the-cases"


class SetupError(Exception):
    """The surroundings of a case failed, not the client."""


def _first_line(process, name, log):
    """The process's first line on standard output, waited for with a bound."""
    lines = queue.Queue()

    def read():
        for line in process.stdout:
            lines.put(line.strip())
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    try:
        line = lines.get(timeout=START_SECONDS)
    except queue.Empty:
        line = None
    if line is None:
        process.kill()
        raise SetupError(f"{name} did not start: {log.read_text(errors='replace')[-2000:]}")
    return line


class Simulator:
    """A local Fireworks, and what its journal says."""

    def __init__(self, program, folder):
        log = folder / "simulator.log"
        with open(log, "wb") as errors:
            self._process = subprocess.Popen(
                [program, "--listen", "127.0.0.1:0"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True)
        self._port = int(_first_line(self._process, "the simulator", log).rpartition(":")[2])
        self.base_url = f"http://127.0.0.1:{self._port}"

    def close(self):
        self._process.kill()
        self._process.wait()

    def ask(self, method, path, patience=15):
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=patience)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status >= 300:
            raise SetupError(f"simulator: {method} {path}: {answer.status} {body[:300]!r}")
        return json.loads(body) if body else None

    def reset(self):
        self.ask("POST", "/simulator/reset")

    def requests(self):
        return self.ask("GET", "/simulator/requests")

    def wait(self, request, **conditions):
        """The request named so, once the journal has it in a state or with so many events."""
        query = "&".join(f"{key}={value}" for key, value in conditions.items())
        return self.ask("GET", f"/simulator/requests/{request}?{query}&timeout_ms=10000")

    def release(self, request, events):
        self.ask("POST", f"/simulator/release?request={request}&events={events}")


class Certificates:
    """An authority, a server and a client that it signed, and an authority that signed nothing."""

    def __init__(self, folder):
        self._folder = folder
        folder.mkdir()
        for authority in ("ca", "other-ca"):
            self._openssl("req", "-x509", *self._new_key(authority), "-subj", f"/CN={authority}",
                          "-days", "2", "-out", f"{authority}.pem")
        self._issue("server", "IP:127.0.0.1,DNS:localhost")
        self._issue("client", "DNS:client.example")

    def path(self, name):
        return str(self._folder / name)

    def _new_key(self, name):
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", f"{name}-key.pem"]

    def _issue(self, name, names):
        self._openssl("req", *self._new_key(name), "-subj", f"/CN={name}", "-out", f"{name}.csr")
        (self._folder / f"{name}.ext").write_text(f"subjectAltName={names}\n")
        self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey",
                      "ca-key.pem", "-CAcreateserial", "-days", "2", "-extfile", f"{name}.ext",
                      "-out", f"{name}.pem")

    def _openssl(self, *arguments):
        done = subprocess.run(["openssl", *arguments], cwd=self._folder, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if done.returncode != 0:
            raise SetupError(f"openssl {arguments[0]}: {done.stderr}")


class Service:
    """One instance of the service. It can be ended and started again on its port."""

    def __init__(self, program, simulator, kind, certificates, folder):
        self._program = program
        self._base_url = simulator.base_url
        self._folder = folder
        folder.mkdir(parents=True)
        (folder / "service.textproto").write_text(configuration(kind, certificates))
        self._process = None
        self.port = 0
        self.start()

    @property
    def target(self):
        return f"127.0.0.1:{self.port}"

    def start(self):
        """Starts it, after the end of the one before, on the same port."""
        if self._process is not None:
            self._process.wait(timeout=START_SECONDS)
            self._process.stdout.close()
        with open(self._folder / "service.log", "ab") as log:
            self._process = subprocess.Popen(
                [self._program, f"--config={self._folder / 'service.textproto'}",
                 f"--listen={self.target}", f"--upstream_base_url={self._base_url}"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True,
                env={**os.environ, "FIREWORKS_API_KEY": "simulated"})
        line = _first_line(self._process, "the service", self._folder / "service.log")
        self.port = int(line.rpartition(" ")[2])

    def drain(self):
        """Begins a drain, and returns when it has begun: when the port takes no connection any more."""
        self._process.send_signal(signal.SIGTERM)
        ends = time.monotonic() + START_SECONDS
        while time.monotonic() < ends:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=START_SECONDS).close()
            except OSError:
                return
            time.sleep(0.01)
        raise SetupError("the service goes on accepting connections while it should drain")

    def stop(self):
        self._process.kill()
        self._process.wait()

    def close(self):
        self.stop()
        self._process.stdout.close()

    def calls(self):
        """How many calls its log tells of. Calls are logged when they have ended."""
        events = 0
        # The last line may not be whole yet.
        whole = (self._folder / "service.log").read_text(errors="replace").rpartition("\n")[0]
        for line in whole.splitlines():
            if line.startswith("{") and json.loads(line).get("event") == "call":
                events += 1
        return events


def configuration(kind, certificates):
    """The configuration of a kind of service, in Protobuf text format.

    The service repeats nothing itself, so that each request at the simulator is one call of a client.
    """
    server = ""
    identity = ""
    if kind in ("tls", "mtls"):
        server = (f'tls {{ certificate_file: "{certificates.path("server.pem")}" '
                  f'key_file: "{certificates.path("server-key.pem")}"')
        if kind == "mtls":
            server += f' client_ca_file: "{certificates.path("ca.pem")}"'
        server += " }"
    if kind == "token":
        digest = hashlib.sha256(TOKEN.encode()).hexdigest()
        identity = f'static_tokens {{ tokens {{ name: "cases" sha256: "{digest}" }} }}'
    if kind == "mtls":
        identity = 'peer_certificate { dns_names: "client.example" }'
    if kind == "impatient":
        server = "drain_grace { nanos: 1000000 }"
    identities = f"identity {{ sources {{ {identity or 'anonymous {}'} }} }}"
    # Writes too: the cases create datasets and delete models.
    policy = pathlib.Path(certificates.path("policy.textproto"))
    if not policy.exists():
        policy.write_text('rules { name: "cases" callers: "*" methods: "*" }\n')
    return (f"upstream {{ retry {{ max_attempts: 1 }} }}\nserver {{ {server} }}\n{identities}\n"
            f'policy_file: "{policy}"\n')
