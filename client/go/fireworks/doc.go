// Package fireworks is the client of fireworks-grpc, the gRPC service in front of
// Fireworks AI.
//
//	client, err := fireworks.NewClient("127.0.0.1:50051")
//	if err != nil { ... }
//	defer client.Close()
//	for chunk, err := range client.StreamChatCompletion(ctx, request).All() {
//		if err != nil { return err }
//		fmt.Print(chunk.GetChoices()[0].GetDelta().GetContent())
//	}
//
// It is a thin face over the generated stubs: messages are those of
// fireworks/inference/v1 and fireworks/gateway/v1, and every operation is a method of
// one of the client's services, such as client.Models.GetModel. What this package adds:
//
//   - [NewClient]: one connection with the service config that all languages share,
//     TLS, a token, keepalive and client-side load balancing.
//   - [Error]: what the service says of a failure, in whichever call.
//   - [Stream]: server streams as iterators that cancel what is abandoned.
//   - [ChatAccumulator]: the whole answer out of a stream's chunks.
//   - [List]: all pages of a List method as one sequence.
//   - [Wait]: polls a job or deployment until it is done.
//   - [Client.UploadDatasetFile]: a file's bytes to a dataset.
//   - [CallInfo]: request id, usage and the rest of a call's metadata.
//
// What the upstream sends and the contract does not know is in the messages'
// extra_json, as JSON text by key.
package fireworks
