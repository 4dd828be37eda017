package fireworks

import (
	"context"

	inferencev1 "github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks/inference/v1"
	"google.golang.org/grpc"
)

// StreamChatCompletion continues a conversation, chunk by chunk. [ChatAccumulator]
// makes the whole answer of the chunks.
func (c *Client) StreamChatCompletion(ctx context.Context, request *inferencev1.ChatCompletionRequest, options ...grpc.CallOption) *Stream[inferencev1.ChatCompletionStreamResponse] {
	return OpenStream(ctx, c.ChatCompletions.StreamChatCompletion, request, options...)
}

// StreamCompletion continues prompts, chunk by chunk.
func (c *Client) StreamCompletion(ctx context.Context, request *inferencev1.CompletionRequest, options ...grpc.CallOption) *Stream[inferencev1.CompletionStreamResponse] {
	return OpenStream(ctx, c.Completions.StreamCompletion, request, options...)
}

// StreamMessage answers in Anthropic's form, event by event.
func (c *Client) StreamMessage(ctx context.Context, request *inferencev1.AnthropicCreateMessageParams, options ...grpc.CallOption) *Stream[inferencev1.AnthropicMessageStreamEvent] {
	return OpenStream(ctx, c.Messages.StreamMessage, request, options...)
}

// StreamResponse answers in the form of OpenAI's Responses API, event by event.
func (c *Client) StreamResponse(ctx context.Context, request *inferencev1.CreateResponse, options ...grpc.CallOption) *Stream[inferencev1.ResponseStreamEvent] {
	return OpenStream(ctx, c.Responses.StreamResponse, request, options...)
}
