package fireworks_test

import (
	"testing"

	"github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks"
	inferencev1 "github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks/inference/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

func TestAChatAccumulatorMakesTheWholeAnswer(t *testing.T) {
	for _, test := range []struct {
		name   string
		chunks []string
		want   string
	}{
		{
			"OfNothing", nil, `{"object": "chat.completion"}`,
		},
		{
			"OfTextAndReasoning",
			[]string{
				`{"id": "c", "model": "m", "created": "7", "prompt_token_ids": [1, 2],
				  "choices": [{"index": 0, "delta": {"role": "assistant", "reasoning_content": "hm"}}]}`,
				`{"id": "c", "model": "m@2", "created": "7", "choices": [{"index": 0, "token_ids": [5], "delta": {"reasoning_content": "m", "content": " a"}}]}`,
				`{"id": "c", "choices": [{"token_ids": [6, 7], "delta": {"content": "b"}}]}`,
				`{"id": "c", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}`,
			},
			`{"id": "c", "model": "m@2", "object": "chat.completion", "created": "7", "prompt_token_ids": [1, 2],
			  "choices": [{"index": 0, "token_ids": [5, 6, 7], "finish_reason": "stop", "message":
			    {"role": "assistant", "content": {"text": " ab"}, "reasoning_content": "hmm"}}]}`,
		},
		{
			"TextThatIsEmptyIsNotNoText",
			[]string{`{"choices": [{"delta": {"content": ""}}]}`},
			`{"object": "chat.completion", "choices": [{"index": 0, "message": {"content": {"text": ""}}}]}`,
		},
		{
			"OfToolCallsWhosePiecesAlternate",
			[]string{
				`{"choices": [{"delta": {"tool_calls": [{"index": 1, "id": "b", "type": "function", "function": {"call": {"name": "g", "arguments": {"text": "{"}}}}]}}]}`,
				`{"choices": [{"delta": {"tool_calls": [{"index": 0, "id": "a", "function": {"call": {"name": "f"}}},
				                                        {"index": 1, "id": "", "function": {"call": {"arguments": {"text": "}"}}}}]}}]}`,
				`{"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"call": {"arguments": {"text": " 1"}}}}]}, "finish_reason": "tool_calls"}]}`,
			},
			`{"object": "chat.completion", "choices": [{"index": 0, "finish_reason": "tool_calls", "message": {"tool_calls": [
			  {"index": 0, "id": "a", "function": {"call": {"name": "f", "arguments": {"text": " 1"}}}},
			  {"index": 1, "id": "b", "type": "function", "function": {"call": {"name": "g", "arguments": {"text": "{}"}}}}]}}]}`,
		},
		{
			"OfToolCallsWithoutIndex",
			[]string{
				`{"choices": [{"delta": {"tool_calls": [{"id": "a", "function": {"call": {"name": "f"}}}]}}]}`,
				`{"choices": [{"delta": {"tool_calls": [{"function": {"call": {"arguments": {"text": "1"}}}}]}}]}`,
				`{"choices": [{"delta": {"tool_calls": [{"id": "b", "function": {"call": {"name": "g", "arguments": {"text": "2"}}}}]}}]}`,
			},
			`{"object": "chat.completion", "choices": [{"index": 0, "message": {"tool_calls": [
			  {"index": 0, "id": "a", "function": {"call": {"name": "f", "arguments": {"text": "1"}}}},
			  {"index": 1, "id": "b", "function": {"call": {"name": "g", "arguments": {"text": "2"}}}}]}}]}`,
		},
		{
			"OfToolCallsWhosePiecesRepeatIdAndName",
			[]string{
				`{"choices": [{"delta": {"tool_calls": [{"id": "a", "function": {"call": {"name": "f", "arguments": {"text": "1"}}}}]}}]}`,
				`{"choices": [{"delta": {"tool_calls": [{"id": "a", "function": {"call": {"name": "f", "arguments": {"text": "2"}}}}]}}]}`,
				`{"choices": [{"delta": {"tool_calls": [{"id": "a", "function": {"call": {"name": "", "arguments": {"text": "3"}}}}]}}]}`,
				`{"choices": [{"delta": {"tool_calls": [{"id": "b", "function": {"call": {"name": "g"}}}]}}]}`,
			},
			`{"object": "chat.completion", "choices": [{"index": 0, "message": {"tool_calls": [
			  {"index": 0, "id": "a", "function": {"call": {"name": "f", "arguments": {"text": "123"}}}},
			  {"index": 1, "id": "b", "function": {"call": {"name": "g"}}}]}}]}`,
		},
		{
			"OfToolCallsInOtherForms",
			[]string{`{"choices": [{"delta": {"tool_calls": [
				{"index": 0, "function": {"call": {"name": "f", "arguments": {"object": "{\"a\": 1}"}}}},
				{"index": 1, "function": {"text": "f()"}}]}}]}`},
			`{"object": "chat.completion", "choices": [{"index": 0, "message": {"tool_calls": [
			  {"index": 0, "function": {"call": {"name": "f", "arguments": {"object": "{\"a\": 1}"}}}},
			  {"index": 1, "function": {"text": "f()"}}]}}]}`,
		},
		{
			"OfSeveralChoices",
			[]string{
				`{"choices": [{"index": 1, "delta": {"content": "B"}}]}`,
				`{"choices": [{"index": 0, "delta": {"content": "A"}}, {"index": 1, "delta": {"content": "b"}, "finish_reason": "length"}]}`,
			},
			`{"object": "chat.completion", "choices": [
			  {"index": 0, "message": {"content": {"text": "A"}}},
			  {"index": 1, "finish_reason": "length", "message": {"content": {"text": "Bb"}}}]}`,
		},
		{
			"WithTheLastUsage",
			[]string{
				`{"choices": [{"delta": {"content": "a"}}], "usage": {"prompt_tokens": 3, "completion_tokens": 1, "extraJson": {"early": "1"}}}`,
				`{"usage": {"prompt_tokens": 3, "completion_tokens": 2}, "perf_metrics": {}}`,
			},
			`{"object": "chat.completion", "usage": {"prompt_tokens": 3, "completion_tokens": 2}, "perf_metrics": {},
			  "choices": [{"index": 0, "message": {"content": {"text": "a"}}}]}`,
		},
		{
			"WithLogProbabilities",
			[]string{
				`{"choices": [{"logprobs": {"openai": {"content": [{"token": "a"}]}}, "raw_output": {"completion": "a"}}]}`,
				`{"choices": [{"logprobs": {"openai": {"content": [{"token": "b"}]}}, "raw_output": {"completion": "ab"}}]}`,
				`{"choices": [{"index": 1, "logprobs": {"legacy": {"tokens": ["c"]}}}]}`,
				`{"choices": [{"index": 1, "logprobs": {"legacy": {"tokens": ["d"]}}}]}`,
			},
			`{"object": "chat.completion", "choices": [
			  {"index": 0, "message": {}, "logprobs": {"openai": {"content": [{"token": "a"}, {"token": "b"}]}}, "raw_output": {"completion": "ab"}},
			  {"index": 1, "message": {}, "logprobs": {"legacy": {"tokens": ["c", "d"]}}}]}`,
		},
		{
			"WithWhatTheContractDoesNotKnow",
			[]string{
				`{"extraJson": {"a": "1"}, "choices": [{"extraJson": {"b": "1"}, "delta": {"extraJson": {"c": "1"},
				  "tool_calls": [{"index": 0, "extraJson": {"d": "1"}, "function": {"call": {"extraJson": {"e": "1"}}}}]}}]}`,
				`{"extraJson": {"a": "2", "z": "3"}, "choices": [{"delta": {"extraJson": {"c": "2"}}}]}`,
			},
			`{"object": "chat.completion", "extraJson": {"a": "2", "z": "3"}, "choices": [{"index": 0, "extraJson": {"b": "1"}, "message": {
			  "extraJson": {"c": "2"},
			  "tool_calls": [{"index": 0, "extraJson": {"d": "1"}, "function": {"call": {"extraJson": {"e": "1"}}}}]}}]}`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var answer fireworks.ChatAccumulator
			for _, text := range test.chunks {
				answer.Add(fromJSON(t, text, &inferencev1.ChatCompletionStreamResponse{}))
			}
			want := fromJSON(t, test.want, &inferencev1.ChatCompletionResponse{})
			if got := answer.Response(); !proto.Equal(got, want) {
				t.Errorf("got  %v\nwant %v", got, want)
			}
		})
	}
}

func TestTheFirstChoiceIsAtHand(t *testing.T) {
	var answer fireworks.ChatAccumulator
	if answer.Text() != "" || answer.FinishReason() != "" || answer.ToolCalls() != nil || answer.Usage() != nil {
		t.Error("there is something before anything came")
	}
	answer.Add(fromJSON(t, `{"usage": {"prompt_tokens": 3}, "choices": [{"delta": {"content": "a",
		"tool_calls": [{"index": 0, "id": "x"}]}, "finish_reason": "stop"}]}`, &inferencev1.ChatCompletionStreamResponse{}))
	if answer.Text() != "a" || answer.FinishReason() != "stop" || answer.ToolCalls()[0].GetId() != "x" ||
		answer.Usage().GetPromptTokens() != 3 || answer.Message().GetContent().GetText() != "a" {
		t.Errorf("%v", answer.Response())
	}
}

func TestAnAnswerDoesNotChangeWithTheNextChunk(t *testing.T) {
	var answer fireworks.ChatAccumulator
	next := fromJSON(t, `{"extraJson": {"k": "1"}, "choices": [{"token_ids": [1], "delta": {"content": "a"}}]}`, &inferencev1.ChatCompletionStreamResponse{})
	answer.Add(next)
	before := answer.Response()
	kept := proto.CloneOf(before)
	answer.Add(next)
	next.ExtraJson["k"] = "changed"
	if !proto.Equal(before, kept) || answer.Response().GetExtraJson()["k"] != "1" {
		t.Errorf("%v", before)
	}
}

func TestAMessageWithoutExtraJSONCanGoBack(t *testing.T) {
	received := fromJSON(t, `{"extraJson": {"a": "1"}, "content": {"parts": {"values": [{"extraJson": {"b": "1"}, "text": "x"}]}},
		"tool_calls": [{"function": {"call": {"extraJson": {"c": "1"}, "name": "f"}}}]}`, &inferencev1.ChatMessage{})
	kept := proto.CloneOf(received)
	want := fromJSON(t, `{"content": {"parts": {"values": [{"text": "x"}]}},
		"tool_calls": [{"function": {"call": {"name": "f"}}}]}`, &inferencev1.ChatMessage{})
	if got := fireworks.WithoutExtraJSON(received); !proto.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if !proto.Equal(received, kept) {
		t.Error("the original has changed")
	}
}

func fromJSON[Message proto.Message](t *testing.T, text string, message Message) Message {
	t.Helper()
	if err := protojson.Unmarshal([]byte(text), message); err != nil {
		t.Fatal(err)
	}
	return message
}
