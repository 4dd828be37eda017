package fireworks

import (
	"context"
	"errors"
	"io"
	"iter"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// Stream is the answer of a server-streaming call. One goroutine reads it, by All or by
// Recv; Cancel may be called from any.
//
// A stream runs until it has been read to its end, All's loop was left, Cancel was
// called, or the context that it was opened with has ended: one of these must happen,
// or the generation goes on and is billed.
type Stream[Message any] struct {
	messages grpc.ServerStreamingClient[Message]
	cancel   context.CancelFunc
	// How the stream ended, io.EOF if well; nil while it runs.
	end error
}

// OpenStream calls a server-streaming method of a stub:
//
//	stream := fireworks.OpenStream(ctx, client.Responses.StreamResponse, request)
//
// What goes wrong shows when the stream is read.
func OpenStream[Request, Message any](
	ctx context.Context,
	method func(context.Context, *Request, ...grpc.CallOption) (grpc.ServerStreamingClient[Message], error),
	request *Request,
	options ...grpc.CallOption,
) *Stream[Message] {
	ctx, cancel := context.WithCancel(ctx)
	messages, err := method(ctx, request, options...)
	if err != nil {
		cancel()
	}
	return &Stream[Message]{messages: messages, cancel: cancel, end: err}
}

// All returns the messages, in order, and at last the error if the stream failed:
//
//	for message, err := range stream.All() {
//		if err != nil {
//			return err
//		}
//		...
//	}
//
// Leaving the loop cancels the call. The sequence can be read once.
func (s *Stream[Message]) All() iter.Seq2[*Message, error] {
	return func(yield func(*Message, error) bool) {
		defer s.cancel()
		for {
			message, err := s.Recv()
			if errors.Is(err, io.EOF) {
				return
			}
			if !yield(message, err) || err != nil {
				return
			}
		}
	}
}

// Recv waits for the next message. At the end it returns io.EOF, or an *[Error] when
// the stream failed; from then on the same again.
func (s *Stream[Message]) Recv() (*Message, error) {
	if s.end != nil {
		return nil, s.end
	}
	message, err := s.messages.Recv()
	if err != nil {
		s.end = err
		s.cancel()
		return nil, err
	}
	return message, nil
}

// Cancel ends the call, which stops the generation and its billing. Messages that have
// arrived can still be read; then the stream fails with code Canceled.
func (s *Stream[Message]) Cancel() { s.cancel() }

// Header waits for the metadata that goes before the first message.
func (s *Stream[Message]) Header() (metadata.MD, error) {
	if s.messages == nil {
		return nil, s.end
	}
	return s.messages.Header()
}

// Info returns what the call's metadata tells, once the stream has been read to its
// end. Before that it is empty.
func (s *Stream[Message]) Info() CallInfo {
	if s.messages == nil || s.end == nil {
		return CallInfo{}
	}
	header, _ := s.messages.Header()
	return CallInfo{Header: header, Trailer: s.messages.Trailer()}
}
