package fireworks_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks"
	gatewayv1 "github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks/gateway/v1"
	inferencev1 "github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks/inference/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

// fakeService answers as a test says; what a test does not say is unimplemented.
type fakeService struct {
	inferencev1.UnimplementedChatCompletionServiceServer
	inferencev1.UnimplementedResponseServiceServer
	gatewayv1.UnimplementedModelServiceServer
	gatewayv1.UnimplementedDatasetServiceServer
	gatewayv1.UnimplementedBatchInferenceJobServiceServer
	healthv1.UnimplementedHealthServer

	// Where it listens, and the calls of GetModel that it got.
	address string
	calls   atomic.Int64

	notServing bool

	stream        func(*inferencev1.ChatCompletionRequest, grpc.ServerStreamingServer[inferencev1.ChatCompletionStreamResponse]) error
	listResponses func(*inferencev1.ListResponsesRequest) (*inferencev1.ResponseList, error)
	getModel      func(context.Context, *gatewayv1.GetModelRequest) (*gatewayv1.Model, error)
	listModels    func(*gatewayv1.ListModelsRequest) (*gatewayv1.ListModelsResponse, error)
	upload        func(grpc.ClientStreamingServer[gatewayv1.UploadDatasetFileRequest, gatewayv1.FileUploadResponse]) error
	getJob        func() (*gatewayv1.BatchInferenceJob, error)
}

// start serves on loopback until the test ends.
func (f *fakeService) start(t *testing.T, options ...grpc.ServerOption) *fakeService {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(append(options, grpc.MaxRecvMsgSize(64<<20))...)
	inferencev1.RegisterChatCompletionServiceServer(server, f)
	inferencev1.RegisterResponseServiceServer(server, f)
	gatewayv1.RegisterModelServiceServer(server, f)
	gatewayv1.RegisterDatasetServiceServer(server, f)
	gatewayv1.RegisterBatchInferenceJobServiceServer(server, f)
	healthv1.RegisterHealthServer(server, f)
	f.address = listener.Addr().String()
	done := make(chan struct{})
	go func() {
		defer close(done)
		// Fails only if the listener does, which the test's calls tell.
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() {
		server.Stop()
		<-done
	})
	return f
}

// connect returns a client that is closed when the test ends.
func connect(t *testing.T, target string, options ...fireworks.Option) *fireworks.Client {
	t.Helper()
	client, err := fireworks.NewClient(target, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// bounded returns a context that ends a test that hangs.
func bounded(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func (f *fakeService) StreamChatCompletion(request *inferencev1.ChatCompletionRequest, stream grpc.ServerStreamingServer[inferencev1.ChatCompletionStreamResponse]) error {
	return f.stream(request, stream)
}

func (f *fakeService) ListResponses(_ context.Context, request *inferencev1.ListResponsesRequest) (*inferencev1.ResponseList, error) {
	return f.listResponses(request)
}

func (f *fakeService) GetModel(ctx context.Context, request *gatewayv1.GetModelRequest) (*gatewayv1.Model, error) {
	f.calls.Add(1)
	if f.getModel == nil {
		return &gatewayv1.Model{Name: request.GetName()}, nil
	}
	return f.getModel(ctx, request)
}

func (f *fakeService) ListModels(_ context.Context, request *gatewayv1.ListModelsRequest) (*gatewayv1.ListModelsResponse, error) {
	return f.listModels(request)
}

func (f *fakeService) UploadDatasetFile(stream grpc.ClientStreamingServer[gatewayv1.UploadDatasetFileRequest, gatewayv1.FileUploadResponse]) error {
	return f.upload(stream)
}

func (f *fakeService) GetBatchInferenceJob(context.Context, *gatewayv1.GetBatchInferenceJobRequest) (*gatewayv1.BatchInferenceJob, error) {
	return f.getJob()
}

// Watch is written here because importing gRPC's own would also teach the client to ask.
func (f *fakeService) Watch(_ *healthv1.HealthCheckRequest, stream grpc.ServerStreamingServer[healthv1.HealthCheckResponse]) error {
	health := healthv1.HealthCheckResponse_SERVING
	if f.notServing {
		health = healthv1.HealthCheckResponse_NOT_SERVING
	}
	if err := stream.Send(&healthv1.HealthCheckResponse{Status: health}); err != nil {
		return err
	}
	<-stream.Context().Done()
	return nil
}

// chunk is one piece of text of the first choice.
func chunk(text string) *inferencev1.ChatCompletionStreamResponse {
	return &inferencev1.ChatCompletionStreamResponse{
		Choices: []*inferencev1.ChatCompletionResponseStreamChoice{{
			Delta: &inferencev1.DeltaMessage{Content: &text},
		}},
	}
}

func failure(code codes.Code) error { return status.Error(code, "as the test wants it") }
