// Command structured_output holds the answer to a JSON Schema and reads it.
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

// Recipe is what the answer is read into.
type Recipe struct {
	Title       string   `json:"title"`
	Minutes     int      `json:"minutes"`
	Ingredients []string `json:"ingredients"`
}

func main() {
	target := flag.String("target", "127.0.0.1:50051", "where the service is")
	model := flag.String("model", "accounts/fireworks/models/kimi-k2-instruct-0905", "the model")
	flag.Parse()
	client, err := fireworks.NewClient(*target)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	recipe, err := ask(context.Background(), client, *model)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s, %d minutes: %q\n", recipe.Title, recipe.Minutes, recipe.Ingredients)
}

func ask(ctx context.Context, client *fireworks.Client, model string) (*Recipe, error) {
	// [START structured_output]
	response, err := client.ChatCompletions.CreateChatCompletion(ctx, &inferencev1.ChatCompletionRequest{
		Model: model,
		Messages: []*inferencev1.ChatMessage{
			fireworks.UserMessage("A recipe as JSON with title, minutes and ingredients."),
		},
		ResponseFormat: fireworks.JSONSchemaFormat(`{
			"type": "object",
			"properties": {
				"title": {"type": "string"},
				"minutes": {"type": "integer"},
				"ingredients": {"type": "array", "items": {"type": "string"}}
			},
			"required": ["title", "minutes", "ingredients"]
		}`),
	})
	if err != nil {
		return nil, err
	}
	choice := response.GetChoices()[0]
	if choice.GetFinishReason() != "stop" {
		return nil, fmt.Errorf("the answer is cut off: %s", choice.GetFinishReason())
	}
	recipe := &Recipe{}
	return recipe, json.Unmarshal([]byte(choice.GetMessage().GetContent().GetText()), recipe)
	// [END structured_output]
}
