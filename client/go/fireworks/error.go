package fireworks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	errorsv1 "github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks/errors/v1"
	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// Error is what a call failed with. Every method of [Client], its services and its
// streams returns this type:
//
//	var failure *fireworks.Error
//	if errors.As(err, &failure) && failure.Reason == "QUOTA_EXCEEDED" { ... }
//
// errors.Is finds context.Canceled and context.DeadlineExceeded in it, and
// status.FromError gRPC's form of it.
type Error struct {
	Code    codes.Code
	Message string
	// Why, as one word of fireworks.errors.v1.ErrorReason without its prefix, or of
	// Domain's own. Empty when the error does not come from the service.
	Reason string
	// Whose word the reason is: fireworks.ai.
	Domain string
	// Details of the reason, such as http_status.
	Metadata map[string]string
	// The id under which the service and the upstream log the call.
	RequestID string
	// The fields of the request that are at fault.
	FieldViolations []FieldViolation
	// What the upstream said. Nil unless it answered with an error.
	Upstream *errorsv1.UpstreamError

	retry  *errdetails.RetryInfo
	status *status.Status
}

// FieldViolation says what is wrong with a field of the request.
type FieldViolation struct {
	// Path of the field, such as messages[2].content.
	Field       string
	Description string
}

// RetryDelay returns how long the service asks to wait before the call is made again;
// false when it does not say.
func (e *Error) RetryDelay() (time.Duration, bool) {
	return e.retry.GetRetryDelay().AsDuration(), e.retry.GetRetryDelay() != nil
}

// CodeName returns the code as gRPC's specification spells it, such as
// DEADLINE_EXCEEDED.
func (e *Error) CodeName() string { return code.Code(e.Code).String() }

// Error implements error, in one line.
func (e *Error) Error() string {
	var text strings.Builder
	text.WriteString(e.CodeName())
	if e.Reason != "" {
		fmt.Fprintf(&text, " (%s)", e.Reason)
	}
	fmt.Fprintf(&text, ": %s", e.Message)
	for _, violation := range e.FieldViolations {
		fmt.Fprintf(&text, "; %s: %s", violation.Field, violation.Description)
	}
	if delay, ok := e.RetryDelay(); ok {
		fmt.Fprintf(&text, "; retry after %s", delay)
	}
	if e.RequestID != "" {
		fmt.Fprintf(&text, " [request id %s]", e.RequestID)
	}
	return text.String()
}

// GRPCStatus is for status.FromError.
func (e *Error) GRPCStatus() *status.Status { return e.status }

// Is makes errors.Is find the context's errors, which gRPC turns into codes.
func (e *Error) Is(target error) bool {
	return target == context.Canceled && e.Code == codes.Canceled ||
		target == context.DeadlineExceeded && e.Code == codes.DeadlineExceeded
}

// newError makes an *Error of gRPC's error. What is none (nil, the end of a stream, an
// interceptor's own error) stays as it is.
func newError(err error, trailer metadata.MD) error {
	if err == nil || err == io.EOF {
		return err
	}
	if known := (*Error)(nil); errors.As(err, &known) {
		return err
	}
	s, ok := status.FromError(err)
	if !ok {
		return err
	}
	e := &Error{
		Code:      s.Code(),
		Message:   s.Message(),
		RequestID: first(trailer, "x-request-id"),
		status:    s,
	}
	for _, detail := range s.Details() {
		e.add(detail)
	}
	return e
}

// add takes over one of the status' details; those of unknown type stay in the status.
func (e *Error) add(detail any) {
	switch detail := detail.(type) {
	case *errdetails.ErrorInfo:
		e.Reason, e.Domain, e.Metadata = detail.GetReason(), detail.GetDomain(), detail.GetMetadata()
	case *errdetails.RequestInfo:
		e.RequestID = detail.GetRequestId()
	case *errdetails.RetryInfo:
		e.retry = detail
	case *errdetails.BadRequest:
		for _, violation := range detail.GetFieldViolations() {
			e.FieldViolations = append(e.FieldViolations, FieldViolation{
				Field:       violation.GetField(),
				Description: violation.GetDescription(),
			})
		}
	case *errorsv1.UpstreamError:
		e.Upstream = detail
	}
}
