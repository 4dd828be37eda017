"""A client of the fireworks-grpc service, synchronous and asyncio.

    from fireworks_grpc import Client, inference_v1

    with Client("localhost:50051") as client:
        request = inference_v1.ChatCompletionRequest(model="accounts/fireworks/models/...")
        for chunk in client.stream_chat(request):
            ...

Messages, enums and stubs are in `inference_v1`, `gateway_v1`, `service_v1` and `errors_v1`.
"""

from fireworks_grpc.accumulator import ChatAccumulator, ChatChoice, ToolCall
from fireworks_grpc.aio import AsyncClient
from fireworks_grpc.calls import AsyncStream, CallInfo, Stream, Usage
from fireworks_grpc.client import Client
from fireworks_grpc.connection import ClientOptions, Tls
from fireworks_grpc.errors import FieldViolation, FireworksError
from fireworks_grpc.waiting import WaitTimeoutError

__all__ = [
    "AsyncClient",
    "AsyncStream",
    "CallInfo",
    "ChatAccumulator",
    "ChatChoice",
    "Client",
    "ClientOptions",
    "FieldViolation",
    "FireworksError",
    "Stream",
    "Tls",
    "ToolCall",
    "Usage",
    "WaitTimeoutError",
]
