package fireworks

import (
	"strings"

	inferencev1 "github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks/inference/v1"
	"google.golang.org/protobuf/proto"
)

// gatheredText is a text that comes in pieces, or not at all.
type gatheredText struct {
	strings.Builder

	any bool
}

func (t *gatheredText) add(piece *string) {
	if piece != nil {
		t.any = true
		t.WriteString(*piece)
	}
}

// value returns the text, nil if there was no piece of it.
func (t *gatheredText) value() *string {
	if !t.any {
		return nil
	}
	return proto.String(t.String())
}

// callAccumulator gathers one tool call.
type callAccumulator struct {
	// All but the function.
	call inferencev1.ChatCompletionMessageToolCall
	// All but the arguments.
	function  inferencev1.ChatCompletionMessageToolCallFunction
	arguments gatheredText
	// Arguments that came as an object and not as text.
	object gatheredText
	// The function as bare text, which some models make of it.
	text gatheredText
}

func newCallAccumulator(index int32) *callAccumulator {
	c := &callAccumulator{}
	c.call.Index = proto.Int32(index)
	return c
}

func (c *callAccumulator) index() int32 { return c.call.GetIndex() }

func (c *callAccumulator) add(piece *inferencev1.ChatCompletionMessageToolCall) {
	proto.Merge(&c.call, &inferencev1.ChatCompletionMessageToolCall{Type: piece.Type, ExtraJson: piece.GetExtraJson()})
	if piece.GetId() != "" {
		c.call.Id = piece.Id
	}
	switch function := piece.GetFunction().GetKind().(type) {
	case *inferencev1.ChatCompletionMessageToolCall_Function_Text:
		c.text.add(&function.Text)
	case *inferencev1.ChatCompletionMessageToolCall_Function_Call:
		// Some models repeat the name in each piece.
		if function.Call.GetName() != "" || c.function.Name == nil {
			c.function.Name = function.Call.Name
		}
		proto.Merge(&c.function, &inferencev1.ChatCompletionMessageToolCallFunction{
			ExtraJson: function.Call.GetExtraJson(),
		})
		switch arguments := function.Call.GetArguments().GetKind().(type) {
		case *inferencev1.ChatCompletionMessageToolCallFunction_Arguments_Text:
			c.arguments.add(&arguments.Text)
		case *inferencev1.ChatCompletionMessageToolCallFunction_Arguments_Object:
			c.object.add(&arguments.Object)
		}
	}
}

func (c *callAccumulator) whole() *inferencev1.ChatCompletionMessageToolCall {
	call := proto.CloneOf(&c.call)
	call.Function = &inferencev1.ChatCompletionMessageToolCall_Function{}
	if c.text.any {
		call.Function.Kind = &inferencev1.ChatCompletionMessageToolCall_Function_Text{Text: c.text.String()}
		return call
	}
	function := proto.CloneOf(&c.function)
	switch {
	case c.object.any:
		function.Arguments = &inferencev1.ChatCompletionMessageToolCallFunction_Arguments{
			Kind: &inferencev1.ChatCompletionMessageToolCallFunction_Arguments_Object{Object: c.object.String()},
		}
	case c.arguments.any:
		function.Arguments = &inferencev1.ChatCompletionMessageToolCallFunction_Arguments{
			Kind: &inferencev1.ChatCompletionMessageToolCallFunction_Arguments_Text{Text: c.arguments.String()},
		}
	}
	call.Function.Kind = &inferencev1.ChatCompletionMessageToolCall_Function_Call{Call: function}
	return call
}
