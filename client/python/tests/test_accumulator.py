"""What the messages of a stream add up to."""

import unittest

from fake_service import chunk
from google.protobuf import json_format

from fireworks_grpc import ChatAccumulator, inference_v1


def stream(*messages):
    return [json_format.ParseDict(message, inference_v1.ChatCompletionStreamResponse()) for message in messages]


def delta(**fields):
    return {"choices": [{"index": 0, "delta": fields}]}


def piece(index=None, name=None, arguments=None, **fields):
    call = {k: v for k, v in {"name": name, "arguments": arguments and {"text": arguments}}.items() if v}
    if index is not None:
        fields["index"] = index
    return {**fields, "function": {"call": call}}


class ChatAccumulatorTest(unittest.TestCase):
    def test_nothing(self):
        whole = ChatAccumulator()
        self.assertEqual((whole.text, whole.choices, whole.usage), ("", [], None))

    def test_text_reasoning_and_finish_reason(self):
        whole = ChatAccumulator(
            stream(delta(role="assistant", reasoning_content="hm"), delta(reasoning_content="m"), delta(content="a"))
        )
        whole.add(chunk("b", finish_reason="stop"))
        choice = whole.choices[0]
        self.assertEqual((choice.text, choice.reasoning, choice.finish_reason), ("ab", "hmm", "stop"))
        self.assertEqual(whole.text, "ab")

    def test_choices_are_in_the_order_of_their_index(self):
        whole = ChatAccumulator([chunk("B", index=1), chunk("A", index=0), chunk("b", index=1)])
        self.assertEqual([(choice.index, choice.text) for choice in whole.choices], [(0, "A"), (1, "Bb")])

    def test_tool_calls_by_index(self):
        whole = ChatAccumulator(
            stream(
                delta(tool_calls=[piece(1, "second", id="b"), piece(0, "first", id="a")]),
                delta(tool_calls=[piece(0, arguments='{"x'), piece(1, arguments="{}")]),
                delta(tool_calls=[piece(0, arguments='":1}')]),
            )
        )
        calls = [(call.id, call.name, call.arguments) for call in whole.choices[0].tool_calls]
        self.assertEqual(calls, [("a", "first", '{"x":1}'), ("b", "second", "{}")])

    def test_tool_calls_without_index_are_told_apart_by_their_id(self):
        whole = ChatAccumulator(
            stream(
                delta(tool_calls=[piece(name="first", arguments="{", id="a")]),
                delta(tool_calls=[piece(arguments="}")]),
                delta(tool_calls=[piece(name="second", arguments="{}", id="b")]),
            )
        )
        calls = [(call.id, call.arguments) for call in whole.choices[0].tool_calls]
        self.assertEqual(calls, [("a", "{}"), ("b", "{}")])

    def test_tool_calls_whose_pieces_repeat_id_and_name(self):
        whole = ChatAccumulator(
            stream(
                delta(tool_calls=[piece(name="first", arguments="1", id="a")]),
                delta(tool_calls=[piece(name="first", arguments="2", id="a")]),
                delta(tool_calls=[{"id": "", "function": {"call": {"name": "", "arguments": {"text": "3"}}}}]),
                delta(tool_calls=[piece(name="second", id="b")]),
            )
        )
        calls = [(call.id, call.name, call.arguments) for call in whole.choices[0].tool_calls]
        self.assertEqual(calls, [("a", "first", "123"), ("b", "second", "")])

    def test_the_response_is_what_the_unary_method_answers(self):
        whole = ChatAccumulator(
            stream(
                {"id": "c", "model": "m", "created": "5", **delta(role="assistant", content="a")},
                {"choices": [{"index": 0, "delta": {"content": "b"}, "finish_reason": "stop"}]},
                {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}},
            )
        )
        expected = {
            "id": "c",
            "object": "chat.completion",
            "created": "5",
            "model": "m",
            "choices": [
                {"index": 0, "message": {"role": "assistant", "content": {"text": "ab"}}, "finish_reason": "stop"}
            ],
            "usage": {"prompt_tokens": 3, "completion_tokens": 2},
        }
        self.assertEqual(json_format.MessageToDict(whole.response()), expected)
        self.assertEqual(whole.usage.prompt_tokens, 3)

    def test_what_the_contract_does_not_know_is_kept(self):
        whole = ChatAccumulator(
            stream(
                {
                    "extraJson": {"a": "1"},
                    "choices": [
                        {
                            "extraJson": {"b": "2"},
                            "delta": {
                                "extraJson": {"c": "3"},
                                "tool_calls": [{"index": 0, "extraJson": {"d": "4"}, "function": {"call": {}}}],
                            },
                        }
                    ],
                },
                delta(content="x"),
            )
        )
        response = whole.response()
        choice = response.choices[0]
        self.assertEqual(
            [dict(each.extra_json) for each in (response, choice, choice.message, choice.message.tool_calls[0])],
            [{"a": "1"}, {"b": "2"}, {"c": "3"}, {"d": "4"}],
        )

    def test_logprobs_and_token_ids_are_joined(self):
        logprobs = {"openai": {"content": [{"token": "a", "logprob": -1}]}}
        entry = {"choices": [{"index": 0, "delta": {}, "token_ids": [1], "logprobs": logprobs}]}
        choice = ChatAccumulator(stream(entry, entry)).response().choices[0]
        self.assertEqual(list(choice.token_ids), [1, 1])
        self.assertEqual(len(choice.logprobs.openai.content), 2)

    def test_a_message_for_the_next_request_has_nothing_that_it_refuses(self):
        whole = ChatAccumulator(
            stream(delta(extraJson={"c": "3"}, tool_calls=[piece(0, "tool", "{}", id="a", extraJson={"d": "4"})]))
        )
        message = whole.choices[0].request_message()
        self.assertEqual(message.role, "assistant")
        self.assertFalse(message.HasField("content"))
        self.assertEqual(dict(message.extra_json), {})
        self.assertEqual(dict(message.tool_calls[0].extra_json), {})
        self.assertEqual(message.tool_calls[0].function.call.arguments.text, "{}")


if __name__ == "__main__":
    unittest.main()
