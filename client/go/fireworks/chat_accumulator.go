package fireworks

import (
	"cmp"
	"slices"

	inferencev1 "github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks/inference/v1"
	"google.golang.org/protobuf/proto"
)

// ChatAccumulator makes the whole answer of the chunks of a streamed chat completion.
// The zero value is ready. Of a stream that failed, the answer is what came before. Not
// safe for concurrent use.
type ChatAccumulator struct {
	// All but the choices.
	response inferencev1.ChatCompletionResponse
	// In the order of their indexes.
	choices []*choiceAccumulator
}

// choiceAccumulator gathers one choice.
type choiceAccumulator struct {
	// All but the message.
	choice inferencev1.ChatCompletionResponseChoice
	// All but what is gathered below.
	message         inferencev1.ChatMessage
	text, reasoning gatheredText
	calls           []*callAccumulator
}

// Add adds the next chunk.
func (a *ChatAccumulator) Add(chunk *inferencev1.ChatCompletionStreamResponse) {
	proto.Merge(&a.response, &inferencev1.ChatCompletionResponse{
		Id:             chunk.GetId(),
		Created:        chunk.Created,
		Model:          chunk.GetModel(),
		PromptTokenIds: chunk.GetPromptTokenIds(),
		ExtraJson:      chunk.GetExtraJson(),
	})
	// Counts are totals so far: the last ones hold.
	if chunk.GetUsage() != nil {
		a.response.Usage = proto.CloneOf(chunk.GetUsage())
	}
	if chunk.GetPerfMetrics() != nil {
		a.response.PerfMetrics = proto.CloneOf(chunk.GetPerfMetrics())
	}
	for _, choice := range chunk.GetChoices() {
		a.choice(choice.GetIndex()).add(choice)
	}
}

// Response returns the answer so far, in the form in which a call without a stream
// returns it. It shares nothing with the accumulator.
func (a *ChatAccumulator) Response() *inferencev1.ChatCompletionResponse {
	response := proto.CloneOf(&a.response)
	response.Object = proto.String("chat.completion")
	for _, choice := range a.choices {
		response.Choices = append(response.Choices, choice.whole())
	}
	return response
}

// Message returns the message of the first choice so far; an empty one when nothing has
// come. Before it goes back into a request, [WithoutExtraJSON] is for it.
func (a *ChatAccumulator) Message() *inferencev1.ChatMessage {
	if len(a.choices) == 0 {
		return &inferencev1.ChatMessage{}
	}
	return a.choices[0].wholeMessage()
}

// Text returns the text of the first choice so far.
func (a *ChatAccumulator) Text() string { return a.Message().GetContent().GetText() }

// ToolCalls returns the tool calls of the first choice so far, in order.
func (a *ChatAccumulator) ToolCalls() []*inferencev1.ChatCompletionMessageToolCall {
	return a.Message().GetToolCalls()
}

// FinishReason returns why the first choice ended; empty until it has.
func (a *ChatAccumulator) FinishReason() string {
	if len(a.choices) == 0 {
		return ""
	}
	return a.choices[0].choice.GetFinishReason()
}

// Usage returns the counts of tokens; nil until they have come.
func (a *ChatAccumulator) Usage() *inferencev1.UsageInfo { return proto.CloneOf(a.response.Usage) }

// choice returns the choice at an index, which it makes if there is none.
func (a *ChatAccumulator) choice(index int32) *choiceAccumulator {
	at, found := slices.BinarySearchFunc(a.choices, index, func(c *choiceAccumulator, index int32) int {
		return cmp.Compare(c.choice.GetIndex(), index)
	})
	if !found {
		choice := &choiceAccumulator{}
		choice.choice.Index = proto.Int32(index)
		a.choices = slices.Insert(a.choices, at, choice)
	}
	return a.choices[at]
}

func (c *choiceAccumulator) add(piece *inferencev1.ChatCompletionResponseStreamChoice) {
	// Merging appends lists (token ids, log probabilities) and unites maps.
	proto.Merge(&c.choice, &inferencev1.ChatCompletionResponseChoice{
		FinishReason: piece.FinishReason,
		Logprobs:     wholeLogprobs(piece.GetLogprobs()),
		TokenIds:     piece.GetTokenIds(),
		ExtraJson:    piece.GetExtraJson(),
	})
	// Of several the last one counts.
	if piece.GetRawOutput() != nil {
		c.choice.RawOutput = proto.CloneOf(piece.GetRawOutput())
	}
	if delta := piece.GetDelta(); delta != nil {
		proto.Merge(&c.message, &inferencev1.ChatMessage{Role: delta.Role, ExtraJson: delta.GetExtraJson()})
		c.text.add(delta.Content)
		c.reasoning.add(delta.ReasoningContent)
		for _, call := range delta.GetToolCalls() {
			c.call(call).add(call)
		}
	}
}

// call returns the tool call that a piece belongs to.
func (c *choiceAccumulator) call(piece *inferencev1.ChatCompletionMessageToolCall) *callAccumulator {
	index := piece.GetIndex()
	if piece.Index == nil && len(c.calls) > 0 {
		// Without an index, a piece that has another id begins a call.
		last := c.calls[len(c.calls)-1]
		index = last.index()
		if piece.GetId() != "" && piece.GetId() != last.call.GetId() {
			index++
		}
	}
	at, found := slices.BinarySearchFunc(c.calls, index, func(c *callAccumulator, index int32) int {
		return cmp.Compare(c.index(), index)
	})
	if !found {
		c.calls = slices.Insert(c.calls, at, newCallAccumulator(index))
	}
	return c.calls[at]
}

func (c *choiceAccumulator) whole() *inferencev1.ChatCompletionResponseChoice {
	choice := proto.CloneOf(&c.choice)
	choice.Message = c.wholeMessage()
	return choice
}

func (c *choiceAccumulator) wholeMessage() *inferencev1.ChatMessage {
	message := proto.CloneOf(&c.message)
	if c.text.any {
		message.Content = &inferencev1.ChatMessage_Content{
			Kind: &inferencev1.ChatMessage_Content_Text{Text: c.text.String()},
		}
	}
	message.ReasoningContent = c.reasoning.value()
	for _, call := range c.calls {
		message.ToolCalls = append(message.ToolCalls, call.whole())
	}
	return message
}

// wholeLogprobs is the same in the type that answers without a stream have.
func wholeLogprobs(piece *inferencev1.ChatCompletionResponseStreamChoice_Logprobs) *inferencev1.ChatCompletionResponseChoice_Logprobs {
	switch piece := piece.GetKind().(type) {
	case *inferencev1.ChatCompletionResponseStreamChoice_Logprobs_Openai:
		return &inferencev1.ChatCompletionResponseChoice_Logprobs{
			Kind: &inferencev1.ChatCompletionResponseChoice_Logprobs_Openai{Openai: piece.Openai},
		}
	case *inferencev1.ChatCompletionResponseStreamChoice_Logprobs_Legacy:
		return &inferencev1.ChatCompletionResponseChoice_Logprobs{
			Kind: &inferencev1.ChatCompletionResponseChoice_Logprobs_Legacy{Legacy: piece.Legacy},
		}
	default:
		return nil
	}
}
