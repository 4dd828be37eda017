package com.fireworks.grpc.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fireworks.grpc.gateway.v1.BatchInferenceJob;
import com.fireworks.grpc.gateway.v1.Dataset;
import com.fireworks.grpc.gateway.v1.Deployment;
import com.fireworks.grpc.gateway.v1.JobState;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class WaiterTest {
  private static final class FakeClock implements Waiter.Clock {
    final List<Duration> sleeps = new ArrayList<>();
    private long now;

    @Override
    public long nanoTime() {
      return now;
    }

    @Override
    public void sleep(Duration duration) {
      sleeps.add(duration);
      now += duration.toNanos();
    }

    List<Long> millis() {
      return sleeps.stream().map(Duration::toMillis).collect(Collectors.toList());
    }
  }

  private final FakeClock clock = new FakeClock();

  private static BatchInferenceJob job(JobState state) {
    return BatchInferenceJob.newBuilder().setState(state).build();
  }

  private static FireworksException unavailable() {
    return new FireworksException(Status.UNAVAILABLE);
  }

  /** Answers these jobs, or throws these failures, one after the other. */
  private Waiter<BatchInferenceJob> waiter(Object... answers) {
    Iterator<Object> next = Arrays.asList(answers).iterator();
    return new Waiter<>(
        limit -> {
          Object answer = next.next();
          if (answer instanceof FireworksException) {
            throw (FireworksException) answer;
          }
          return (BatchInferenceJob) answer;
        },
        clock);
  }

  @Test
  void itAsksMoreAndMoreSeldomUntilTheStateLasts() {
    List<JobState> seen = new ArrayList<>();
    BatchInferenceJob job =
        waiter(
                job(JobState.JOB_STATE_CREATING),
                job(JobState.JOB_STATE_PENDING),
                job(JobState.JOB_STATE_RUNNING),
                job(JobState.JOB_STATE_RUNNING),
                job(JobState.JOB_STATE_COMPLETED))
            .withPauses(Duration.ofSeconds(1), Duration.ofSeconds(2))
            .onProgress(progress -> seen.add(progress.getState()))
            .await();
    assertEquals(JobState.JOB_STATE_COMPLETED, job.getState());
    assertEquals(List.of(1000L, 1500L, 2000L, 2000L), clock.millis());
    assertEquals(5, seen.size());
    assertEquals(JobState.JOB_STATE_COMPLETED, seen.get(4));
  }

  @Test
  void whichStatesLast() {
    List<String> going = new ArrayList<>();
    for (JobState state : JobState.values()) {
      if (state != JobState.UNRECOGNIZED && !Waiter.isLasting(job(state))) {
        going.add(state.name().substring("JOB_STATE_".length()));
      }
    }
    assertEquals(
        List.of(
            "UNSPECIFIED",
            "CREATING",
            "RUNNING",
            "DELETING",
            "WRITING_RESULTS",
            "VALIDATING",
            "DELETING_CLEANING_UP",
            "PENDING",
            "RE_QUEUEING",
            "CREATING_INPUT_DATASET",
            "IDLE",
            "CANCELLING",
            "PAUSED"),
        going);
    assertTrue(Waiter.isLasting(Dataset.newBuilder().setState(Dataset.State.READY).build()));
    assertTrue(Waiter.isLasting(Deployment.newBuilder().setState(Deployment.State.FAILED).build()));
    assertEquals(false, Waiter.isLasting(Dataset.getDefaultInstance()));
    assertEquals(false, Waiter.isLasting(BatchInferenceJob.newBuilder().setStateValue(99).build()));
  }

  @Test
  void theCallerMayWaitForSomethingElse() {
    BatchInferenceJob job =
        waiter(job(JobState.JOB_STATE_CREATING), job(JobState.JOB_STATE_RUNNING))
            .until(progress -> progress.getState() == JobState.JOB_STATE_RUNNING)
            .await();
    assertEquals(JobState.JOB_STATE_RUNNING, job.getState());
  }

  @Test
  void aTimeoutIsTold() {
    Waiter<BatchInferenceJob> waiter =
        waiter(job(JobState.JOB_STATE_RUNNING), job(JobState.JOB_STATE_RUNNING))
            .withTimeout(Duration.ofSeconds(2));
    FireworksException e = assertThrows(FireworksException.class, waiter::await);
    assertEquals(Status.Code.DEADLINE_EXCEEDED, e.getCode());
    assertTrue(e.getMessage().contains("RUNNING"), e.getMessage());
    assertEquals(List.of(1000L), clock.millis());
  }

  @Test
  void aRestartOfTheServiceIsWaitedOut() {
    BatchInferenceJob job =
        waiter(
                unavailable(),
                unavailable(),
                unavailable(),
                unavailable(),
                unavailable(),
                job(JobState.JOB_STATE_RUNNING),
                unavailable(),
                job(JobState.JOB_STATE_FAILED))
            .await();
    assertEquals(JobState.JOB_STATE_FAILED, job.getState());
  }

  @Test
  void aServiceThatStaysAwayIsGivenUp() {
    Object[] answers = new Object[7];
    Arrays.setAll(answers, i -> unavailable());
    FireworksException e = assertThrows(FireworksException.class, () -> waiter(answers).await());
    assertEquals(Status.Code.UNAVAILABLE, e.getCode());
    assertEquals(5, clock.sleeps.size());
  }

  @Test
  void anyOtherFailureEndsTheWait() {
    FireworksException failure = new FireworksException(Status.NOT_FOUND);
    FireworksException e = assertThrows(FireworksException.class, () -> waiter(failure).await());
    assertEquals(Status.Code.NOT_FOUND, e.getCode());
  }
}
