"""Certificates for the rows with TLS, by the openssl command."""

import pathlib
import subprocess

CONFIG = """[req]
distinguished_name = dn
prompt = no
[dn]
CN = benchmark
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[server]
subjectAltName = DNS:localhost, IP:127.0.0.1
[client]
subjectAltName = DNS:client.benchmark
"""


class Certificates:
    """Paths of PEM files. The authority has signed server and client."""

    CLIENT_NAME = "client.benchmark"

    def __init__(self, folder):
        self.ca = folder / "ca.pem"
        self.server, self.server_key = folder / "server.pem", folder / "server.key"
        self.client, self.client_key = folder / "client.pem", folder / "client.key"


def make(folder):
    """Makes them in `folder`."""
    folder = pathlib.Path(folder)
    config = folder / "openssl.cnf"
    config.write_text(CONFIG, encoding="utf-8")
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

    def openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    made = Certificates(folder)
    ca_key = folder / "ca.key"
    openssl("req", "-x509", "-config", config, "-extensions", "ca", "-days", 2,
            "-keyout", ca_key, "-out", made.ca, *new_key)
    for name, certificate, key in (("server", made.server, made.server_key),
                                   ("client", made.client, made.client_key)):
        request = folder / f"{name}.csr"
        openssl("req", "-config", config, "-keyout", key, "-out", request, *new_key)
        openssl("x509", "-req", "-in", request, "-CA", made.ca, "-CAkey", ca_key,
                "-CAcreateserial", "-days", 2, "-extfile", config, "-extensions", name,
                "-out", certificate)
    return made
