package fireworks

import (
	"strconv"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// CallInfo is what a call's metadata tells. docs/errors.md lists the names.
type CallInfo struct {
	// Header is there as soon as the upstream has answered well; of a call that
	// failed before, it is empty.
	Header metadata.MD
	// Trailer is there when the call is over. A call that the client cancelled has none.
	Trailer metadata.MD
}

// RequestID returns the id under which the service and the upstream log the call;
// empty when it is not known.
func (i CallInfo) RequestID() string { return first(i.Trailer, "x-request-id") }

// Usage returns the tokens that the call took; false when the upstream did not tell.
func (i CallInfo) Usage() (Usage, bool) {
	usage := Usage{
		PromptTokens:     number(i.Trailer, "x-usage-prompt-tokens"),
		CompletionTokens: number(i.Trailer, "x-usage-completion-tokens"),
		CachedTokens:     number(i.Trailer, "x-usage-cached-tokens"),
	}
	return usage, len(i.Trailer.Get("x-usage-prompt-tokens")) > 0
}

// Usage counts the tokens of a call. What the upstream did not tell is 0.
type Usage struct {
	PromptTokens, CompletionTokens, CachedTokens int64
}

// RecordTo is a call option that writes what the metadata of a call tells into info,
// when the call is over. Calls that share an info must not run at the same time.
// [Stream.Info] tells the same of streams.
func RecordTo(info *CallInfo) grpc.CallOption { return recorder{info: info} }

// recorder is for Client, which takes it out of the options; to gRPC it means nothing.
type recorder struct {
	grpc.EmptyCallOption

	info *CallInfo
}

// splitRecorders returns gRPC's own options, in a list of its own, and the recorders.
func splitRecorders(options []grpc.CallOption) ([]grpc.CallOption, []recorder) {
	others := make([]grpc.CallOption, 0, len(options)+2)
	var recorders []recorder
	for _, option := range options {
		if r, ok := option.(recorder); ok {
			recorders = append(recorders, r)
		} else {
			others = append(others, option)
		}
	}
	return others, recorders
}

func first(md metadata.MD, name string) string {
	if values := md.Get(name); len(values) > 0 {
		return values[0]
	}
	return ""
}

func number(md metadata.MD, name string) int64 {
	// What is no number counts as not told.
	value, _ := strconv.ParseInt(first(md, name), 10, 64)
	return value
}
