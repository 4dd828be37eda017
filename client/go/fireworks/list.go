package fireworks

import (
	"context"
	"fmt"
	"iter"

	inferencev1 "github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks/inference/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// PagedRequest is the request of a List method.
type PagedRequest interface {
	proto.Message
	GetPageToken() string
}

// PagedResponse is a page of a List method.
type PagedResponse interface {
	proto.Message
	GetNextPageToken() string
}

// List returns all items of a List method as one sequence. Pages are asked for as they
// are needed, so that leaving the loop ends the asking; an error is the last pair.
//
//	models := fireworks.List(ctx, client.Models.ListModels,
//		&gatewayv1.ListModelsRequest{Parent: "accounts/fireworks"},
//		(*gatewayv1.ListModelsResponse).GetModels)
//	for model, err := range models { ... }
//
// The request is not changed; its page_size is the size of a page, its page_token where
// to begin.
func List[Request PagedRequest, Response PagedResponse, Item any](
	ctx context.Context,
	method func(context.Context, Request, ...grpc.CallOption) (Response, error),
	request Request,
	items func(Response) []Item,
	options ...grpc.CallOption,
) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		page := proto.CloneOf(request)
		for {
			response, err := method(ctx, page, options...)
			if err != nil {
				yield(*new(Item), err)
				return
			}
			for _, item := range items(response) {
				if !yield(item, nil) {
					return
				}
			}
			next := response.GetNextPageToken()
			if next == "" {
				return
			}
			if next == page.GetPageToken() {
				yield(*new(Item), fmt.Errorf("fireworks: the page with token %q names itself as the next one", next))
				return
			}
			setPageToken(page, next)
		}
	}
}

// setPageToken is by reflection, because generated messages have no setters.
func setPageToken(request proto.Message, token string) {
	message := request.ProtoReflect()
	message.Set(message.Descriptor().Fields().ByName("page_token"), protoreflect.ValueOfString(token))
}

// ListResponses returns all stored responses, newest first, as one sequence, like
// [List]; their pages go by the id of the last response.
func (c *Client) ListResponses(ctx context.Context, request *inferencev1.ListResponsesRequest, options ...grpc.CallOption) iter.Seq2[*inferencev1.Response, error] {
	return func(yield func(*inferencev1.Response, error) bool) {
		page := proto.CloneOf(request)
		for {
			response, err := c.Responses.ListResponses(ctx, page, options...)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, item := range response.GetData() {
				if !yield(item, nil) {
					return
				}
			}
			if !response.GetHasMore() {
				return
			}
			if response.GetLastId() == page.GetAfter() {
				yield(nil, fmt.Errorf("fireworks: the page behind response %q does not say where the next one begins", page.GetAfter()))
				return
			}
			page.After = response.LastId
		}
	}
}
