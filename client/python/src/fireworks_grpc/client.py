"""The synchronous client."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Callable, Optional, TypeVar, Union

import grpc

from fireworks_grpc import waiting
from fireworks_grpc._channel import sync_channel
from fireworks_grpc._gen.gateway.v1 import dataset_service_pb2, dataset_service_pb2_grpc
from fireworks_grpc._gen.inference.v1 import chat_completion_pb2, chat_completion_service_pb2_grpc
from fireworks_grpc.calls import Metadata, Stream, UnaryMethod
from fireworks_grpc.connection import Tls, make_options
from fireworks_grpc.errors import FireworksError
from fireworks_grpc.pages import Pager

StubType = TypeVar("StubType")
Resource = TypeVar("Resource")
GetRequest = TypeVar("GetRequest")

UPLOAD_PIECE_BYTES = 1 << 20


class Client:
    """A connection to the service, and what makes calling it pleasant.

    `target` is `HOST:PORT`; several, as IP addresses, are called in turn. Without `tls` the connection is plaintext.
    Any thread may use it. Close it, or use it in a `with`.
    """

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
            self._channel = grpc.insecure_channel(options.target(), options.grpc_options())
        else:
            self._channel = grpc.secure_channel(options.target(), tls.credentials(), options.grpc_options())
        self._stub_channel = sync_channel(self._channel, options)
        self._stubs: dict[Any, Any] = {}

    def close(self) -> None:
        """Ends calls that run, too."""
        self._channel.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def stub(self, kind: Callable[[Any], StubType]) -> StubType:
        """A stub of any service, such as `client.stub(gateway_v1.ModelServiceStub)`."""
        if kind not in self._stubs:
            self._stubs[kind] = kind(self._stub_channel)
        stub: StubType = self._stubs[kind]
        return stub

    def chat(
        self,
        request: chat_completion_pb2.ChatCompletionRequest,
        *,
        timeout: Optional[float] = None,
        metadata: Optional[Metadata] = None,
    ) -> chat_completion_pb2.ChatCompletionResponse:
        return self._chat().CreateChatCompletion(request, timeout=timeout, metadata=metadata)

    def stream_chat(
        self,
        request: chat_completion_pb2.ChatCompletionRequest,
        *,
        timeout: Optional[float] = None,
        metadata: Optional[Metadata] = None,
    ) -> Stream[chat_completion_pb2.ChatCompletionStreamResponse]:
        return self._chat().StreamChatCompletion(request, timeout=timeout, metadata=metadata)

    def _chat(self) -> chat_completion_service_pb2_grpc.ChatCompletionServiceStub:
        return self.stub(chat_completion_service_pb2_grpc.ChatCompletionServiceStub)

    def list(
        self,
        method: UnaryMethod[Any, Any],
        request: Any,
        *,
        limit: Optional[int] = None,
        timeout: Optional[float] = None,
        metadata: Optional[Metadata] = None,
    ) -> Pager:
        """The items of any List method, page after page. `timeout` is of each page."""

        def fetch(page: Any) -> Any:
            return method(page, timeout=timeout, metadata=metadata)

        return Pager(fetch, request, limit)

    def wait(
        self,
        get: UnaryMethod[GetRequest, Resource],
        request: GetRequest,
        *,
        on_progress: Optional[Callable[[Resource], None]] = None,
        timeout: Optional[float] = None,
        metadata: Optional[Metadata] = None,
        terminal_states: Optional[Collection[str]] = None,
        first_delay: float = 1.0,
        longest_delay: float = 30.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> Resource:
        """Looks at a resource until its state is one that it does not leave by itself, and returns it.

        `on_progress` gets each look, the last one too. Whether the end is a good one, its state tells. A service that
        is away for a few looks ends no wait; when the time is over, WaitTimeoutError is raised.
        """
        patience = waiting.Patience(terminal_states, first_delay, longest_delay, timeout)
        while True:
            try:
                resource = get(request, timeout=patience.look_seconds(), metadata=metadata)
            except FireworksError as error:
                patience.failed(error)
            else:
                if on_progress is not None:
                    on_progress(resource)
                if patience.is_done(resource):
                    return resource
            sleep(patience.pause())

    def upload_dataset_file(
        self,
        name: str,
        path: Union[str, os.PathLike[str]],
        *,
        filename: Optional[str] = None,
        on_progress: Optional[Callable[[int, int], None]] = None,
        timeout: Optional[float] = None,
        metadata: Optional[Metadata] = None,
    ) -> dataset_service_pb2.FileUploadResponse:
        """Uploads a file into a dataset that awaits it. `on_progress` gets bytes read and bytes in all."""
        stub = self.stub(dataset_service_pb2_grpc.DatasetServiceStub)
        return stub.UploadDatasetFile(
            upload_pieces(name, path, filename, on_progress), timeout=timeout, metadata=metadata
        )


def upload_pieces(
    name: str,
    path: Union[str, os.PathLike[str]],
    filename: Optional[str],
    on_progress: Optional[Callable[[int, int], None]],
) -> Iterator[dataset_service_pb2.UploadDatasetFileRequest]:
    """The file as messages. It is opened here, so that a file that is not there is no failed call."""
    file = open(path, "rb")
    size = os.fstat(file.fileno()).st_size

    def pieces() -> Iterator[dataset_service_pb2.UploadDatasetFileRequest]:
        with file:
            yield dataset_service_pb2.UploadDatasetFileRequest(
                metadata=dataset_service_pb2.UploadDatasetFileRequest.Metadata(
                    name=name,
                    filename=filename or os.path.basename(os.fspath(path)),
                    size_bytes=size,
                )
            )
            sent = 0
            while True:
                piece = file.read(UPLOAD_PIECE_BYTES)
                if not piece:
                    return
                yield dataset_service_pb2.UploadDatasetFileRequest(data=piece)
                sent += len(piece)
                if on_progress is not None:
                    on_progress(sent, size)

    return pieces()
