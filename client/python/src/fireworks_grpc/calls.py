"""What a method of a stub is: callable, typed, and raising FireworksError.

A Client's stubs have UnaryMethod, StreamMethod and UploadMethod for methods; an AsyncClient's have the Async ones.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import (
    Any,
    Generic,
    NoReturn,
    Optional,
    TypeVar,
    Union,
)

import grpc

from fireworks_grpc.errors import FireworksError, from_call, text_metadata

Request = TypeVar("Request")
Response = TypeVar("Response")
Metadata = Union[Mapping[str, str], Sequence[tuple[str, str]]]


@dataclass(frozen=True)
class Usage:
    """Token counts as trailers tell them; None where they do not."""

    prompt_tokens: Optional[int] = None
    completion_tokens: Optional[int] = None
    cached_tokens: Optional[int] = None


@dataclass(frozen=True)
class CallInfo:
    """What came beside the messages of a call that has ended."""

    initial_metadata: Mapping[str, str]
    trailing_metadata: Mapping[str, str]

    @property
    def request_id(self) -> str:
        return self.trailing_metadata.get("x-request-id", "")

    @property
    def usage(self) -> Usage:
        def count(name: str) -> Optional[int]:
            value = self.trailing_metadata.get(f"x-usage-{name}-tokens", "")
            return int(value) if value.isdigit() else None

        return Usage(count("prompt"), count("completion"), count("cached"))


class _Method:
    """gRPC's callable of a method, and the metadata that every call of the client has."""

    def __init__(self, inner: Any, metadata: Sequence[tuple[str, str]]) -> None:
        self._inner = inner
        self._metadata = metadata

    def _arguments(
        self, timeout: Optional[float], metadata: Optional[Metadata], wait_for_ready: Optional[bool]
    ) -> dict[str, Any]:
        pairs = metadata.items() if isinstance(metadata, Mapping) else metadata or ()
        return {
            "timeout": timeout,
            "metadata": (*self._metadata, *pairs),
            "wait_for_ready": wait_for_ready,
        }


def _raise(error: Any) -> NoReturn:
    raise from_call(error.code(), error.details(), error.initial_metadata(), error.trailing_metadata()) from None


def _info(call: Any) -> CallInfo:
    return CallInfo(text_metadata(call.initial_metadata()), text_metadata(call.trailing_metadata()))


class UnaryMethod(_Method, Generic[Request, Response]):
    """`method(request)` returns the response; `with_info` also what came beside it."""

    def __call__(
        self,
        request: Request,
        *,
        timeout: Optional[float] = None,
        metadata: Optional[Metadata] = None,
        wait_for_ready: Optional[bool] = None,
    ) -> Response:
        return self.with_info(request, timeout=timeout, metadata=metadata, wait_for_ready=wait_for_ready)[0]

    def with_info(
        self,
        request: Request,
        *,
        timeout: Optional[float] = None,
        metadata: Optional[Metadata] = None,
        wait_for_ready: Optional[bool] = None,
    ) -> tuple[Response, CallInfo]:
        try:
            response, call = self._inner.with_call(request, **self._arguments(timeout, metadata, wait_for_ready))
        except grpc.RpcError as error:
            _raise(error)
        return response, _info(call)


class UploadMethod(_Method, Generic[Request, Response]):
    """The same for a method that takes a stream of requests."""

    def __call__(
        self,
        requests: Iterable[Request],
        *,
        timeout: Optional[float] = None,
        metadata: Optional[Metadata] = None,
        wait_for_ready: Optional[bool] = None,
    ) -> Response:
        return self.with_info(requests, timeout=timeout, metadata=metadata, wait_for_ready=wait_for_ready)[0]

    def with_info(
        self,
        requests: Iterable[Request],
        *,
        timeout: Optional[float] = None,
        metadata: Optional[Metadata] = None,
        wait_for_ready: Optional[bool] = None,
    ) -> tuple[Response, CallInfo]:
        try:
            response, call = self._inner.with_call(iter(requests), **self._arguments(timeout, metadata, wait_for_ready))
        except grpc.RpcError as error:
            _raise(error)
        return response, _info(call)


class StreamMethod(_Method, Generic[Request, Response]):
    """`method(request)` starts a stream and returns it."""

    def __call__(
        self,
        request: Request,
        *,
        timeout: Optional[float] = None,
        metadata: Optional[Metadata] = None,
        wait_for_ready: Optional[bool] = None,
    ) -> Stream[Response]:
        return Stream(self._inner(request, **self._arguments(timeout, metadata, wait_for_ready)))


class Stream(Generic[Response]):
    """The messages of a stream. Iterating ends when the stream ended with OK, and raises FireworksError otherwise.

    A stream that is left (by `close()`, the end of its `with`, or because nothing refers to it any more, when gRPC
    does it) is cancelled, which stops the generation and its billing. For one thread at a time, but for `cancel`.
    """

    def __init__(self, call: Any) -> None:
        self._call = call

    def __iter__(self) -> Iterator[Response]:
        return self

    def __next__(self) -> Response:
        try:
            response: Response = next(self._call)
            return response
        except grpc.RpcError:
            _raise(self._call)

    def __enter__(self) -> Stream[Response]:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def cancel(self) -> None:
        """Ends the stream: what has not been read may still come, then CANCELLED is raised."""
        self._call.cancel()

    def close(self) -> None:
        """Cancels the stream unless it has ended."""
        self._call.cancel()

    @property
    def initial_metadata(self) -> Mapping[str, str]:
        """Waits for the first message, or the end."""
        return text_metadata(self._call.initial_metadata())

    @property
    def info(self) -> CallInfo:
        """What came beside the messages. Waits for the stream's end, so read it to its end first."""
        return _info(self._call)


class AsyncUnaryMethod(_Method, Generic[Request, Response]):
    """`await method(request)` returns the response; `with_info` also what came beside it."""

    async def __call__(
        self,
        request: Request,
        *,
        timeout: Optional[float] = None,
        metadata: Optional[Metadata] = None,
        wait_for_ready: Optional[bool] = None,
    ) -> Response:
        response, _ = await self.with_info(request, timeout=timeout, metadata=metadata, wait_for_ready=wait_for_ready)
        return response

    async def with_info(
        self,
        request: Request,
        *,
        timeout: Optional[float] = None,
        metadata: Optional[Metadata] = None,
        wait_for_ready: Optional[bool] = None,
    ) -> tuple[Response, CallInfo]:
        call = self._inner(request, **self._arguments(timeout, metadata, wait_for_ready))
        return await _async_unary(call)


class AsyncUploadMethod(_Method, Generic[Request, Response]):
    """The same for a method that takes a stream of requests."""

    async def __call__(
        self,
        requests: Union[Iterable[Request], AsyncIterable[Request]],
        *,
        timeout: Optional[float] = None,
        metadata: Optional[Metadata] = None,
        wait_for_ready: Optional[bool] = None,
    ) -> Response:
        response, _ = await self.with_info(requests, timeout=timeout, metadata=metadata, wait_for_ready=wait_for_ready)
        return response

    async def with_info(
        self,
        requests: Union[Iterable[Request], AsyncIterable[Request]],
        *,
        timeout: Optional[float] = None,
        metadata: Optional[Metadata] = None,
        wait_for_ready: Optional[bool] = None,
    ) -> tuple[Response, CallInfo]:
        errors: list[Exception] = []
        call = self._inner(_keep_error(requests, errors), **self._arguments(timeout, metadata, wait_for_ready))
        try:
            return await _async_unary(call)
        except asyncio.CancelledError:
            # gRPC only cancels the call when the requests raise something.
            if errors:
                raise errors[0] from None
            raise


async def _keep_error(
    requests: Union[Iterable[Request], AsyncIterable[Request]], errors: list[Exception]
) -> AsyncIterator[Request]:
    try:
        if isinstance(requests, AsyncIterable):
            async for request in requests:
                yield request
        else:
            for request in requests:
                yield request
    except Exception as error:
        errors.append(error)
        raise


async def _async_unary(call: Any) -> tuple[Any, CallInfo]:
    try:
        response = await call
    except grpc.RpcError:
        await _async_raise(call)
    return response, await _async_info(call)


async def _async_raise(call: Any) -> NoReturn:
    raise from_call(
        await call.code(),
        await call.details(),
        await call.initial_metadata(),
        await call.trailing_metadata(),
    ) from None


async def _async_info(call: Any) -> CallInfo:
    return CallInfo(text_metadata(await call.initial_metadata()), text_metadata(await call.trailing_metadata()))


class AsyncStreamMethod(_Method, Generic[Request, Response]):
    """`method(request)` starts a stream and returns it; there is nothing to await."""

    def __call__(
        self,
        request: Request,
        *,
        timeout: Optional[float] = None,
        metadata: Optional[Metadata] = None,
        wait_for_ready: Optional[bool] = None,
    ) -> AsyncStream[Response]:
        return AsyncStream(self._inner(request, **self._arguments(timeout, metadata, wait_for_ready)))


class AsyncStream(Generic[Response]):
    """As Stream, for `async for`. A task that is cancelled while it reads cancels the stream."""

    def __init__(self, call: Any) -> None:
        self._call = call
        self._cancelled = False

    def __aiter__(self) -> AsyncIterator[Response]:
        return self

    async def __anext__(self) -> Response:
        try:
            response: Any = await self._call.read()
        except grpc.RpcError:
            await _async_raise(self._call)
        except asyncio.CancelledError:
            # gRPC raises it for a stream that was cancelled here as well as for a task that was.
            if not self._cancelled:
                self._call.cancel()
                raise
            await _async_raise(self._call)
        if response is grpc.aio.EOF:
            if await self._call.code() is not grpc.StatusCode.OK:
                await _async_raise(self._call)
            raise StopAsyncIteration
        message: Response = response
        return message

    async def __aenter__(self) -> AsyncStream[Response]:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        # The event loop refers to gRPC's call, so that this alone tells that nobody reads it any more.
        with contextlib.suppress(RuntimeError):  # The loop is closed, and the call with it.
            self._call.cancel()

    def cancel(self) -> None:
        """Ends the stream: the next read raises CANCELLED."""
        self._cancelled = True
        self._call.cancel()

    def close(self) -> None:
        """Cancels the stream unless it has ended."""
        self.cancel()

    async def initial_metadata(self) -> Mapping[str, str]:
        """Waits for the first message, or the end."""
        return text_metadata(await self._call.initial_metadata())

    async def info(self) -> CallInfo:
        """What came beside the messages. Waits for the stream's end, so read it to its end first."""
        return await _async_info(self._call)


__all__ = [
    "AsyncStream",
    "AsyncStreamMethod",
    "AsyncUnaryMethod",
    "AsyncUploadMethod",
    "CallInfo",
    "FireworksError",
    "Metadata",
    "Stream",
    "StreamMethod",
    "UnaryMethod",
    "UploadMethod",
    "Usage",
]
