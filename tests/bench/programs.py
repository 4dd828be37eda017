"""The programs that are measured and those that load them, started and pinned.

Where there are several processors, what is measured runs on the first half of them and
all else (upstream, callers) on the other, so that neither takes the other's time.
"""

import contextlib
import json
import os
import pathlib
import re
import resource
import shutil
import socket
import subprocess
import tempfile
import time

import certificates

START_SECONDS = 60
LOAD_SECONDS = 180
# Enough for every row; the default is 4,096.
UPSTREAM_CONNECTIONS = 12000


class Pinning:
    """Which processors belong to what."""

    def __init__(self, enabled):
        cpus = sorted(os.sched_getaffinity(0))
        half = len(cpus) // 2
        self.enabled = enabled and half > 0 and shutil.which("taskset") is not None
        self.measured = cpus[:half]
        self.load = cpus[half:]

    def command(self, command, measured):
        """`command`, pinned."""
        if not self.enabled:
            return command
        cpus = ",".join(map(str, self.measured if measured else self.load))
        return ["taskset", "-c", cpus] + command

    def __str__(self):
        if not self.enabled:
            return "nothing pinned"
        listed = lambda cpus: ",".join(map(str, cpus))
        return (f"what is measured on CPU {listed(self.measured)}, "
                f"callers and upstream on CPU {listed(self.load)}")


class Process:
    """A server with a port. The command must end when it gets SIGTERM."""

    def __init__(self, command, port=None, env=None):
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True, env={**os.environ, **(env or {})})
        self.pid = self._process.pid
        try:
            self.port = port or self._read_port(command)
            if port is not None:
                self._wait_until_it_listens(command)
        except BaseException:
            self.stop()
            raise

    def _read_port(self, command):
        line = self._process.stdout.readline()
        match = re.search(r"(\d+)\s*$", line)
        if match is None:
            raise RuntimeError(f"{' '.join(command)} did not start: {line!r}")
        return int(match.group(1))

    def _wait_until_it_listens(self, command):
        give_up = time.monotonic() + START_SECONDS
        while self._process.poll() is None and time.monotonic() < give_up:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            time.sleep(0.01)
        raise RuntimeError(f"{' '.join(command)} did not start")

    def stop(self):
        self._process.terminate()
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def free_port():
    """For programs that cannot take one by themselves."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def may_open_many_files():
    """Ten thousand streams need ten thousand descriptors, in processes that we start."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


NGINX = """daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr crit;
worker_rlimit_nofile {files};
events {{ worker_connections {files}; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 1000000;
  upstream simulator {{
    server 127.0.0.1:{upstream};
    keepalive 4096;
    keepalive_requests 1000000;
  }}
  server {{
    listen 127.0.0.1:{port}{ssl};
    {certificate}
    location / {{
      proxy_pass http://simulator;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }}
  }}
}}
"""


class Programs:
    """Starts programs; those that several rows use run until `close`."""

    def __init__(self, bin_dir, pinning):
        self.pinning = pinning
        self._bin_dir = bin_dir
        self._stack = contextlib.ExitStack()
        self._folder = pathlib.Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        self._shared = {}
        self._services = 0
        self._files = may_open_many_files()
        self.nginx_path = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")

    def close(self):
        self._stack.close()

    @contextlib.contextmanager
    def unpinned(self):
        """Others of the same kind that run where the kernel likes."""
        others = Programs(self._bin_dir, Pinning(False))
        try:
            yield others
        finally:
            others.close()

    def path(self, name):
        return os.path.join(self._bin_dir, name)

    def _share(self, name, start):
        if name not in self._shared:
            self._shared[name] = self._stack.enter_context(start())
        return self._shared[name]

    @property
    def simulator(self):
        return self._share("simulator", lambda: Process(self.pinning.command(
            [self.path("tests/simulator/fireworks_simulator"), "--listen", "127.0.0.1:0"],
            measured=False)))

    @property
    def bare(self):
        return self._share("bare", lambda: Process(self.pinning.command(
            [self.path("tests/bench/bare_server")], measured=True)))

    @property
    def service(self):
        """The service as it is without configuration, but for its upstream."""
        return self._share("service", self.new_service)

    @property
    def nginx(self):
        """nginx before the simulator, as a process that is measured."""
        return self._share("nginx", lambda: self._new_nginx(measured=True, tls=False))

    @property
    def certificates(self):
        if "certificates" not in self._shared:
            self._shared["certificates"] = certificates.make(self._folder)
        return self._shared["certificates"]

    @property
    def tls_service(self):
        """The service with mutual TLS for its callers and TLS to its upstream."""
        return self._share("tls_service", self.new_tls_service)

    def new_service(self, config=""):
        """A service of its own for a row, to be used with `with`."""
        return self._start_service(f"http://127.0.0.1:{self.simulator.port}", config)

    def new_tls_service(self, config=""):
        files = self.certificates
        proxy = self._share("tls_nginx", lambda: self._new_nginx(measured=False, tls=True))
        return self._start_service(f"https://localhost:{proxy.port}", config + f"""
            server {{ tls {{ certificate_file: "{files.server}" key_file: "{files.server_key}"
                            client_ca_file: "{files.ca}" }} }}
            identity {{ sources {{ peer_certificate {{ dns_names: "{files.CLIENT_NAME}" }} }} }}
            """, ca_file=files.ca)

    def _start_service(self, base_url, config, ca_file=None):
        trust = f'ca_file: "{ca_file}"' if ca_file else ""
        self._services += 1
        file = self._folder / f"service-{self._services}.textproto"
        file.write_text(f"""upstream {{ base_url: "{base_url}" {trust}
            max_connections_per_loop: {UPSTREAM_CONNECTIONS} }} {config}""", encoding="utf-8")
        return Process(self.pinning.command(
            [self.path("service/fireworks_grpc"), "--listen=127.0.0.1:0", f"--config={file}"],
            measured=True), env={"FIREWORKS_API_KEY": "benchmark"})

    def _new_nginx(self, measured, tls):
        port = free_port()
        folder = self._folder / f"nginx-{port}"
        folder.mkdir()
        certificate = (f"ssl_certificate {self.certificates.server}; "
                       f"ssl_certificate_key {self.certificates.server_key};" if tls else "")
        config = folder / "nginx.conf"
        config.write_text(NGINX.format(
            folder=folder, files=self._files, upstream=self.simulator.port, port=port,
            ssl=" ssl" if tls else "", certificate=certificate), encoding="utf-8")
        return Process(self.pinning.command(
            [self.nginx_path, "-p", str(folder), "-c", str(config)], measured=measured), port=port)

    # Loads. Flags are those of the programs, with underscores.

    def grpc(self, server, **flags):
        """Calls to the service or, with mode="bare", to the bare server."""
        return self._run("tests/bench/grpc_load", measured=False,
                         target=f"127.0.0.1:{server.port}", pid=server.pid, **flags)

    def mtls(self, server, **flags):
        """Calls to a service that wants certificates."""
        files = self.certificates
        return self.grpc(server, ca=files.ca, certificate=files.client, key=files.client_key,
                         **flags)

    def direct(self, measured=True, **flags):
        """libcurl reading the simulator; by default it is what is measured."""
        return self._run("tests/bench/sse_load", measured=measured,
                         url=f"http://127.0.0.1:{self.simulator.port}", **flags)

    def through_nginx(self, **flags):
        return self._run("tests/bench/sse_load", measured=False, pid=self.nginx.pid,
                         url=f"http://127.0.0.1:{self.nginx.port}", **flags)

    def cancel_latency(self, **flags):
        """It starts service and upstream itself, so that nothing is pinned."""
        return self._run("tests/bench/cancel_latency", measured=None,
                         service=self.path("service/fireworks_grpc"), **flags)

    def _run(self, name, measured, **flags):
        command = [self.path(name)] + [f"--{key}={value}" for key, value in flags.items()]
        if measured is not None:
            command = self.pinning.command(command, measured)
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False, timeout=LOAD_SECONDS)
        if done.returncode != 0:
            words = done.stderr.strip().splitlines()[-1:] or ["no words"]
            raise RuntimeError(f"{name} ended with {done.returncode}: {words[0]}")
        return json.loads(done.stdout)
