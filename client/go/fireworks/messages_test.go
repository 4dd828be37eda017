package fireworks_test

import (
	"testing"

	"github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks"
	inferencev1 "github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks/inference/v1"
	"google.golang.org/protobuf/proto"
)

func TestMessagesAreMadeOfText(t *testing.T) {
	got := &inferencev1.ChatCompletionRequest{
		Messages: []*inferencev1.ChatMessage{
			fireworks.SystemMessage("s"), fireworks.UserMessage("u"),
			fireworks.AssistantMessage("a"), fireworks.ToolMessage("id", "t"),
		},
		Tools:          []*inferencev1.ChatCompletionTool{fireworks.FunctionTool("f", "d", "{}")},
		ResponseFormat: fireworks.JSONSchemaFormat(`{"type": "object"}`),
	}
	want := fromJSON(t, `{
		"messages": [{"role": "system", "content": {"text": "s"}}, {"role": "user", "content": {"text": "u"}},
		             {"role": "assistant", "content": {"text": "a"}},
		             {"role": "tool", "tool_call_id": "id", "content": {"text": "t"}}],
		"tools": [{"function": {"name": "f", "description": "d", "parameters": "{}"}}],
		"response_format": {"type": "json_schema", "json_schema": {"object": "{\"type\": \"object\"}"}}
	}`, &inferencev1.ChatCompletionRequest{})
	if !proto.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	input := fromJSON(t, `{"texts": {"values": ["a", "b"]}}`, &inferencev1.EmbeddingRequest_Input{})
	if got := fireworks.EmbedTexts("a", "b"); !proto.Equal(got, input) {
		t.Errorf("got %v", got)
	}
}

func TestACallIsReadInAllItsForms(t *testing.T) {
	for text, want := range map[string][2]string{
		`{"function": {"call": {"name": "f", "arguments": {"text": "{}"}}}}`:   {"f", "{}"},
		`{"function": {"call": {"name": "f", "arguments": {"object": "{}"}}}}`: {"f", "{}"},
		`{"function": {"call": {"name": "f"}}}`:                                {"f", ""},
		`{"function": {"text": "f()"}}`:                                        {"", "f()"},
		`{}`:                                                                   {"", ""},
	} {
		name, arguments := fireworks.CallOf(fromJSON(t, text, &inferencev1.ChatCompletionMessageToolCall{}))
		if name != want[0] || arguments != want[1] {
			t.Errorf("%s: %q %q", text, name, arguments)
		}
	}
}
