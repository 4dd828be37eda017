package fireworks_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks"
	gatewayv1 "github.com/fireworks-grpc/fireworks-grpc/client/go/fireworks/gateway/v1"
	"google.golang.org/grpc/codes"
)

const (
	pending   = gatewayv1.JobState_JOB_STATE_PENDING
	running   = gatewayv1.JobState_JOB_STATE_RUNNING
	completed = gatewayv1.JobState_JOB_STATE_COMPLETED
	failed    = gatewayv1.JobState_JOB_STATE_FAILED
	stopped   = gatewayv1.JobState_JOB_STATE_EARLY_STOPPED
	// The state of a job that the contract does not know is unset.
	unknown = gatewayv1.JobState_JOB_STATE_UNSPECIFIED
	// Stands for an answer UNAVAILABLE, with no more attempts by gRPC.
	away = gatewayv1.JobState(-1)
)

// waitForJob waits for a job that has these states, one after the other.
func waitForJob(t *testing.T, ctx context.Context, states ...gatewayv1.JobState) (*gatewayv1.BatchInferenceJob, string, error) {
	t.Helper()
	service := (&fakeService{getJob: func() (*gatewayv1.BatchInferenceJob, error) {
		if len(states) == 0 {
			return nil, failure(codes.OutOfRange)
		}
		state := states[0]
		states = states[1:]
		if state == away {
			return nil, failure(codes.Unavailable)
		}
		return &gatewayv1.BatchInferenceJob{Name: "job", State: &state}, nil
	}}).start(t)
	client := connect(t, service.address, fireworks.WithServiceConfig("{}"))
	progress := ""
	job, err := fireworks.Wait(ctx, client.BatchInferenceJobs.GetBatchInferenceJob,
		&gatewayv1.GetBatchInferenceJobRequest{Name: "job"},
		func(job *gatewayv1.BatchInferenceJob) { progress += fmt.Sprintf("%d ", job.GetState()) },
		fireworks.PollEvery(time.Microsecond, time.Millisecond))
	return job, progress, err
}

func TestWaitingEndsWhenTheJobIsDone(t *testing.T) {
	job, progress, err := waitForJob(t, bounded(t), pending, unknown, running, completed)
	if err != nil || job.GetState() != completed || progress != "10 0 2 3 " {
		t.Errorf("job %v, progress %q, error %v", job, progress, err)
	}
}

func TestAJobThatStoppedEarlyIsDone(t *testing.T) {
	job, _, err := waitForJob(t, bounded(t), running, stopped)
	if err != nil || job.GetState() != stopped {
		t.Errorf("job %v, error %v", job, err)
	}
}

func TestAJobThatFailsIsReturnedWithAnError(t *testing.T) {
	job, _, err := waitForJob(t, bounded(t), running, failed)
	var got *fireworks.StateError
	if !errors.As(err, &got) || *got != (fireworks.StateError{Name: "job", State: "FAILED"}) || job.GetState() != failed {
		t.Errorf("job %v, error %v", job, err)
	}
}

func TestWaitingOutlivesAServiceThatIsAwayForAWhile(t *testing.T) {
	_, _, err := waitForJob(t, bounded(t), away, away, running, away, away, away, away, away, completed)
	if err != nil {
		t.Error(err)
	}
}

func TestWaitingGivesUpOnAServiceThatStaysAway(t *testing.T) {
	_, _, err := waitForJob(t, bounded(t), away, away, away, away, away, away, completed)
	if codeOf(err) != codes.Unavailable {
		t.Error(err)
	}
}

func TestWaitingEndsWithOtherErrors(t *testing.T) {
	_, _, err := waitForJob(t, bounded(t), running)
	if codeOf(err) != codes.OutOfRange {
		t.Error(err)
	}
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(bounded(t))
	service := (&fakeService{getJob: func() (*gatewayv1.BatchInferenceJob, error) {
		return &gatewayv1.BatchInferenceJob{}, nil
	}}).start(t)
	client := connect(t, service.address)
	_, err := fireworks.Wait(ctx, client.BatchInferenceJobs.GetBatchInferenceJob,
		&gatewayv1.GetBatchInferenceJobRequest{},
		func(*gatewayv1.BatchInferenceJob) { cancel() },
		fireworks.PollEvery(time.Hour, time.Hour))
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
