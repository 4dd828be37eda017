"""What generated stubs take for a channel: it makes them methods of `calls`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fireworks_grpc import calls
from fireworks_grpc.connection import ClientOptions


def call_metadata(options: ClientOptions) -> Sequence[tuple[str, str]]:
    return (("authorization", f"Bearer {options.token}"),) if options.token is not None else ()


class StubChannel:
    """Hands on to gRPC's channel, sync or asyncio, and wraps what it makes."""

    def __init__(self, channel: Any, metadata: Sequence[tuple[str, str]], unary: Any, stream: Any, upload: Any) -> None:
        self._channel = channel
        self._metadata = metadata
        self._unary = unary
        self._stream = stream
        self._upload = upload

    def unary_unary(self, *arguments: Any, **named: Any) -> Any:
        return self._unary(self._channel.unary_unary(*arguments, **named), self._metadata)

    def unary_stream(self, *arguments: Any, **named: Any) -> Any:
        return self._stream(self._channel.unary_stream(*arguments, **named), self._metadata)

    def stream_unary(self, *arguments: Any, **named: Any) -> Any:
        return self._upload(self._channel.stream_unary(*arguments, **named), self._metadata)


def sync_channel(channel: Any, options: ClientOptions) -> StubChannel:
    return StubChannel(
        channel,
        call_metadata(options),
        calls.UnaryMethod,
        calls.StreamMethod,
        calls.UploadMethod,
    )


def async_channel(channel: Any, options: ClientOptions) -> StubChannel:
    return StubChannel(
        channel,
        call_metadata(options),
        calls.AsyncUnaryMethod,
        calls.AsyncStreamMethod,
        calls.AsyncUploadMethod,
    )
