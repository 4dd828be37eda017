package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks"
	gatewayv1 "github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks/gateway/v1"
	inferencev1 "github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks/inference/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// call is one call of a case.
type call struct {
	Operation    string            `json:"operation"`
	Request      json.RawMessage   `json:"request"`
	Metadata     map[string]string `json:"metadata"`
	TimeoutMS    *int64            `json:"timeout_ms"`
	WaitForReady bool              `json:"wait_for_ready"`
	CancelAfter  *int              `json:"cancel_after"`
	Limit        *int              `json:"limit"`
	File         string            `json:"file"`
	Want         []string          `json:"want"`
}

// do makes the call. The error is the program's own; the call's is observed.
func (c *call) do(ctx context.Context, client *fireworks.Client) (*observation, error) {
	if c.TimeoutMS != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(*c.TimeoutMS)*time.Millisecond)
		defer cancel()
	}
	for name, value := range c.Metadata {
		ctx = metadata.AppendToOutgoingContext(ctx, name, value)
	}
	for _, want := range c.Want {
		if want != "messages" && want != "response" {
			return nil, fmt.Errorf("unknown key %q in want", want)
		}
	}
	switch c.Operation {
	case "create_chat_completion":
		return unary(ctx, c, client.ChatCompletions.CreateChatCompletion, &inferencev1.ChatCompletionRequest{})
	case "create_embedding":
		return unary(ctx, c, client.Embeddings.CreateEmbedding, &inferencev1.EmbeddingRequest{})
	case "get_model":
		return unary(ctx, c, client.Models.GetModel, &gatewayv1.GetModelRequest{})
	case "create_dataset":
		return unary(ctx, c, client.Datasets.CreateDataset, &gatewayv1.CreateDatasetRequest{})
	case "delete_model":
		return unary(ctx, c, client.Models.DeleteModel, &gatewayv1.DeleteModelRequest{})
	case "stream_chat_completion":
		return c.streamChatCompletion(ctx, client)
	case "stream_message":
		request := &inferencev1.AnthropicCreateMessageParams{}
		if err := c.decode(request); err != nil {
			return nil, err
		}
		seen := &observation{}
		return seen, read(c, client.StreamMessage(ctx, request, c.options()...), seen, func(*inferencev1.AnthropicMessageStreamEvent) {})
	case "list_models":
		return c.listModels(ctx, client)
	case "upload_dataset_file":
		return c.uploadDatasetFile(ctx, client)
	default:
		return nil, fmt.Errorf("unknown operation %q", c.Operation)
	}
}

func (c *call) decode(request proto.Message) error {
	if len(c.Request) == 0 {
		return nil
	}
	if err := protojson.Unmarshal(c.Request, request); err != nil {
		return fmt.Errorf("request of %s: %w", c.Operation, err)
	}
	return nil
}

func (c *call) options(more ...grpc.CallOption) []grpc.CallOption {
	return append(more, grpc.WaitForReady(c.WaitForReady))
}

func (c *call) wants(key string) bool { return slices.Contains(c.Want, key) }

// unary makes a call with one request and one response.
func unary[Request, Response proto.Message](
	ctx context.Context,
	c *call,
	method func(context.Context, Request, ...grpc.CallOption) (Response, error),
	request Request,
) (*observation, error) {
	if err := c.decode(request); err != nil {
		return nil, err
	}
	var info fireworks.CallInfo
	response, err := method(ctx, request, c.options(fireworks.RecordTo(&info))...)
	seen := &observation{}
	seen.end(err, info)
	return seen, seen.addResponse(c, response, err)
}

func (c *call) streamChatCompletion(ctx context.Context, client *fireworks.Client) (*observation, error) {
	request := &inferencev1.ChatCompletionRequest{}
	if err := c.decode(request); err != nil {
		return nil, err
	}
	var answer fireworks.ChatAccumulator
	seen := &observation{}
	err := read(c, client.StreamChatCompletion(ctx, request, c.options()...), seen, answer.Add)
	seen.addAnswer(answer.Response())
	seen.Accumulated = accumulated(answer.Response())
	return seen, err
}

// read reads a stream to its end.
func read[Message any, Pointer interface {
	*Message
	proto.Message
}](c *call, stream *fireworks.Stream[Message], seen *observation, add func(Pointer)) error {
	var failure error
	count := 0
	for message, err := range stream.All() {
		if err != nil {
			failure = err
			break
		}
		count++
		add(message)
		if c.wants("messages") {
			text, err := protojson.Marshal(Pointer(message))
			if err != nil {
				return err
			}
			seen.Messages = append(seen.Messages, text)
		}
		if c.CancelAfter != nil && count == *c.CancelAfter {
			stream.Cancel()
		}
	}
	seen.MessageCount = &count
	seen.end(failure, stream.Info())
	return nil
}

func (c *call) listModels(ctx context.Context, client *fireworks.Client) (*observation, error) {
	request := &gatewayv1.ListModelsRequest{}
	if err := c.decode(request); err != nil {
		return nil, err
	}
	var info fireworks.CallInfo
	var failure error
	names := []string{}
	models := fireworks.List(ctx, client.Models.ListModels, request,
		(*gatewayv1.ListModelsResponse).GetModels, c.options(fireworks.RecordTo(&info))...)
	for model, err := range models {
		if err != nil {
			failure = err
			break
		}
		names = append(names, model.GetName())
		if c.Limit != nil && len(names) == *c.Limit {
			break
		}
	}
	seen := &observation{Names: &names}
	seen.end(failure, info)
	return seen, nil
}

func (c *call) uploadDatasetFile(ctx context.Context, client *fireworks.Client) (*observation, error) {
	var request struct {
		Name string `json:"name"`
	}
	if err := json.Unmarshal(c.Request, &request); err != nil {
		return nil, fmt.Errorf("request of %s: %w", c.Operation, err)
	}
	var info fireworks.CallInfo
	response, err := client.UploadDatasetFile(ctx, request.Name, c.File, c.options(fireworks.RecordTo(&info))...)
	seen := &observation{}
	seen.end(err, info)
	return seen, seen.addResponse(c, response, err)
}
