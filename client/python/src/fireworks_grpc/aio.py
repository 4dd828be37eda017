"""The asyncio client."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Collection, Sequence
from typing import Any, Callable, Optional, TypeVar, Union

import grpc
import grpc.aio

from fireworks_grpc import waiting
from fireworks_grpc._channel import async_channel
from fireworks_grpc._gen.gateway.v1 import dataset_service_pb2, dataset_service_pb2_grpc
from fireworks_grpc._gen.inference.v1 import chat_completion_pb2, chat_completion_service_pb2_grpc
from fireworks_grpc.calls import AsyncStream, AsyncUnaryMethod, Metadata
from fireworks_grpc.client import upload_pieces
from fireworks_grpc.connection import Tls, make_options
from fireworks_grpc.errors import FireworksError
from fireworks_grpc.pages import AsyncPager

StubType = TypeVar("StubType")
Resource = TypeVar("Resource")
GetRequest = TypeVar("GetRequest")


class AsyncClient:
    """As Client, for one event loop: make it in a coroutine, and use it in `async with`."""

    def __init__(
        self,
        target: Union[str, Sequence[str]],
        *,
        tls: Optional[Tls] = None,
        token: Optional[str] = None,
        channel_options: Sequence[tuple[str, Any]] = (),
    ) -> None:
        options = make_options(target, tls, token, channel_options)
        if tls is None:
            self._channel = grpc.aio.insecure_channel(options.target(), options.grpc_options())
        else:
            self._channel = grpc.aio.secure_channel(options.target(), tls.credentials(), options.grpc_options())
        self._stub_channel = async_channel(self._channel, options)
        self._stubs: dict[Any, Any] = {}

    async def close(self) -> None:
        """Ends calls that run, too."""
        await self._channel.close()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def stub(self, kind: Callable[[Any], StubType]) -> StubType:
        """A stub of any service, such as `client.stub(gateway_v1.ModelServiceAsyncStub)`."""
        if kind not in self._stubs:
            self._stubs[kind] = kind(self._stub_channel)
        stub: StubType = self._stubs[kind]
        return stub

    async def chat(
        self,
        request: chat_completion_pb2.ChatCompletionRequest,
        *,
        timeout: Optional[float] = None,
        metadata: Optional[Metadata] = None,
    ) -> chat_completion_pb2.ChatCompletionResponse:
        return await self._chat().CreateChatCompletion(request, timeout=timeout, metadata=metadata)

    def stream_chat(
        self,
        request: chat_completion_pb2.ChatCompletionRequest,
        *,
        timeout: Optional[float] = None,
        metadata: Optional[Metadata] = None,
    ) -> AsyncStream[chat_completion_pb2.ChatCompletionStreamResponse]:
        return self._chat().StreamChatCompletion(request, timeout=timeout, metadata=metadata)

    def _chat(self) -> chat_completion_service_pb2_grpc.ChatCompletionServiceAsyncStub:
        return self.stub(chat_completion_service_pb2_grpc.ChatCompletionServiceAsyncStub)

    def list(
        self,
        method: AsyncUnaryMethod[Any, Any],
        request: Any,
        *,
        limit: Optional[int] = None,
        timeout: Optional[float] = None,
        metadata: Optional[Metadata] = None,
    ) -> AsyncPager:
        """The items of any List method, page after page. `timeout` is of each page."""

        async def fetch(page: Any) -> Any:
            return await method(page, timeout=timeout, metadata=metadata)

        return AsyncPager(fetch, request, limit)

    async def wait(
        self,
        get: AsyncUnaryMethod[GetRequest, Resource],
        request: GetRequest,
        *,
        on_progress: Optional[Callable[[Resource], None]] = None,
        timeout: Optional[float] = None,
        metadata: Optional[Metadata] = None,
        terminal_states: Optional[Collection[str]] = None,
        first_delay: float = 1.0,
        longest_delay: float = 30.0,
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
    ) -> Resource:
        """As Client.wait."""
        patience = waiting.Patience(terminal_states, first_delay, longest_delay, timeout)
        while True:
            try:
                resource = await get(request, timeout=patience.look_seconds(), metadata=metadata)
            except FireworksError as error:
                patience.failed(error)
            else:
                if on_progress is not None:
                    on_progress(resource)
                if patience.is_done(resource):
                    return resource
            await sleep(patience.pause())

    async def upload_dataset_file(
        self,
        name: str,
        path: Union[str, os.PathLike[str]],
        *,
        filename: Optional[str] = None,
        on_progress: Optional[Callable[[int, int], None]] = None,
        timeout: Optional[float] = None,
        metadata: Optional[Metadata] = None,
    ) -> dataset_service_pb2.FileUploadResponse:
        """As Client.upload_dataset_file. The file is read on the event loop, a megabyte at a time."""
        stub = self.stub(dataset_service_pb2_grpc.DatasetServiceAsyncStub)
        return await stub.UploadDatasetFile(
            upload_pieces(name, path, filename, on_progress), timeout=timeout, metadata=metadata
        )
