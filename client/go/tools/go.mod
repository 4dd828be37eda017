// The programs that generate the stubs, in the versions that are committed.
module github.com/fireworks-grpc/fireworks-grpc/client/go/tools

go 1.23.0

require (
	google.golang.org/grpc/cmd/protoc-gen-go-grpc v1.5.1
	google.golang.org/protobuf v1.36.10
)
