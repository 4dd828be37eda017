package fireworks_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks"
	inferencev1 "github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks/inference/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
)

type chatServer = grpc.ServerStreamingServer[inferencev1.ChatCompletionStreamResponse]

// streaming starts a service that streams so, and connects to it.
func streaming(t *testing.T, stream func(chatServer) error) *fireworks.Client {
	t.Helper()
	service := (&fakeService{stream: func(_ *inferencev1.ChatCompletionRequest, server chatServer) error {
		return stream(server)
	}}).start(t)
	return connect(t, service.address)
}

// say sends a chunk for each text.
func say(server chatServer, texts ...string) error {
	for _, text := range texts {
		if err := server.Send(chunk(text)); err != nil {
			return err
		}
	}
	return nil
}

// sayUntilGone sends chunks until the client has left, which it tells.
func sayUntilGone(gone chan<- struct{}) func(chatServer) error {
	return func(server chatServer) error {
		defer close(gone)
		for server.Context().Err() == nil {
			if err := say(server, "more"); err != nil {
				return err
			}
		}
		return server.Context().Err()
	}
}

// read returns the texts of a stream and its error.
func read(stream *fireworks.Stream[inferencev1.ChatCompletionStreamResponse]) ([]string, error) {
	var texts []string
	for chunk, err := range stream.All() {
		if err != nil {
			return texts, err
		}
		texts = append(texts, chunk.GetChoices()[0].GetDelta().GetContent())
	}
	return texts, nil
}

func codeOf(err error) codes.Code {
	if err == nil {
		return codes.OK
	}
	if failure := (*fireworks.Error)(nil); errors.As(err, &failure) {
		return failure.Code
	}
	return codes.Unknown
}

// wait waits for what a service tells, for less long than a call of the test may run:
// that the call's own bound has ended it does not count.
func wait(t *testing.T, told <-chan struct{}) {
	t.Helper()
	select {
	case <-told:
	case <-time.After(20 * time.Second):
		t.Error("the service was not told")
	}
}

func TestAStreamIsItsMessagesInOrder(t *testing.T) {
	client := streaming(t, func(server chatServer) error {
		server.SetTrailer(metadata.Pairs("x-request-id", "req-1", "x-usage-prompt-tokens", "3"))
		return errors.Join(server.SetHeader(metadata.Pairs("x-leading", "yes")), say(server, "a", "b", "c"))
	})
	var recorded fireworks.CallInfo
	stream := client.StreamChatCompletion(bounded(t), &inferencev1.ChatCompletionRequest{}, fireworks.RecordTo(&recorded))
	header, err := stream.Header()
	if err != nil || header.Get("x-leading") == nil {
		t.Errorf("header %v, error %v", header, err)
	}
	if info := stream.Info(); info.RequestID() != "" {
		t.Errorf("before the end it tells %v", info)
	}
	texts, err := read(stream)
	if err != nil || !slices.Equal(texts, []string{"a", "b", "c"}) {
		t.Errorf("texts %q, error %v", texts, err)
	}
	usage, told := stream.Info().Usage()
	if stream.Info().RequestID() != "req-1" || !told || usage.PromptTokens != 3 {
		t.Errorf("info %v", stream.Info())
	}
	if recorded.RequestID() != "req-1" || recorded.Header.Get("x-leading") == nil {
		t.Errorf("recorded %v", recorded)
	}
	if _, err := stream.Recv(); err != io.EOF {
		t.Errorf("after the end: %v", err)
	}
}

func TestTheErrorOfAStreamComesAfterItsMessages(t *testing.T) {
	stream := streaming(t, func(server chatServer) error {
		return errors.Join(say(server, "a"), failure(codes.DataLoss))
	}).StreamChatCompletion(bounded(t), &inferencev1.ChatCompletionRequest{})
	texts, err := read(stream)
	if len(texts) != 1 || codeOf(err) != codes.DataLoss {
		t.Errorf("texts %q, error %v", texts, err)
	}
	if _, again := stream.Recv(); again != err {
		t.Errorf("after the end: %v", again)
	}
}

func TestLeavingTheLoopCancelsTheCall(t *testing.T) {
	gone := make(chan struct{})
	for range streaming(t, sayUntilGone(gone)).StreamChatCompletion(bounded(t), &inferencev1.ChatCompletionRequest{}).All() {
		break
	}
	wait(t, gone)
}

func TestACancelledStreamCanBeReadToItsEnd(t *testing.T) {
	gone := make(chan struct{})
	stream := streaming(t, sayUntilGone(gone)).StreamChatCompletion(bounded(t), &inferencev1.ChatCompletionRequest{})
	if _, err := stream.Recv(); err != nil {
		t.Fatal(err)
	}
	stream.Cancel()
	if _, err := read(stream); codeOf(err) != codes.Canceled || !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	wait(t, gone)
}

func TestAStreamEndsWithItsContext(t *testing.T) {
	gone := make(chan struct{})
	ctx, cancel := context.WithCancel(bounded(t))
	stream := streaming(t, sayUntilGone(gone)).StreamChatCompletion(ctx, &inferencev1.ChatCompletionRequest{})
	if _, err := stream.Recv(); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := read(stream); codeOf(err) != codes.Canceled {
		t.Errorf("error %v", err)
	}
	wait(t, gone)
}

func TestAStreamThatCannotStartSaysSoWhenItIsRead(t *testing.T) {
	client := connect(t, "127.0.0.1:1")
	client.Close()
	stream := client.StreamChatCompletion(bounded(t), &inferencev1.ChatCompletionRequest{})
	if _, err := stream.Header(); codeOf(err) != codes.Canceled {
		t.Errorf("header: %v", err)
	}
	if texts, err := read(stream); len(texts) != 0 || codeOf(err) != codes.Canceled {
		t.Errorf("texts %q, error %v", texts, err)
	}
	if info := stream.Info(); info.RequestID() != "" {
		t.Errorf("info %v", info)
	}
	stream.Cancel()
}
