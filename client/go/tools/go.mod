// The programs that generate the stubs and pack the module.
module github.com/fireworks-grpc/fireworks-grpc/client/go/tools

go 1.23.0

require (
	golang.org/x/mod v0.24.0
	google.golang.org/grpc/cmd/protoc-gen-go-grpc v1.5.1
	google.golang.org/protobuf v1.36.10
)
