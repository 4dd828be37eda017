package com.fireworks.grpc.client;

import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.grpc.Status;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Waits for a job, deployment, model, dataset or the like: asks for it again and again, more and
 * more seldom, until its state is one that it stays in. What is answered may have failed: look at
 * its state.
 *
 * <pre>{@code
 * BatchInferenceJob job =
 *     client
 *         .waitFor(BatchInferenceJobServiceGrpc.getGetBatchInferenceJobMethod(), request)
 *         .withTimeout(Duration.ofHours(2))
 *         .onProgress(j -> System.out.println(j.getState()))
 *         .await();
 * }</pre>
 *
 * <p>Up to five failures in a row that are UNAVAILABLE are waited out, so that a restart of the
 * service does not end the wait. Not for several threads at once.
 */
public final class Waiter<R extends Message> {
  // Of all kinds of resources; states that a resource leaves again by itself are not here.
  private static final Set<String> LASTING =
      Set.of(
          "COMPLETED",
          "FAILED",
          "CANCELLED",
          "EXPIRED",
          "EARLY_STOPPED",
          "DELETED",
          "READY",
          "ACTIVE",
          "BUILD_FAILED",
          "DEPLOYED");
  private static final String JOB_PREFIX = "JOB_STATE_";
  private static final int FAILURES_WAITED_OUT = 5;
  private static final Duration LONGEST_CALL = Duration.ofSeconds(60);

  /** Time, so that tests need not take any. */
  interface Clock {
    long nanoTime();

    void sleep(Duration duration) throws InterruptedException;
  }

  static final Clock SYSTEM_CLOCK =
      new Clock() {
        @Override
        public long nanoTime() {
          return System.nanoTime();
        }

        @Override
        public void sleep(Duration duration) throws InterruptedException {
          Thread.sleep(duration.toMillis());
        }
      };

  private final Function<Duration, R> getter;
  private final Clock clock;
  private Predicate<? super R> done = Waiter::isLasting;
  private Consumer<? super R> progress = resource -> {};
  private Duration timeout;
  private Duration firstPause = Duration.ofSeconds(1);
  private Duration longestPause = Duration.ofSeconds(30);

  /** The getter is told how long its call may take. */
  Waiter(Function<Duration, R> getter, Clock clock) {
    this.getter = getter;
    this.clock = clock;
  }

  /** What to wait for, in place of a state that lasts. */
  public Waiter<R> until(Predicate<? super R> done) {
    this.done = Objects.requireNonNull(done);
    return this;
  }

  /** Is told of the resource each time it was asked for, the last time included. */
  public Waiter<R> onProgress(Consumer<? super R> progress) {
    this.progress = Objects.requireNonNull(progress);
    return this;
  }

  /** How long to wait in all. Without: as long as it takes. */
  public Waiter<R> withTimeout(Duration timeout) {
    this.timeout = Objects.requireNonNull(timeout);
    return this;
  }

  /** The pause after the first question, 1 s, grows by half each time, up to the longest, 30 s. */
  public Waiter<R> withPauses(Duration first, Duration longest) {
    this.firstPause = Objects.requireNonNull(first);
    this.longestPause = Objects.requireNonNull(longest);
    return this;
  }

  /**
   * Waits.
   *
   * @throws FireworksException when asking failed, DEADLINE_EXCEEDED when the timeout passed,
   *     CANCELLED when the thread was interrupted
   */
  public R await() {
    long start = clock.nanoTime();
    Duration pause = firstPause;
    int failures = 0;
    while (true) {
      Duration next = pause;
      R resource = null;
      try {
        resource = getter.apply(min(remaining(start), LONGEST_CALL));
        failures = 0;
      } catch (FireworksException e) {
        failures++;
        if (e.getCode() != Status.Code.UNAVAILABLE || failures > FAILURES_WAITED_OUT) {
          throw e;
        }
        next = max(pause, e.getRetryDelay().orElse(Duration.ZERO));
      }
      if (resource != null) {
        progress.accept(resource);
        if (done.test(resource)) {
          return resource;
        }
      }
      if (remaining(start).compareTo(next) <= 0) {
        throw timedOut(resource);
      }
      sleep(next);
      pause = min(pause.plus(pause.dividedBy(2)), longestPause);
    }
  }

  private Duration remaining(long start) {
    return timeout == null
        ? Duration.ofSeconds(Long.MAX_VALUE)
        : timeout.minusNanos(clock.nanoTime() - start);
  }

  private void sleep(Duration duration) {
    try {
      clock.sleep(duration);
    } catch (InterruptedException e) {
      throw Calls.interrupted(e);
    }
  }

  private FireworksException timedOut(R resource) {
    String state = resource == null ? "" : state(resource);
    return new FireworksException(
        Status.DEADLINE_EXCEEDED.withDescription(
            "what was waited for is not done after "
                + timeout
                + (state.isEmpty() ? "" : "; its state is " + state)));
  }

  static boolean isLasting(Message resource) {
    return LASTING.contains(state(resource));
  }

  /** The name of its state, without a job's prefix. Empty when it has none, or one not known. */
  private static String state(Message resource) {
    FieldDescriptor field = resource.getDescriptorForType().findFieldByName("state");
    if (field == null || field.getJavaType() != FieldDescriptor.JavaType.ENUM) {
      return "";
    }
    String name = ((EnumValueDescriptor) resource.getField(field)).getName();
    return name.startsWith(JOB_PREFIX) ? name.substring(JOB_PREFIX.length()) : name;
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  private static Duration max(Duration a, Duration b) {
    return a.compareTo(b) > 0 ? a : b;
  }
}
