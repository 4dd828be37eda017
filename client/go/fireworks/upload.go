package fireworks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	gatewayv1 "github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks/gateway/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

const uploadPieceBytes = 256 << 10

// Upload is what goes to a dataset.
type Upload struct {
	// Resource name of the dataset, accounts/ACCOUNT/datasets/ID; accounts/- is the
	// service's own account.
	Dataset string
	// Name of the file, as the platform shall know it.
	Filename string
	// Number of bytes, when it is known; else 0 or less.
	Size int64
	// The bytes; read to the end and not closed.
	Content io.Reader
}

// UploadDatasetFile sends a file of this machine to a dataset.
func (c *Client) UploadDatasetFile(ctx context.Context, dataset, path string, options ...grpc.CallOption) (*gatewayv1.FileUploadResponse, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("fireworks: %w", err)
	}
	defer file.Close()
	upload := Upload{Dataset: dataset, Filename: filepath.Base(path), Content: file}
	// What is no ordinary file, such as a pipe, has a size that means nothing.
	if status, err := file.Stat(); err == nil && status.Mode().IsRegular() {
		upload.Size = status.Size()
	}
	return c.UploadDataset(ctx, upload, options...)
}

// UploadDataset sends bytes to a dataset as they are read. When reading fails, so does
// the upload, and the platform gets no file.
func (c *Client) UploadDataset(ctx context.Context, upload Upload, options ...grpc.CallOption) (*gatewayv1.FileUploadResponse, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.Datasets.UploadDatasetFile(ctx, options...)
	if err != nil {
		return nil, err
	}
	metadata := &gatewayv1.UploadDatasetFileRequest_Metadata{Name: upload.Dataset}
	if upload.Filename != "" {
		metadata.Filename = proto.String(upload.Filename)
	}
	if upload.Size > 0 {
		metadata.SizeBytes = proto.Int64(upload.Size)
	}
	err = stream.Send(&gatewayv1.UploadDatasetFileRequest{
		Kind: &gatewayv1.UploadDatasetFileRequest_Metadata_{Metadata: metadata},
	})
	if err == nil {
		err = sendPieces(stream, upload.Content)
	}
	// The end of the stream means that the service has answered already: with what, the
	// answer says.
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return stream.CloseAndRecv()
}

// sendPieces returns io.EOF when the service takes no more, and the error of what it
// reads, which never is io.EOF.
func sendPieces(stream grpc.ClientStreamingClient[gatewayv1.UploadDatasetFileRequest, gatewayv1.FileUploadResponse], content io.Reader) error {
	for {
		piece, readError := readPiece(content)
		if len(piece) > 0 {
			err := stream.Send(&gatewayv1.UploadDatasetFileRequest{
				Kind: &gatewayv1.UploadDatasetFileRequest_Data{Data: piece},
			})
			if err != nil {
				return err
			}
		}
		if readError == io.EOF {
			return nil
		}
		if readError != nil {
			return fmt.Errorf("fireworks: reading what is to be uploaded: %w", readError)
		}
	}
}

// readPiece fills a piece, unless the content ends or fails. Each is memory of its own:
// gRPC may look at a message after it was sent.
func readPiece(content io.Reader) ([]byte, error) {
	piece := make([]byte, uploadPieceBytes)
	size := 0
	for size < len(piece) {
		n, err := content.Read(piece[size:])
		size += n
		if err != nil {
			return piece[:size], err
		}
	}
	return piece, nil
}
