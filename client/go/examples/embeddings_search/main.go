// Command embeddings_search finds the text that is closest to a question.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"log"
	"math"
	"slices"

	"github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks"
	inferencev1 "github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks/inference/v1"
)

func main() {
	target := flag.String("target", "127.0.0.1:50051", "where the service is")
	model := flag.String("model", "nomic-ai/nomic-embed-text-v1.5", "the embedding model")
	flag.Parse()
	client, err := fireworks.NewClient(*target)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	texts := []string{
		"The service drains when it gets SIGTERM.",
		"A stream that was cut is never OK.",
		"Each caller has a quota of tokens.",
	}
	found, err := search(context.Background(), client, *model, "A stream that was cut is never OK.", texts)
	if err != nil {
		log.Fatal(err)
	}
	for _, match := range found {
		fmt.Printf("%.3f %s\n", match.likeness, match.text)
	}
}

type match struct {
	text     string
	likeness float64
}

// search returns the texts, the one closest to the question first.
func search(ctx context.Context, client *fireworks.Client, model, question string, texts []string) ([]match, error) {
	// [START embeddings_search]
	response, err := client.Embeddings.CreateEmbedding(ctx, &inferencev1.EmbeddingRequest{
		Model: model,
		Input: fireworks.EmbedTexts(append([]string{question}, texts...)...),
	})
	if err != nil {
		return nil, err
	}
	vectors := make([][]float64, len(texts)+1)
	for _, embedding := range response.GetData() {
		vectors[embedding.GetIndex()] = embedding.GetEmbedding().GetNumbers().GetValues()
	}
	var found []match
	for i, text := range texts {
		found = append(found, match{text, cosine(vectors[0], vectors[i+1])})
	}
	slices.SortFunc(found, func(a, b match) int { return cmp.Compare(b.likeness, a.likeness) })
	// [END embeddings_search]
	return found, nil
}

// cosine of the angle between two vectors of the same length.
func cosine(a, b []float64) float64 {
	var product, lengthA, lengthB float64
	for i := range a {
		product += a[i] * b[i]
		lengthA += a[i] * a[i]
		lengthB += b[i] * b[i]
	}
	return product / math.Sqrt(lengthA*lengthB)
}
