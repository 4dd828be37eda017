// Command hello_stream prints an answer while the model writes it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"

	"github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks"
	inferencev1 "github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks/inference/v1"
)

func main() {
	target := flag.String("target", "127.0.0.1:50051", "where the service is")
	model := flag.String("model", "accounts/fireworks/models/kimi-k2-instruct-0905", "the model")
	flag.Parse()
	if err := hello(context.Background(), *target, *model); err != nil {
		explain(err)
		log.Fatal(err)
	}
}

func hello(ctx context.Context, target, model string) error {
	// [START hello_stream]
	client, err := fireworks.NewClient(target)
	if err != nil {
		return err
	}
	defer client.Close()

	stream := client.StreamChatCompletion(ctx, &inferencev1.ChatCompletionRequest{
		Model:    model,
		Messages: []*inferencev1.ChatMessage{fireworks.UserMessage("Hello from Go!")},
	})
	for chunk, err := range stream.All() {
		if err != nil {
			return err
		}
		for _, choice := range chunk.GetChoices() {
			fmt.Print(choice.GetDelta().GetContent())
		}
	}
	usage, _ := stream.Info().Usage()
	fmt.Printf("\n%d tokens, request %s\n", usage.CompletionTokens, stream.Info().RequestID())
	// [END hello_stream]
	return nil
}

func explain(err error) {
	// [START errors]
	var failure *fireworks.Error
	if errors.As(err, &failure) {
		log.Printf("%s because of %s, request %s", failure.CodeName(), failure.Reason, failure.RequestID)
		for _, violation := range failure.FieldViolations {
			log.Printf("%s: %s", violation.Field, violation.Description)
		}
		if delay, told := failure.RetryDelay(); told {
			log.Printf("may be tried again in %s", delay)
		}
	}
	// [END errors]
}
