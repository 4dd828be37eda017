package fireworks_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks"
	gatewayv1 "github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks/gateway/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
)

type uploadServer = grpc.ClientStreamingServer[gatewayv1.UploadDatasetFileRequest, gatewayv1.FileUploadResponse]

// received is what a service got of an upload.
type received struct {
	metadata *gatewayv1.UploadDatasetFileRequest_Metadata
	content  bytes.Buffer
	// How the client's stream ended, io.EOF if whole.
	end   error
	ended chan struct{}
}

func (r *received) take(server uploadServer) error {
	defer close(r.ended)
	for {
		message, err := server.Recv()
		if err != nil {
			r.end = err
			break
		}
		if metadata := message.GetMetadata(); metadata != nil {
			r.metadata = metadata
		}
		r.content.Write(message.GetData())
	}
	if r.end != io.EOF {
		return r.end
	}
	return server.SendAndClose(&gatewayv1.FileUploadResponse{Bytes: proto.Int64(int64(r.content.Len()))})
}

func receiving(t *testing.T) (*received, *fireworks.Client) {
	t.Helper()
	r := &received{ended: make(chan struct{})}
	service := (&fakeService{upload: r.take}).start(t)
	return r, connect(t, service.address)
}

func TestAFileGoesUpWhole(t *testing.T) {
	content := strings.Repeat("0123456789", 100_000) // Several pieces, the last one short.
	path := filepath.Join(t.TempDir(), "data.jsonl")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	got, client := receiving(t)
	response, err := client.UploadDatasetFile(bounded(t), "accounts/a/datasets/d", path)
	if err != nil || response.GetBytes() != 1_000_000 {
		t.Fatalf("response %v, error %v", response, err)
	}
	want := &gatewayv1.UploadDatasetFileRequest_Metadata{
		Name: "accounts/a/datasets/d", Filename: proto.String("data.jsonl"), SizeBytes: proto.Int64(1_000_000),
	}
	if !proto.Equal(got.metadata, want) || got.content.String() != content {
		t.Errorf("got %d bytes with %v", got.content.Len(), got.metadata)
	}
}

func TestContentOfUnknownSizeGoesUpWhole(t *testing.T) {
	got, client := receiving(t)
	_, err := client.UploadDataset(bounded(t), fireworks.Upload{
		Dataset: "d", Content: iotest.OneByteReader(strings.NewReader("content")),
	})
	if err != nil || got.content.String() != "content" || got.metadata.SizeBytes != nil || got.metadata.Filename != nil {
		t.Errorf("got %q with %v, error %v", got.content.String(), got.metadata, err)
	}
}

func TestAnUploadWhoseContentFailsIsNotTakenForWhole(t *testing.T) {
	for _, broken := range []error{errors.New("disk on fire"), io.ErrUnexpectedEOF} {
		got, client := receiving(t)
		_, err := client.UploadDataset(bounded(t), fireworks.Upload{
			Dataset: "d", Content: io.MultiReader(strings.NewReader("half"), iotest.ErrReader(broken)),
		})
		if !errors.Is(err, broken) {
			t.Errorf("error %v", err)
		}
		wait(t, got.ended)
		if got.end == io.EOF {
			t.Errorf("after %v the service saw a whole upload", broken)
		}
	}
}

func TestTheServicesRefusalEndsAnUpload(t *testing.T) {
	service := (&fakeService{upload: func(uploadServer) error { return failure(codes.PermissionDenied) }}).start(t)
	client := connect(t, service.address)
	// More than fits into what may be on its way.
	content := bytes.NewReader(make([]byte, 32<<20))
	_, err := client.UploadDataset(bounded(t), fireworks.Upload{Dataset: "d", Content: content})
	if codeOf(err) != codes.PermissionDenied {
		t.Error(err)
	}
}

func TestAFileThatIsNotThereIsNotUploaded(t *testing.T) {
	_, err := connect(t, "127.0.0.1:1").UploadDatasetFile(context.Background(), "d", filepath.Join(t.TempDir(), "none"))
	if !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
