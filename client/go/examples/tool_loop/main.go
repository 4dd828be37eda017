// Command tool_loop lets the model call a function until it has its answer.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"

	"github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks"
	inferencev1 "github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks/inference/v1"
)

// A model that keeps calling is stopped.
const maxRounds = 8

func main() {
	target := flag.String("target", "127.0.0.1:50051", "where the service is")
	model := flag.String("model", "accounts/fireworks/models/kimi-k2-instruct-0905", "the model")
	flag.Parse()
	client, err := fireworks.NewClient(*target)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	answer, err := converse(context.Background(), client, *model)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer)
}

func converse(ctx context.Context, client *fireworks.Client, model string) (string, error) {
	// [START tool_loop]
	request := &inferencev1.ChatCompletionRequest{
		Model:    model,
		Messages: []*inferencev1.ChatMessage{fireworks.UserMessage("What is the weather in Lisbon?")},
		Tools: []*inferencev1.ChatCompletionTool{fireworks.FunctionTool("get_weather", "The weather of a city.",
			`{"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}`)},
	}
	for range maxRounds {
		var answer fireworks.ChatAccumulator
		for chunk, err := range client.StreamChatCompletion(ctx, request).All() {
			if err != nil {
				return "", err
			}
			answer.Add(chunk)
		}
		calls := answer.ToolCalls()
		if len(calls) == 0 {
			return answer.Text(), nil
		}
		request.Messages = append(request.Messages, fireworks.WithoutExtraJSON(answer.Message()))
		for _, call := range calls {
			name, arguments := fireworks.CallOf(call)
			request.Messages = append(request.Messages, fireworks.ToolMessage(call.GetId(), run(name, arguments)))
		}
	}
	// [END tool_loop]
	return "", fmt.Errorf("the model still calls tools after %d rounds", maxRounds)
}

// run calls the function. What is wrong is told to the model, which may do better.
func run(name, arguments string) string {
	var parameters struct {
		City string `json:"city"`
	}
	if name != "get_weather" {
		return fmt.Sprintf("there is no function %q", name)
	}
	if err := json.Unmarshal([]byte(arguments), &parameters); err != nil {
		return fmt.Sprintf("the arguments are not JSON of the schema: %v", err)
	}
	fmt.Printf("get_weather(%q)\n", parameters.City)
	return `{"celsius": 21, "sky": "clear"}`
}
