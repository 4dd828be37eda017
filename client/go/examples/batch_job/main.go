// Command batch_job has a model answer a whole file: it makes a dataset, uploads the
// file, starts a batch inference job and waits until it is done.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks"
	gatewayv1 "github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks/gateway/v1"
	"google.golang.org/protobuf/proto"
)

func main() {
	target := flag.String("target", "127.0.0.1:50051", "where the service is")
	account := flag.String("account", "accounts/-", "whose the job is; accounts/- is the service's own")
	model := flag.String("model", "accounts/fireworks/models/llama-v3p1-8b-instruct", "the model")
	interval := flag.Duration("interval", time.Second, "how often to ask for the state at first")
	flag.Parse()
	client, err := fireworks.NewClient(*target)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	file, err := requests()
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(filepath.Dir(file))
	job, err := answerAll(context.Background(), client, *account, *model, file,
		fireworks.PollEvery(*interval, 30*time.Second))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s is done\n", job.GetName())
}

// requests writes a file with a request per line.
func requests() (string, error) {
	folder, err := os.MkdirTemp("", "batch")
	if err != nil {
		return "", err
	}
	var lines strings.Builder
	for i := range 3 {
		fmt.Fprintf(&lines, `{"custom_id": "r%d", "body": {"messages": [{"role": "user", "content": "Count to %d."}]}}`+"\n", i, i)
	}
	path := filepath.Join(folder, "requests.jsonl")
	return path, os.WriteFile(path, []byte(lines.String()), 0o600)
}

func answerAll(ctx context.Context, client *fireworks.Client, account, model, file string, poll fireworks.WaitOption) (*gatewayv1.BatchInferenceJob, error) {
	// [START batch_job]
	dataset, err := client.Datasets.CreateDataset(ctx, &gatewayv1.CreateDatasetRequest{
		Parent:    account,
		DatasetId: proto.String(fmt.Sprintf("requests-%d", time.Now().UnixNano())),
		Dataset:   &gatewayv1.Dataset{UserUploaded: &gatewayv1.UserUploaded{}, ExampleCount: proto.Int64(3)},
	})
	if err != nil {
		return nil, err
	}
	if _, err := client.UploadDatasetFile(ctx, dataset.GetName(), file); err != nil {
		return nil, err
	}
	if _, err := fireworks.Wait(ctx, client.Datasets.GetDataset,
		&gatewayv1.GetDatasetRequest{Name: dataset.GetName()}, nil, poll); err != nil {
		return nil, err
	}
	job, err := client.BatchInferenceJobs.CreateBatchInferenceJob(ctx, &gatewayv1.CreateBatchInferenceJobRequest{
		Parent: account,
		BatchInferenceJob: &gatewayv1.BatchInferenceJob{
			Model:          proto.String(model),
			InputDatasetId: proto.String(dataset.GetName()),
		},
	})
	if err != nil {
		return nil, err
	}
	return fireworks.Wait(ctx, client.BatchInferenceJobs.GetBatchInferenceJob,
		&gatewayv1.GetBatchInferenceJobRequest{Name: job.GetName()},
		func(job *gatewayv1.BatchInferenceJob) { fmt.Println(job.GetState(), job.GetJobProgress().GetPercent()) },
		poll)
	// [END batch_job]
}
