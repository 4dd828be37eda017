"""How a client reaches the service."""

from __future__ import annotations

import importlib.resources
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Optional, Union

import grpc

MAX_RECEIVE_BYTES = 64 << 20
KEEPALIVE_MS = 30_000


@dataclass(frozen=True)
class Tls:
    """Files (PEM) of a TLS connection. `certificate_file` and `key_file` make it mutual.

    `server_name` is whom the server's certificate must name; None: the host of the target.
    """

    ca_file: Optional[str] = None
    certificate_file: Optional[str] = None
    key_file: Optional[str] = None
    server_name: Optional[str] = None

    def credentials(self) -> grpc.ChannelCredentials:
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("certificate_file and key_file come together")
        return grpc.ssl_channel_credentials(
            root_certificates=_read(self.ca_file),
            private_key=_read(self.key_file),
            certificate_chain=_read(self.certificate_file),
        )


@dataclass(frozen=True)
class ClientOptions:
    """How to connect. One target may be anything that gRPC resolves; several must be IP addresses with ports."""

    targets: Sequence[str]
    tls: Optional[Tls] = None
    token: Optional[str] = field(default=None, repr=False)
    """Sent as a bearer token with every call; refused where others could read it."""
    channel_options: Sequence[tuple[str, Any]] = ()
    """gRPC's own, which win over the client's."""

    def target(self) -> str:
        """The target of gRPC's channel."""
        if not self.targets:
            raise ValueError("there is no target")
        if len(self.targets) == 1:
            return self.targets[0]
        hosts = [_ip_of(target) for target in self.targets]
        versions = {host.version for host in hosts}
        if len(versions) > 1:
            raise ValueError("several targets are all IPv4 or all IPv6")
        scheme = f"ipv{versions.pop()}:"
        return scheme + ",".join(target.replace("localhost:", "127.0.0.1:") for target in self.targets)

    def check(self) -> None:
        if self.token is not None:
            if not self.token or not self.token.isascii() or not self.token.isprintable():
                raise ValueError("a token is of printable ASCII characters")
            if self.tls is None and not all(_is_loopback(target) for target in self.targets):
                raise ValueError("a token is sent over TLS, or to this machine itself")

    def grpc_options(self) -> list[tuple[str, Any]]:
        options: list[tuple[str, Any]] = [
            ("grpc.service_config", service_config()),
            ("grpc.max_receive_message_length", MAX_RECEIVE_BYTES),
            ("grpc.keepalive_time_ms", KEEPALIVE_MS),
            ("grpc.keepalive_timeout_ms", 10_000),
            ("grpc.http2.max_pings_without_data", 0),
        ]
        if all(_is_loopback(target) for target in self.targets):
            options.append(("grpc.enable_http_proxy", 0))
        if self.tls is not None:
            if self.tls.server_name is not None:
                options.append(("grpc.ssl_target_name_override", self.tls.server_name))
            elif len(self.targets) > 1:
                raise ValueError("several targets with TLS need tls.server_name")
        return list({**dict(options), **dict(self.channel_options)}.items())


def make_options(
    target: Union[str, Sequence[str]],
    tls: Optional[Tls],
    token: Optional[str],
    channel_options: Sequence[tuple[str, Any]],
) -> ClientOptions:
    targets = [target] if isinstance(target, str) else list(target)
    options = ClientOptions(targets, tls, token, channel_options)
    options.check()
    return options


def service_config() -> str:
    """What all languages share: round robin, health checking, and what is repeated."""
    return (importlib.resources.files("fireworks_grpc") / "service_config.json").read_text("utf-8")


def _read(path: Optional[str]) -> Optional[bytes]:
    if path is None:
        return None
    with open(path, "rb") as file:
        return file.read()


def _host_of(target: str) -> str:
    """The host of HOST:PORT or [HOST]:PORT."""
    if target.startswith("["):
        return target[1:].partition("]")[0]
    return target.rpartition(":")[0] if target.count(":") == 1 else target


def _ip_of(target: str) -> Union[ipaddress.IPv4Address, ipaddress.IPv6Address]:
    host = _host_of(target)
    try:
        return ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise ValueError(
            f"of several targets each is an IP address with a port, {target!r} is not; "
            "one DNS name may have several addresses"
        ) from None


def _is_loopback(target: str) -> bool:
    """Whether all that is sent there stays on this machine; a target may be a list of addresses."""
    if target.startswith("unix:"):
        return True
    # gRPC decodes these escapes, perhaps to another list.
    if "%" in target:
        return False
    for scheme in ("dns:///", "ipv4:///", "ipv6:///", "dns:", "ipv4:", "ipv6:"):
        if target.startswith(scheme):
            target = target[len(scheme) :]
            break
    return all(_is_loopback_host(_host_of(address)) for address in target.split(","))


def _is_loopback_host(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
