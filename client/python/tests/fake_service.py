"""An in-process gRPC server whose methods do as a test says."""

import threading
from concurrent import futures

import grpc
from google.protobuf import any_pb2
from google.rpc import status_pb2

from fireworks_grpc import gateway_v1, inference_v1

WAIT_SECONDS = 30


class Chat(inference_v1.ChatCompletionServiceServicer):
    def __init__(self):
        self.chunks = []
        self.hangs = False
        self.metadata = {}
        self.ended = threading.Event()
        """Set when a stream has ended, however it did."""
        self.closing = threading.Event()

    def CreateChatCompletion(self, request, context):
        self.metadata = dict(context.invocation_metadata())
        context.set_trailing_metadata((("x-request-id", "r-1"), ("x-usage-prompt-tokens", "7")))
        answer = inference_v1.ChatCompletionResponse(id="c", model=request.model)
        answer.choices.add().message.content.text = request.messages[0].content.text
        return answer

    def StreamChatCompletion(self, request, context):
        context.add_callback(self.ended.set)
        context.send_initial_metadata((("x-early", "yes"),))
        context.set_trailing_metadata((("x-request-id", "r-2"), ("x-usage-completion-tokens", "2")))
        yield from self.chunks
        if self.hangs:
            self.closing.wait()


class Models(gateway_v1.ModelServiceServicer):
    """Five models. A name that ends with `/broken` fails with `self.details`."""

    def __init__(self):
        self.requests = []
        self.code = grpc.StatusCode.NOT_FOUND
        self.details = []
        self.same_token = False
        self.states = []
        self.failures = []
        """Codes with which the next looks at a model fail."""

    def ListModels(self, request, context):
        self.requests.append(request)
        first = int(request.page_token or "0")
        last = min(first + (request.page_size or 50), 5)
        token = str(first) if self.same_token else str(last)
        return gateway_v1.ListModelsResponse(
            models=[gateway_v1.Model(name=f"m{index}") for index in range(first, last)],
            next_page_token=token if last < 5 else "",
        )

    def GetModel(self, request, context):
        if self.failures:
            context.abort(self.failures.pop(0), "not now")
        if request.name.endswith("/broken"):
            status = status_pb2.Status(code=self.code.value[0], message="it is broken")
            for detail in self.details:
                packed = any_pb2.Any()
                packed.Pack(detail)
                status.details.append(packed)
            context.set_trailing_metadata(
                (("grpc-status-details-bin", status.SerializeToString()), ("x-request-id", "r-3"))
            )
            context.abort(self.code, "it is broken")
        model = gateway_v1.Model(name=request.name)
        if self.states:
            model.MergeFrom(self.states.pop(0))
        return model


class Datasets(gateway_v1.DatasetServiceServicer):
    def __init__(self):
        self.received = []

    def UploadDatasetFile(self, requests, context):
        self.received = list(requests)
        size = sum(len(piece.data) for piece in self.received)
        return gateway_v1.FileUploadResponse(filename=self.received[0].metadata.filename, bytes=size)


def health(closing):
    """Says SERVING until the end, as the service does; clients watch it."""

    def watch(request, context):
        yield b"\x08\x01"
        closing.wait()

    return grpc.method_handlers_generic_handler(
        "grpc.health.v1.Health", {"Watch": grpc.unary_stream_rpc_method_handler(watch)}
    )


class FakeService:
    """Serves on a free port of this machine until `close`."""

    def __init__(self):
        self.chat = Chat()
        self.models = Models()
        self.datasets = Datasets()
        self._server = grpc.server(futures.ThreadPoolExecutor(max_workers=16))
        inference_v1.add_ChatCompletionServiceServicer_to_server(self.chat, self._server)
        gateway_v1.add_ModelServiceServicer_to_server(self.models, self._server)
        gateway_v1.add_DatasetServiceServicer_to_server(self.datasets, self._server)
        self._server.add_generic_rpc_handlers((health(self.chat.closing),))
        self.target = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def close(self):
        self.chat.closing.set()
        self._server.stop(None).wait(WAIT_SECONDS)


def chunk(text="", **choice):
    """A message of a stream with one choice."""
    message = inference_v1.ChatCompletionStreamResponse(id="c", model="m")
    piece = message.choices.add(index=choice.pop("index", 0), **choice)
    if text:
        piece.delta.content = text
    return message


def chat_request(text="hello"):
    request = inference_v1.ChatCompletionRequest(model="m")
    request.messages.add(role="user").content.text = text
    return request
