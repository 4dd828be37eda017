package fireworks

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
)

// Stateful is a resource that becomes ready, or a job that gets done.
type Stateful[State fmt.Stringer] interface {
	GetName() string
	GetState() State
}

// StateError says that what was waited for has ended otherwise.
type StateError struct {
	// Resource name.
	Name string
	// Its state, such as FAILED.
	State string
}

func (e *StateError) Error() string {
	return fmt.Sprintf("fireworks: %s is %s", e.Name, e.State)
}

// WaitOption changes how [Wait] polls.
type WaitOption func(*waitSettings)

type waitSettings struct {
	interval, longest time.Duration
}

// PollEvery sets the wait after the first answer, and the longest one: each is half as
// long again as the one before. The default is 1 s to 30 s.
func PollEvery(interval, longest time.Duration) WaitOption {
	return func(s *waitSettings) { s.interval, s.longest = interval, longest }
}

// How many times in a row the service may be away, beyond what the connection itself
// repeats, before Wait gives up: jobs run for hours, and services are rolled out.
const maxUnavailable = 5

// Wait gets a resource until it is COMPLETED, EARLY_STOPPED, READY, ACTIVE or DEPLOYED:
//
//	job, err := fireworks.Wait(ctx, client.BatchInferenceJobs.GetBatchInferenceJob,
//		&gatewayv1.GetBatchInferenceJobRequest{Name: name},
//		func(job *gatewayv1.BatchInferenceJob) { log.Print(job.GetState()) })
//
// Each answer goes to progress, which may be nil. When the resource fails, is cancelled
// or goes away, Wait returns it with a *[StateError]. How long it waits is the context's
// business.
func Wait[Request any, Resource Stateful[State], State fmt.Stringer](
	ctx context.Context,
	get func(context.Context, Request, ...grpc.CallOption) (Resource, error),
	request Request,
	progress func(Resource),
	options ...WaitOption,
) (Resource, error) {
	settings := waitSettings{interval: time.Second, longest: 30 * time.Second}
	for _, option := range options {
		option(&settings)
	}
	pause := settings.interval
	for unavailable := 0; ; {
		resource, err := get(ctx, request)
		switch {
		case err == nil:
			unavailable = 0
			if progress != nil {
				progress(resource)
			}
			if done, err := isDone[State](resource); done {
				return resource, err
			}
		case isUnavailable(err) && unavailable < maxUnavailable:
			unavailable++
		default:
			return resource, err
		}
		if err := sleep(ctx, pause); err != nil {
			return resource, err
		}
		pause = min(pause+pause/2, settings.longest)
	}
}

// isDone tells whether the state is one that lasts. An unknown one does not count: the
// contract may be older than the platform.
func isDone[State fmt.Stringer](resource Stateful[State]) (bool, error) {
	state := strings.TrimPrefix(resource.GetState().String(), "JOB_STATE_")
	switch state {
	case "COMPLETED", "EARLY_STOPPED", "READY", "ACTIVE", "DEPLOYED":
		return true, nil
	case "FAILED", "BUILD_FAILED", "CANCELLED", "EXPIRED", "UNDEPLOYING",
		"DELETING", "DELETING_CLEANING_UP", "DELETED":
		return true, &StateError{Name: resource.GetName(), State: state}
	default:
		return false, nil
	}
}

func isUnavailable(err error) bool {
	var failure *Error
	return errors.As(err, &failure) && failure.Code == codes.Unavailable
}

func sleep(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
