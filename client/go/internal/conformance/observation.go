package main

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks"
	inferencev1 "github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks/inference/v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// observation is what is seen of one call.
type observation struct {
	Code            string            `json:"code"`
	Message         string            `json:"message,omitempty"`
	Reason          string            `json:"reason,omitempty"`
	Domain          string            `json:"domain,omitempty"`
	ErrorMetadata   map[string]string `json:"error_metadata,omitempty"`
	RetryDelayMS    *float64          `json:"retry_delay_ms,omitempty"`
	RequestID       string            `json:"request_id,omitempty"`
	FieldViolations []fieldViolation  `json:"field_violations,omitempty"`
	Response        json.RawMessage   `json:"response,omitempty"`
	Messages        []json.RawMessage `json:"messages,omitempty"`
	MessageCount    *int              `json:"message_count,omitempty"`
	Text            *string           `json:"text,omitempty"`
	Accumulated     *accumulation     `json:"accumulated,omitempty"`
	Names           *[]string         `json:"names,omitempty"`
	Leading         map[string]string `json:"leading"`
	Trailing        map[string]string `json:"trailing"`
}

type fieldViolation struct {
	Field       string `json:"field"`
	Description string `json:"description"`
}

type accumulation struct {
	Choices []accumulatedChoice `json:"choices"`
	Usage   *accumulatedUsage   `json:"usage,omitempty"`
}

type accumulatedChoice struct {
	Index        int32             `json:"index"`
	Text         string            `json:"text,omitempty"`
	Reasoning    string            `json:"reasoning,omitempty"`
	ToolCalls    []accumulatedCall `json:"tool_calls,omitempty"`
	FinishReason string            `json:"finish_reason,omitempty"`
}

type accumulatedCall struct {
	ID        string `json:"id,omitempty"`
	Name      string `json:"name,omitempty"`
	Arguments string `json:"arguments,omitempty"`
}

type accumulatedUsage struct {
	PromptTokens     *int32 `json:"prompt_tokens,omitempty"`
	CompletionTokens *int32 `json:"completion_tokens,omitempty"`
	CachedTokens     *int32 `json:"cached_tokens,omitempty"`
}

// end notes how the call ended.
func (o *observation) end(err error, info fireworks.CallInfo) {
	o.Leading, o.Trailing = asciiOnly(info.Header), asciiOnly(info.Trailer)
	o.Code = "OK"
	o.RequestID = info.RequestID()
	if err == nil {
		return
	}
	var failure *fireworks.Error
	if !errors.As(err, &failure) {
		o.Code, o.Message = "not a typed error", err.Error()
		return
	}
	o.Code, o.Message = failure.CodeName(), failure.Message
	o.Reason, o.Domain, o.ErrorMetadata = failure.Reason, failure.Domain, failure.Metadata
	if failure.RequestID != "" {
		o.RequestID = failure.RequestID
	}
	if delay, ok := failure.RetryDelay(); ok {
		o.RetryDelayMS = proto.Float64(float64(delay.Microseconds()) / 1000)
	}
	for _, violation := range failure.FieldViolations {
		o.FieldViolations = append(o.FieldViolations, fieldViolation(violation))
	}
}

// addResponse notes the response of a call that ended with err.
func (o *observation) addResponse(c *call, response proto.Message, err error) error {
	if err != nil {
		return nil
	}
	if answer, ok := response.(*inferencev1.ChatCompletionResponse); ok {
		o.addAnswer(answer)
	}
	if !c.wants("response") {
		return nil
	}
	text, err := protojson.Marshal(response)
	o.Response = text
	return err
}

// addAnswer notes the first choice's text.
func (o *observation) addAnswer(answer *inferencev1.ChatCompletionResponse) {
	for _, choice := range answer.GetChoices() {
		if choice.GetIndex() == 0 {
			o.Text = proto.String(choice.GetMessage().GetContent().GetText())
		}
	}
}

func accumulated(answer *inferencev1.ChatCompletionResponse) *accumulation {
	sum := &accumulation{Choices: []accumulatedChoice{}}
	for _, choice := range answer.GetChoices() {
		message := choice.GetMessage()
		sum.Choices = append(sum.Choices, accumulatedChoice{
			Index:        choice.GetIndex(),
			Text:         message.GetContent().GetText(),
			Reasoning:    message.GetReasoningContent(),
			ToolCalls:    accumulatedCalls(message.GetToolCalls()),
			FinishReason: choice.GetFinishReason(),
		})
	}
	if usage := answer.GetUsage(); usage != nil {
		sum.Usage = &accumulatedUsage{
			PromptTokens:     usage.PromptTokens,
			CompletionTokens: usage.CompletionTokens,
		}
		if details := usage.GetPromptTokensDetails(); details != nil {
			sum.Usage.CachedTokens = details.CachedTokens
		}
	}
	return sum
}

func accumulatedCalls(calls []*inferencev1.ChatCompletionMessageToolCall) []accumulatedCall {
	var sum []accumulatedCall
	for _, call := range calls {
		name, arguments := fireworks.CallOf(call)
		sum = append(sum, accumulatedCall{ID: call.GetId(), Name: name, Arguments: arguments})
	}
	return sum
}

// asciiOnly returns the first value of each name.
func asciiOnly(md metadata.MD) map[string]string {
	values := map[string]string{}
	for name, all := range md {
		printable := strings.IndexFunc(all[0], func(r rune) bool { return r < ' ' || r > '~' }) < 0
		if printable && !strings.HasSuffix(name, "-bin") {
			values[name] = all[0]
		}
	}
	return values
}
