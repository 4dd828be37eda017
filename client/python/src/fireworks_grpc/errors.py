"""What a failed call raises."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional

import grpc
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2, status_pb2

from fireworks_grpc._gen.errors.v1 import errors_pb2


@dataclass(frozen=True)
class FieldViolation:
    """A field of the request that is at fault: its path, such as `messages[2].content`, and why."""

    field: str
    description: str


class FireworksError(grpc.RpcError):  # type: ignore[misc]  # grpcio has no types.
    """A call that did not end with OK.

    `reason` is the name of an `errors_v1.ErrorReason` without its prefix, such as `STREAM_TRUNCATED`. Everything but
    `code` and `message` is empty or None where nobody said it: a call that never reached the service has no reason.
    """

    def __init__(
        self,
        code: grpc.StatusCode,
        message: str,
        initial_metadata: Optional[Mapping[str, str]] = None,
        trailing_metadata: Optional[Mapping[str, str]] = None,
        details: Optional[status_pb2.Status] = None,
    ) -> None:
        super().__init__(f"{code.name}: {message}")
        self.code = code
        self.message = message
        self.initial_metadata: Mapping[str, str] = initial_metadata or {}
        self.trailing_metadata: Mapping[str, str] = trailing_metadata or {}
        self.reason = ""
        self.domain = ""
        self.metadata: dict[str, str] = {}
        self.retry_delay: Optional[datetime.timedelta] = None
        self.request_id = self.trailing_metadata.get("x-request-id", "")
        self.field_violations: list[FieldViolation] = []
        self.upstream: Optional[errors_pb2.UpstreamError] = None
        """What the upstream said, as far as it was told."""
        for detail in details.details if details is not None else ():
            self._take(detail)

    def __str__(self) -> str:
        parts = [f"{self.code.name}: {self.message}"]
        if self.reason:
            parts.append(f"reason {self.reason}")
        parts += [f"{violation.field}: {violation.description}" for violation in self.field_violations]
        if self.request_id:
            parts.append(f"request {self.request_id}")
        return "; ".join(parts)

    def _take(self, detail: Any) -> None:
        info = error_details_pb2.ErrorInfo()
        retry = error_details_pb2.RetryInfo()
        request = error_details_pb2.RequestInfo()
        bad_request = error_details_pb2.BadRequest()
        upstream = errors_pb2.UpstreamError()
        if _unpack(detail, info):
            self.reason = info.reason
            self.domain = info.domain
            self.metadata = dict(info.metadata)
        elif _unpack(detail, retry):
            self.retry_delay = retry.retry_delay.ToTimedelta()
        elif _unpack(detail, request):
            self.request_id = request.request_id
        elif _unpack(detail, bad_request):
            self.field_violations = [
                FieldViolation(violation.field, violation.description) for violation in bad_request.field_violations
            ]
        elif _unpack(detail, upstream):
            self.upstream = upstream


def _unpack(detail: Any, message: Message) -> bool:
    try:
        return bool(detail.Unpack(message))
    except DecodeError:
        return False


def text_metadata(metadata: Any) -> dict[str, str]:
    """gRPC's metadata by name, without the binary ones; of several values the first."""
    found: dict[str, str] = {}
    for key, value in metadata or ():
        if isinstance(value, str):
            found.setdefault(key, value)
    return found


def from_call(code: grpc.StatusCode, message: Optional[str], initial: Any, trailing: Any) -> FireworksError:
    """The error of a call with that status and metadata."""
    details: Optional[status_pb2.Status] = None
    for key, value in trailing or ():
        if key == "grpc-status-details-bin":
            try:
                details = status_pb2.Status.FromString(value)
            except DecodeError:
                details = None
    return FireworksError(code, message or "", text_metadata(initial), text_metadata(trailing), details)
