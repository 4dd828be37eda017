"""The service with the callers' tokens that a real API server makes."""

import base64
import pathlib
import re
import subprocess
import tempfile
import time

KEYS_SECONDS = 60


def encode(octets):
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


class ServiceTokens:
    """Owns a service as an overlay configures it, on loopback, and a simulator behind it."""

    def __init__(self, programs, server, overlay, own_token):
        self.programs = programs
        self.server = server
        self.processes = []
        self.folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.folder.name)
        try:
            self._write_files(overlay, own_token)
            upstream = self._start(programs.simulator, "--listen", "127.0.0.1:0")
            port = self._start(
                programs.service,
                f"--config={self.root}/service.textproto",
                f"--upstream_base_url=http://127.0.0.1:{upstream}",
            )
        except BaseException:
            self.stop()
            raise
        self.target = f"127.0.0.1:{port}"

    def _write_files(self, overlay, own_token):
        (self.root / "key").write_text("simulated")
        (self.root / "token").write_text(own_token)
        (self.root / "policy.textproto").write_text(overlay.policy)
        config = overlay.config
        # What a pod finds elsewhere; the issuer and the audience stay the overlay's.
        for field, value in (
            ("jwks_url", f"{self.server.url}/openid/v1/jwks"),
            ("jwks_ca_file", self.server.ca),
            ("jwks_token_file", self.root / "token"),
            ("api_key_file", self.root / "key"),
            ("policy_file", self.root / "policy.textproto"),
            ("(?:health_|metrics_)?listen", "127.0.0.1:0"),
        ):
            config, count = re.subn(rf'\b({field}): "[^"]*"', rf'\1: "{value}"', config)
            if not count:
                raise LookupError(f"the overlay {overlay.name} configures no {field}")
        (self.root / "service.textproto").write_text(config)

    def _start(self, *command):
        """Starts a process and returns the port that its first line names."""
        with open(self.root / "log", "ab") as log:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True
            )
        self.processes.append(process)
        line = process.stdout.readline().strip()
        port = re.search(r"(\d+)$", line)
        if not port:
            raise RuntimeError(f"{command[0]}: {line or (self.root / 'log').read_text()}")
        return port.group(1)

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()
        self.folder.cleanup()

    def of_pod(self, namespace, audience="fireworks-grpc"):
        """The token of a pod whose account is `chat`, bound to it as kubelets' tokens are."""
        self.server.make_account(namespace, "chat")
        container = {"name": "caller", "image": "caller"}
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "caller", "namespace": namespace},
            "spec": {
                "serviceAccountName": "chat",
                "automountServiceAccountToken": False,
                "containers": [container],
            },
        }
        pod = self.server.must_apply(pod)
        return self.server.token_for(namespace, "chat", audience, pod)

    def signed_elsewhere(self, token):
        """The same header and claims, signed by the key of nobody that is known."""
        signed = token.rsplit(".", 1)[0]
        key = self.root / "another.key"
        subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
        command = ["openssl", "dgst", "-sha256", "-sign", key]
        ran = subprocess.run(command, input=signed.encode(), check=True, capture_output=True)
        return f"{signed}.{encode(ran.stdout)}"

    def chat(self, token):
        (self.root / "caller").write_text(token)
        options = ["--target", self.target, "--token-file", self.root / "caller"]
        return subprocess.run(
            [self.programs.fwctl, "chat", *options, "say: hello"],
            capture_output=True,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
        )

    def await_keys(self):
        """The issuer's keys are fetched after the service has begun to listen."""
        token = self.of_pod("web")
        ends = time.monotonic() + KEYS_SECONDS
        ran = self.chat(token)
        while ran.returncode != 0 and time.monotonic() < ends:
            time.sleep(0.1)
            ran = self.chat(token)
        if ran.returncode != 0:
            raise RuntimeError(f"{ran.stderr}\n{(self.root / 'log').read_text()}")
