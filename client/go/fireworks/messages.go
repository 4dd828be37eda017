package fireworks

import (
	inferencev1 "github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks/inference/v1"
	"google.golang.org/protobuf/proto"
)

// SystemMessage tells the model what to be.
func SystemMessage(text string) *inferencev1.ChatMessage { return textMessage("system", text) }

// UserMessage is what the user says.
func UserMessage(text string) *inferencev1.ChatMessage { return textMessage("user", text) }

// AssistantMessage is what the model has said.
func AssistantMessage(text string) *inferencev1.ChatMessage { return textMessage("assistant", text) }

// ToolMessage is a tool's result, for the call with this id.
func ToolMessage(callID, text string) *inferencev1.ChatMessage {
	message := textMessage("tool", text)
	message.ToolCallId = proto.String(callID)
	return message
}

func textMessage(role, text string) *inferencev1.ChatMessage {
	return &inferencev1.ChatMessage{
		Role:    proto.String(role),
		Content: &inferencev1.ChatMessage_Content{Kind: &inferencev1.ChatMessage_Content_Text{Text: text}},
	}
}

// FunctionTool is a tool that the model may call. The schema is the JSON Schema of its
// arguments, as JSON text; the order of its properties is kept.
func FunctionTool(name, description, schema string) *inferencev1.ChatCompletionTool {
	return &inferencev1.ChatCompletionTool{Function: &inferencev1.ChatCompletionFunction{
		Name:        proto.String(name),
		Description: proto.String(description),
		Parameters:  proto.String(schema),
	}}
}

// CallOf returns the name of the function that a tool call is of, and its arguments as
// the model wrote them: they need not be JSON, and need not match the schema.
func CallOf(call *inferencev1.ChatCompletionMessageToolCall) (name, arguments string) {
	function := call.GetFunction().GetCall()
	switch arguments := function.GetArguments().GetKind().(type) {
	case *inferencev1.ChatCompletionMessageToolCallFunction_Arguments_Text:
		return function.GetName(), arguments.Text
	case *inferencev1.ChatCompletionMessageToolCallFunction_Arguments_Object:
		return function.GetName(), arguments.Object
	default:
		return function.GetName(), call.GetFunction().GetText()
	}
}

// JSONSchemaFormat holds the answer to a JSON Schema, which is JSON text.
func JSONSchemaFormat(schema string) *inferencev1.ResponseFormat {
	return &inferencev1.ResponseFormat{
		Type: proto.String("json_schema"),
		JsonSchema: &inferencev1.ResponseFormat_JsonSchema{
			Kind: &inferencev1.ResponseFormat_JsonSchema_Object{Object: schema},
		},
	}
}

// EmbedTexts is the input of an embedding request.
func EmbedTexts(texts ...string) *inferencev1.EmbeddingRequest_Input {
	return &inferencev1.EmbeddingRequest_Input{
		Kind: &inferencev1.EmbeddingRequest_Input_Texts{Texts: &inferencev1.StringList{Values: texts}},
	}
}
