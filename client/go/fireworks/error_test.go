package fireworks_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks"
	errorsv1 "github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks/errors/v1"
	gatewayv1 "github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks/gateway/v1"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// errorOf returns what a client makes of a service's error.
func errorOf(t *testing.T, answer func(context.Context) error) *fireworks.Error {
	t.Helper()
	service := (&fakeService{getModel: func(ctx context.Context, _ *gatewayv1.GetModelRequest) (*gatewayv1.Model, error) {
		return nil, answer(ctx)
	}}).start(t)
	_, err := connect(t, service.address).Models.GetModel(bounded(t), &gatewayv1.GetModelRequest{})
	var failure *fireworks.Error
	if !errors.As(err, &failure) {
		t.Fatalf("error %v of type %T", err, err)
	}
	return failure
}

func TestAnErrorTellsAllThatTheServiceSays(t *testing.T) {
	got := errorOf(t, func(context.Context) error {
		said, err := status.New(codes.InvalidArgument, "wrong").WithDetails(
			&errdetails.ErrorInfo{Reason: "INVALID_REQUEST", Domain: "fireworks.ai", Metadata: map[string]string{"http_status": "400"}},
			&errdetails.RequestInfo{RequestId: "req-1"},
			&errdetails.RetryInfo{RetryDelay: durationpb.New(1500 * time.Millisecond)},
			&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: "n", Description: "too many"}}},
			&errorsv1.UpstreamError{Type: "rate_limit_error"},
		)
		if err != nil {
			return err
		}
		return said.Err()
	})
	if got.Code != codes.InvalidArgument || got.CodeName() != "INVALID_ARGUMENT" || got.Message != "wrong" {
		t.Errorf("%v %q %q", got.Code, got.CodeName(), got.Message)
	}
	if got.Reason != "INVALID_REQUEST" || got.Domain != "fireworks.ai" || got.Metadata["http_status"] != "400" {
		t.Errorf("%q %q %v", got.Reason, got.Domain, got.Metadata)
	}
	if delay, told := got.RetryDelay(); !told || delay != 1500*time.Millisecond {
		t.Errorf("retry delay %v, told %v", delay, told)
	}
	if want := []fireworks.FieldViolation{{Field: "n", Description: "too many"}}; !reflect.DeepEqual(got.FieldViolations, want) {
		t.Errorf("violations %v", got.FieldViolations)
	}
	if got.RequestID != "req-1" || got.Upstream.GetType() != "rate_limit_error" {
		t.Errorf("%q %v", got.RequestID, got.Upstream)
	}
	const line = "INVALID_ARGUMENT (INVALID_REQUEST): wrong; n: too many; retry after 1.5s [request id req-1]"
	if got.Error() != line {
		t.Errorf("it reads %q", got)
	}
	if s, ok := status.FromError(got); !ok || len(s.Details()) != 5 {
		t.Errorf("gRPC sees %v", s)
	}
}

func TestTheRequestIDOfAnErrorWithoutDetailsIsTheTrailers(t *testing.T) {
	got := errorOf(t, func(ctx context.Context) error {
		return errors.Join(grpc.SetTrailer(ctx, metadata.Pairs("x-request-id", "req-2")), failure(codes.Internal))
	})
	if _, told := got.RetryDelay(); told || got.RequestID != "req-2" || got.Reason != "" || got.Upstream != nil {
		t.Errorf("%+v", got)
	}
}

func TestTheContextsErrorsAreFoundInErrors(t *testing.T) {
	for code, want := range map[codes.Code]error{
		codes.Canceled:         context.Canceled,
		codes.DeadlineExceeded: context.DeadlineExceeded,
	} {
		got := errorOf(t, func(context.Context) error { return failure(code) })
		for _, other := range []error{context.Canceled, context.DeadlineExceeded} {
			if errors.Is(got, other) != (other == want) {
				t.Errorf("%v is %v: %v", got, other, errors.Is(got, other))
			}
		}
	}
}
