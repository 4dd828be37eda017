"""What the messages of a chat stream add up to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Optional

from fireworks_grpc._gen.inference.v1 import (
    chat_completion_pb2,
    chat_message_pb2,
    usage_pb2,
)

_TOOL_CALL = chat_message_pb2.ChatCompletionMessageToolCall


class ToolCall:
    """One call of a tool: its arguments are JSON text once the stream has ended."""

    def __init__(self) -> None:
        self._message = _TOOL_CALL()
        self._arguments: list[str] = []

    @property
    def id(self) -> str:
        return self._message.id

    @property
    def name(self) -> str:
        return self._message.function.call.name

    @property
    def arguments(self) -> str:
        return "".join(self._arguments)

    def message(self) -> chat_message_pb2.ChatCompletionMessageToolCall:
        """As a message has it."""
        whole = _TOOL_CALL()
        whole.CopyFrom(self._message)
        if self._arguments and whole.function.WhichOneof("kind") == "text":
            whole.function.text = self.arguments
        elif self._arguments:
            whole.function.call.arguments.text = self.arguments
        return whole

    def add(self, piece: chat_message_pb2.ChatCompletionMessageToolCall) -> None:
        function = piece.function
        if function.WhichOneof("kind") == "text":
            self._arguments.append(function.text)
        else:
            given = function.call.arguments
            self._arguments.append(given.object if given.WhichOneof("kind") == "object" else given.text)
        rest = _TOOL_CALL()
        rest.CopyFrom(piece)
        # An empty one takes nothing away.
        if not rest.id:
            rest.ClearField("id")
        if rest.function.WhichOneof("kind") == "call":
            rest.function.call.ClearField("arguments")
            if not rest.function.call.name:
                rest.function.call.ClearField("name")
        self._message.MergeFrom(rest)


class ChatChoice:
    """One of the `n` answers."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.finish_reason = ""
        self.role = ""
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._tool_calls: dict[int, ToolCall] = {}
        self._rest = chat_completion_pb2.ChatCompletionResponseChoice(index=index)
        self._message_extra: dict[str, str] = {}

    @property
    def text(self) -> str:
        return "".join(self._text)

    @property
    def reasoning(self) -> str:
        return "".join(self._reasoning)

    @property
    def tool_calls(self) -> list[ToolCall]:
        """In the order of their index."""
        return [self._tool_calls[index] for index in sorted(self._tool_calls)]

    def message(self) -> chat_message_pb2.ChatMessage:
        """The whole message, with what the contract does not know in its extra_json.

        To send it back in a request, use `request_message`.
        """
        message = self.request_message()
        message.extra_json.update(self._message_extra)
        message.ClearField("tool_calls")
        message.tool_calls.extend(call.message() for call in self.tool_calls)
        return message

    def request_message(self) -> chat_message_pb2.ChatMessage:
        """The message as the next request of the conversation takes it."""
        message = chat_message_pb2.ChatMessage(role=self.role or "assistant")
        if self._text or not self._tool_calls:
            message.content.text = self.text
        if self._reasoning:
            message.reasoning_content = self.reasoning
        for call in self.tool_calls:
            sent = message.tool_calls.add(id=call.id, type="function")
            sent.function.call.name = call.name
            sent.function.call.arguments.text = call.arguments
        return message

    def response_choice(self) -> chat_completion_pb2.ChatCompletionResponseChoice:
        """As the unary method would have answered it."""
        choice = chat_completion_pb2.ChatCompletionResponseChoice()
        choice.CopyFrom(self._rest)
        choice.message.CopyFrom(self.message())
        if self.finish_reason:
            choice.finish_reason = self.finish_reason
        return choice

    def add(self, piece: chat_completion_pb2.ChatCompletionResponseStreamChoice) -> None:
        delta = piece.delta
        if delta.role:
            self.role = delta.role
        if delta.content:
            self._text.append(delta.content)
        if delta.reasoning_content:
            self._reasoning.append(delta.reasoning_content)
        for call in delta.tool_calls:
            self._tool_calls.setdefault(self._index_of(call), ToolCall()).add(call)
        self._message_extra.update(delta.extra_json)
        if piece.finish_reason:
            self.finish_reason = piece.finish_reason
        self._rest.token_ids.extend(piece.token_ids)
        self._rest.extra_json.update(piece.extra_json)
        if piece.HasField("logprobs"):
            # The same fields under two names. Merging appends lists.
            self._rest.logprobs.MergeFromString(piece.logprobs.SerializeToString())
        if piece.HasField("raw_output"):
            self._rest.raw_output.MergeFrom(piece.raw_output)

    def _index_of(self, call: chat_message_pb2.ChatCompletionMessageToolCall) -> int:
        """Without an index a piece with an id begins a call, and one without goes on with the last."""
        if call.HasField("index"):
            return call.index
        last = max(self._tool_calls, default=-1)
        if last < 0 or (call.id and call.id != self._tool_calls[last].id):
            return last + 1
        return last


class ChatAccumulator:
    """Takes a stream's messages one by one; what it has is readable at any time."""

    def __init__(self, messages: Iterable[chat_completion_pb2.ChatCompletionStreamResponse] = ()) -> None:
        self._choices: dict[int, ChatChoice] = {}
        self._rest = chat_completion_pb2.ChatCompletionResponse()
        for message in messages:
            self.add(message)

    def add(self, message: chat_completion_pb2.ChatCompletionStreamResponse) -> None:
        rest = self._rest
        rest.id = message.id or rest.id
        rest.model = message.model or rest.model
        if message.HasField("created"):
            rest.created = message.created
        if message.HasField("usage"):
            rest.usage.CopyFrom(message.usage)
        if message.HasField("perf_metrics"):
            rest.perf_metrics.CopyFrom(message.perf_metrics)
        rest.prompt_token_ids.extend(message.prompt_token_ids)
        rest.extra_json.update(message.extra_json)
        for piece in message.choices:
            self._choices.setdefault(piece.index, ChatChoice(piece.index)).add(piece)

    @property
    def choices(self) -> list[ChatChoice]:
        """In the order of their index."""
        return [self._choices[index] for index in sorted(self._choices)]

    @property
    def text(self) -> str:
        """The first choice's."""
        return self.choices[0].text if self._choices else ""

    @property
    def usage(self) -> Optional[usage_pb2.UsageInfo]:
        return self._rest.usage if self._rest.HasField("usage") else None

    def response(self) -> chat_completion_pb2.ChatCompletionResponse:
        """What the unary method would have answered, with whatever the contract does not know in its extra_json."""
        response = chat_completion_pb2.ChatCompletionResponse(object="chat.completion")
        response.MergeFrom(self._rest)
        response.choices.extend(choice.response_choice() for choice in self.choices)
        return response
